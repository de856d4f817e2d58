import { succeedChannelOrder, type ChannelOrderRow } from "../../db/channel-orders.ts";
import { readMatchFacts, type ConnectionRow } from "../../db/connections.ts";
import { abortUnlessChanged } from "../../db/guard.ts";
import { insertOrders } from "../../db/new-orders.ts";
import { balanceAmounts } from "../../domain/channels/amounts.ts";
import type { ChannelOrder, ChannelRefusal } from "../../domain/channels/channel-order.ts";
import { matchLines } from "../../domain/channels/matching.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { channelOrderId, channelOrderRows, type AcceptedOrder } from "./channel-order-rows.ts";
import { relayCommitted } from "./relay-outbox.ts";

export type TakeServices = Pick<
  Services,
  "nowMs" | "db" | "sku" | "paymentProvider" | "carrier" | "send" | "background"
>;

/** Matches an order to the catalogue and makes it add up; null where nothing of it needs stock. */
export async function acceptOrder(
  services: Pick<Services, "db">,
  connection: ConnectionRow,
  order: ChannelOrder,
  revision: number,
): Promise<Result<AcceptedOrder | null, ChannelRefusal>> {
  const facts = await readMatchFacts(services.db, connection.code, order.lines);
  const lines = matchLines(order.lines, facts);
  if (!lines.ok) return lines;
  if (lines.value.length === 0) return ok(null);
  const amounts = balanceAmounts(order, lines.value);
  if (!amounts.ok) return amounts;
  return ok({
    connection: connection.code,
    platform: connection.platform,
    order,
    lines: lines.value,
    amounts: amounts.value,
    shippingMethod: shippingMethodOf(connection, order),
    revision,
  });
}

function shippingMethodOf({ settings }: ConnectionRow, { shippingMethod }: ChannelOrder): string | null {
  if (shippingMethod === null) return null;
  const methods = settings["shipping_methods"] as Readonly<Record<string, string>> | undefined;
  return methods?.[shippingMethod] ?? shippingMethod.slice(0, 64);
}

/** Writes an order of ours together with the note that it is what the platform's order has become. */
export async function writeAccepted(
  services: Pick<Services, "db" | "nowMs" | "send" | "background">,
  row: ChannelOrderRow,
  accepted: AcceptedOrder,
): Promise<ChannelOrderRow> {
  const nowMs = services.nowMs();
  const written: ChannelOrderRow = {
    ...row,
    outcome: "captured",
    reason: null,
    detail: null,
    orderId: channelOrderId(accepted),
    revision: accepted.revision,
    isReserved: accepted.order.state === "reserved",
    isShort: false,
    lines: accepted.lines.map(({ externalId }) => externalId),
    receivedAtMs: nowMs,
  };
  const rows = channelOrderRows(accepted, null, nowMs);
  await services.db.d1.batch([
    succeedChannelOrder(services.db, written),
    abortUnlessChanged(services.db),
    ...insertOrders(services.db, [rows], nowMs),
  ]);
  services.background(relayCommitted(services, rows.outbox));
  return written;
}
