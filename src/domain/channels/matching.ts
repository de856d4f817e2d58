import type { Sku } from "../brand.ts";
import { err, ok, type Result } from "../result.ts";
import type { ChannelOrderLine, ChannelRefusal } from "./channel-order.ts";

export const matchKinds = ["explicit", "sku", "barcode", "none"] as const;
export type MatchKind = (typeof matchKinds)[number];

/** What a line or a listing can be recognised by. */
export type Recognisable = {
  readonly listing: string | null;
  readonly sku: string | null;
  readonly barcode: string | null;
};

/** What is known of a connection's listings and of the catalogue, for the lines at hand. */
export type MatchFacts = {
  /** By the platform's listing: a SKU of ours, or null where a person said that it needs no stock. */
  readonly explicit: ReadonlyMap<string, Sku | null>;
  /** Matches found when listings were read. */
  readonly listed: ReadonlyMap<string, Sku>;
  /** SKUs of the catalogue by their text. */
  readonly catalogue: ReadonlyMap<string, Sku>;
  readonly byBarcode: ReadonlyMap<string, Sku>;
};

export type Match =
  | { readonly kind: "explicit" | "sku" | "barcode"; readonly sku: Sku }
  /** A person said that no stock stands behind it. */
  | { readonly kind: "unstocked" }
  | { readonly kind: "none" };

/** Exact before likely: what a person said, what the listing was matched to, the same SKU text, the same barcode. */
export function matchOf({ listing, sku, barcode }: Recognisable, facts: MatchFacts): Match {
  for (const name of [listing, sku]) {
    if (name === null) continue;
    const said = facts.explicit.get(name);
    if (said !== undefined) return said === null ? { kind: "unstocked" } : { kind: "explicit", sku: said };
  }
  const listed = listing === null ? undefined : facts.listed.get(listing);
  if (listed !== undefined) return { kind: "sku", sku: listed };
  const sameText = sku === null ? undefined : facts.catalogue.get(sku);
  if (sameText !== undefined) return { kind: "sku", sku: sameText };
  const byBarcode = barcode === null ? undefined : facts.byBarcode.get(barcode);
  return byBarcode === undefined ? { kind: "none" } : { kind: "barcode", sku: byBarcode };
}

export type MatchedLine = ChannelOrderLine & { readonly ourSku: Sku };

/** What an order asks of our stock: its lines with our SKUs, without those that need none. */
export function matchLines(
  lines: ReadonlyArray<ChannelOrderLine>,
  facts: MatchFacts,
): Result<ReadonlyArray<MatchedLine>, ChannelRefusal> {
  const matched: Array<MatchedLine> = [];
  const unmatched: Array<string> = [];
  for (const line of lines) {
    const match = matchOf(line, facts);
    if (match.kind === "unstocked") continue;
    if (match.kind !== "none") matched.push({ ...line, ourSku: match.sku });
    else if (line.isPhysical) unmatched.push(line.sku ?? line.listing ?? line.title);
  }
  if (unmatched.length > 0) {
    const names = [...new Set(unmatched)].slice(0, 10).join(", ");
    return err({ code: "sku_unmatched", detail: `no SKU of the catalogue matches: ${names}` });
  }
  return ok(matched);
}
