import type { ListingView } from "../../contract/channels.ts";
import { readMatchFacts } from "../../db/connections.ts";
import { writeListings, type ListingRow, type ReadListing } from "../../db/listings.ts";
import { matchOf, type MatchKind } from "../../domain/channels/matching.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Listing } from "../../integrations/channels/port.ts";
import type { Services } from "../services.ts";
import { askChannel, type OpenChannel } from "./channel-access.ts";
import { ruleView } from "./put-connection.ts";
import { wantStock } from "./want-quantities.ts";

/** Pages in one call: what is left is read by the next one. */
const PAGES_MAX = 20;
const UNMATCHED_MAX = 100;

export type ListingReport = {
  read: number;
  matched: Record<MatchKind, number>;
  unmatched: Array<{ listing: string; external_sku: string | null; title: string }>;
  next_cursor: string | null;
};

type Ports = Pick<Services, "db" | "nowMs" | "connection" | "send">;

/** Reads what a platform has for sale, says which SKU each is, and has the platform told what those have. */
export async function readChannelListings(
  services: Ports,
  channel: OpenChannel,
  cursor: string | null,
): Promise<Result<ListingReport, string>> {
  const report: ListingReport = {
    read: 0,
    matched: { explicit: 0, sku: 0, barcode: 0, none: 0 },
    unmatched: [],
    next_cursor: cursor,
  };
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await askChannel(services, channel, () =>
      channel.adapter.readListings(channel.access, report.next_cursor),
    );
    if (!page.ok) return page;
    await keepPage(services, channel, page.value.items, report);
    report.next_cursor = page.value.next;
    if (page.value.next === null) break;
  }
  return ok(report);
}

async function keepPage(
  services: Ports,
  { row: { code } }: OpenChannel,
  items: ReadonlyArray<Listing>,
  report: ListingReport,
): Promise<void> {
  const wanted = items.map(({ externalId, sku, barcode }) => ({ listing: externalId, sku, barcode }));
  const facts = await readMatchFacts(services.db, code, wanted);
  // Listings are matched afresh: what they were before must not decide what they are.
  const fresh = { ...facts, listed: new Map<string, never>() };
  const rows = items.map((item, index): ReadListing => {
    const match = matchOf(wanted[index] ?? { listing: null, sku: null, barcode: null }, fresh);
    const kind = match.kind === "unstocked" ? "explicit" : match.kind;
    report.read += 1;
    report.matched[kind] += 1;
    if (kind === "none" && report.unmatched.length < UNMATCHED_MAX) {
      report.unmatched.push({ listing: item.externalId, external_sku: item.sku, title: item.title });
    }
    return {
      connection: code,
      listing: item.externalId,
      stockId: item.stockId,
      externalSku: item.sku,
      barcode: item.barcode,
      title: item.title.slice(0, 200),
      sku: "sku" in match ? match.sku : null,
      match: kind,
    };
  });
  await writeListings(services.db, rows, services.nowMs());
  await wantStock(
    services,
    rows.flatMap(({ sku }) => (sku === null ? [] : [sku])),
  );
}

export function listingView(row: ListingRow): ListingView {
  return {
    listing: row.listing,
    external_sku: row.externalSku,
    barcode: row.barcode,
    title: row.title,
    sku: row.sku,
    match: row.match,
    rule: row.rule === null ? null : ruleView(row.rule),
    wanted_quantity: row.wantedQuantity,
    told_quantity: row.toldQuantity,
    told_at: row.toldAtMs === null ? null : new Date(row.toldAtMs).toISOString(),
    last_error: row.lastError,
  };
}
