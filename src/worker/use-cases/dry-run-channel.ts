import type { ChannelDryRunView } from "../../contract/channels.ts";
import { readMatchFacts } from "../../db/connections.ts";
import { readProjected } from "../../db/stock-projection.ts";
import { channelQuantity } from "../../domain/channels/allocation.ts";
import type { ChannelOrder, ChannelRefusal } from "../../domain/channels/channel-order.ts";
import { matchOf, type MatchKind } from "../../domain/channels/matching.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Listing } from "../../integrations/channels/port.ts";
import type { Services } from "../services.ts";
import { acceptOrder } from "./accept-channel-order.ts";
import { askChannel, type OpenChannel } from "./channel-access.ts";
import { disregardOf } from "./take-channel-order.ts";

const ORDERS_MAX = 10;
const SHOWN_MAX = 50;
const LOOK_BACK_MS = 7 * 86_400_000;

type Ports = Pick<Services, "db" | "nowMs" | "connection">;
type DryOrder = ChannelDryRunView["orders"][number];

/** Reads what a platform has, and says what would be done with it. Nothing is written, here or there. */
export async function dryRunChannel(
  services: Ports,
  channel: OpenChannel,
): Promise<Result<ChannelDryRunView, string>> {
  const { adapter, access } = channel;
  const tested = await askChannel(services, channel, () => adapter.test(access));
  if (!tested.ok) return tested;
  const page = await askChannel(services, channel, () => adapter.readListings(access, null));
  if (!page.ok) return page;
  const changed = await askChannel(services, channel, () =>
    adapter.changedOrders(access, services.nowMs() - LOOK_BACK_MS, null),
  );
  if (!changed.ok) return changed;
  const orders: Array<DryOrder> = [];
  const seen: Array<ChannelOrder> = [];
  for (const { externalId } of changed.value.items.slice(0, ORDERS_MAX)) {
    const asked = await askChannel(services, channel, () => adapter.fetchOrder(access, externalId));
    if (!asked.ok) return asked;
    if (asked.value === null) continue;
    if (asked.value.ok) seen.push(asked.value.value);
    orders.push(await fateOf(services, channel, externalId, asked.value));
  }
  return ok({
    account: tested.value.account,
    listings: await matchListings(services, channel, page.value.items),
    orders,
    unmapped: unmappedIn(channel, seen, orders),
  });
}

async function matchListings(
  { db }: Ports,
  { row }: OpenChannel,
  items: ReadonlyArray<Listing>,
): Promise<ChannelDryRunView["listings"]> {
  const wanted = items.map(({ externalId, sku, barcode }) => ({ listing: externalId, sku, barcode }));
  const facts = { ...(await readMatchFacts(db, row.code, wanted)), listed: new Map<string, never>() };
  const matched: Record<MatchKind, number> = { explicit: 0, sku: 0, barcode: 0, none: 0 };
  const unmatched: ChannelDryRunView["listings"]["unmatched"] = [];
  const skus: Array<{ listing: string; sku: string }> = [];
  for (const [index, item] of items.entries()) {
    const match = matchOf(wanted[index] ?? { listing: null, sku: null, barcode: null }, facts);
    matched[match.kind === "unstocked" ? "explicit" : match.kind] += 1;
    if ("sku" in match) skus.push({ listing: item.externalId, sku: match.sku });
    if (match.kind === "none" && unmatched.length < SHOWN_MAX)
      unmatched.push({ listing: item.externalId, external_sku: item.sku, title: item.title });
  }
  const shown = skus.slice(0, SHOWN_MAX);
  const stock = await readProjected(
    db,
    shown.map(({ sku }) => sku),
  );
  return {
    read: items.length,
    matched,
    unmatched,
    would_show: shown.map(({ listing, sku }) => ({
      listing,
      sku,
      quantity: channelQuantity(stock.get(sku)?.available ?? 0, row.rule),
    })),
  };
}

async function fateOf(
  services: Ports,
  { row }: OpenChannel,
  externalId: string,
  read: Result<ChannelOrder, ChannelRefusal>,
): Promise<DryOrder> {
  const none = { external_id: externalId, total: null, tax_total: null, currency: null };
  const refused = ({ code: reason, detail }: ChannelRefusal): DryOrder => ({
    ...none,
    outcome: "refused",
    reason,
    detail,
  });
  if (!read.ok) return refused(read.error);
  const order = read.value;
  const because = disregardOf(order);
  if (because !== null) return { ...none, outcome: "ignored", reason: because, detail: null };
  const accepted = await acceptOrder(services, row, order, 1);
  if (!accepted.ok) return refused(accepted.error);
  if (accepted.value === null)
    return { ...none, outcome: "ignored", reason: "nothing_to_ship", detail: null };
  const { total, taxTotal } = accepted.value.amounts;
  return {
    external_id: externalId,
    outcome: "captured",
    reason: null,
    detail: null,
    total,
    tax_total: taxTotal,
    currency: order.currency,
  };
}

function unmappedIn(
  { row }: OpenChannel,
  seen: ReadonlyArray<ChannelOrder>,
  orders: ReadonlyArray<DryOrder>,
): ChannelDryRunView["unmapped"] {
  const { shipping_methods: methods, locations } = row.settings as Readonly<
    Record<string, Readonly<Record<string, string>> | undefined>
  >;
  const lacking = (
    names: ReadonlyArray<string | null>,
    known: Readonly<Record<string, string>> | undefined,
  ) =>
    [...new Set(names)].filter((name) => name !== null && !Object.hasOwn(known ?? {}, name)) as Array<string>;
  return {
    shipping_methods: lacking(
      seen.map(({ shippingMethod }) => shippingMethod),
      methods,
    ),
    locations: lacking(
      seen.map(({ location }) => location),
      locations,
    ),
    statuses: orders.flatMap(({ reason, detail }) => (reason === "status_unknown" ? [detail ?? ""] : [])),
  };
}
