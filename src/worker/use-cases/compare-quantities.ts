import { findConnection, writeComparison } from "../../db/connections.ts";
import { noteTold, readToldListings, type ListingRow } from "../../db/listings.ts";
import { callChannel, openChannel, type OpenChannel } from "./channel-access.ts";
import type { PushServices } from "./push-quantities.ts";
import { StepImpossible } from "./step-failure.ts";
import { askToPush } from "./want-quantities.ts";

/** What was told so recently may not have arrived where quantities are read. */
const RECENT_MS = 60_000;
const PAGES_MAX = 40;
const DRIFTS_MAX = 100;

export type Drift = { listing: string; sku: string; expected: number | null; found: number | null };
export type Comparison = {
  readonly id: string;
  readonly atMs: number;
  readonly checked: number;
  readonly drifts: ReadonlyArray<Drift>;
};

/** Compares everything that a platform shows with what it was told, keeps a report, and has what drifted told again. */
export async function compareConnection(services: PushServices, code: string): Promise<Comparison | null> {
  const row = await findConnection(services.db, code);
  if (row === null || row.status !== "active") return null;
  const channel = await openChannel(services, row);
  if (channel === null) throw new StepImpossible(`the secrets of connection ${code} cannot be read`);
  const atMs = services.nowMs();
  const drifts: Array<Drift> = [];
  let checked = 0;
  let after = "";
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const { pushMax, compareMax } = channel.adapter;
    const listings = await readToldListings(services.db, code, after, compareMax ?? pushMax);
    if (listings.length === 0) break;
    after = listings.at(-1)?.listing ?? "";
    const found = await comparePage(services, channel, listings, atMs);
    if (found === null) return null;
    checked += listings.length;
    drifts.push(...found);
  }
  const comparison = { id: services.newId("cmp"), atMs, checked, drifts: drifts.slice(0, DRIFTS_MAX) };
  await writeComparison(services.db, { ...comparison, connection: code });
  if (drifts.length > 0) await askToPush(services, [code]);
  return comparison;
}

async function comparePage(
  services: PushServices,
  channel: OpenChannel,
  listings: ReadonlyArray<ListingRow>,
  nowMs: number,
): Promise<ReadonlyArray<Drift> | null> {
  const settled = listings.filter(({ toldAtMs }) => (toldAtMs ?? 0) < nowMs - RECENT_MS);
  if (settled.length === 0) return [];
  const read = await callChannel(services, channel, () =>
    channel.adapter.readQuantities(channel.access, settled),
  );
  if (!read.ok) return null;
  const drifted = settled.filter((row) => (read.value.get(row.listing) ?? null) !== row.toldQuantity);
  await noteTold(
    services.db,
    channel.row.code,
    drifted.map((row) => ({
      listing: row.listing,
      quantity: read.value.get(row.listing) ?? null,
      version: null,
      revisionsToday: row.revisionsToday,
      waitUntilMs: row.waitUntilMs,
      error: row.lastError,
    })),
    nowMs,
  );
  return drifted.map((row) => ({
    listing: row.listing,
    sku: row.sku ?? "",
    expected: row.toldQuantity,
    found: read.value.get(row.listing) ?? null,
  }));
}
