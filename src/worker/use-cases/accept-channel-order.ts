import { succeedChannelOrder, type ChannelOrderRow } from "../../db/channel-orders.ts";
import { readMatchFacts, type ConnectionRow } from "../../db/connections.ts";
import { abortUnlessChanged } from "../../db/guard.ts";
import { insertOrders } from "../../db/new-orders.ts";
import type { LocationCode } from "../../domain/brand.ts";
import { balanceAmounts } from "../../domain/channels/amounts.ts";
import { ownValue, type ChannelOrder, type ChannelRefusal } from "../../domain/channels/channel-order.ts";
import { matchLines } from "../../domain/channels/matching.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { channelOrderId, channelOrderRows, type AcceptedOrder } from "./channel-order-rows.ts";
import { relayCommitted } from "./relay-outbox.ts";

export type TakeServices = Pick<
  Services,
  "nowMs" | "db" | "sku" | "paymentProvider" | "carrier" | "send" | "background"
>;

/** More than any platform allows in an order, and far from what one statement takes. */
const LINES_MAX = 1_000;

/** Matches an order to the catalogue and makes it add up; null where nothing of it needs stock. */
export async function acceptOrder(
  services: Pick<Services, "db">,
  connection: ConnectionRow,
  order: ChannelOrder,
  revision: number,
): Promise<Result<AcceptedOrder | null, ChannelRefusal>> {
  if (order.lines.length > LINES_MAX) {
    return err({
      code: "unreadable",
      detail: `it has ${order.lines.length} lines; an order may have ${LINES_MAX}`,
    });
  }
  const facts = await readMatchFacts(services.db, connection.code, order.lines);
  const lines = matchLines(order.lines, facts);
  if (!lines.ok) return lines;
  if (lines.value.length === 0) return ok(null);
  const amounts = balanceAmounts(order, lines.value);
  if (!amounts.ok) return amounts;
  const handedOverAt = handOverLocation(connection, order);
  if (!handedOverAt.ok) return handedOverAt;
  return ok({
    connection: connection.code,
    platform: connection.platform,
    order,
    lines: lines.value,
    amounts: amounts.value,
    shippingMethod: shippingMethodOf(connection, order),
    handedOverAt: handedOverAt.value,
    revision,
  });
}

/** Whether the buyer took the goods at a till, which a platform says by naming one. */
export function isHandedOver(order: ChannelOrder): boolean {
  return order.state === "fulfilled" && order.location !== null;
}

function handOverLocation(
  { settings }: ConnectionRow,
  order: ChannelOrder,
): Result<LocationCode | null, ChannelRefusal> {
  if (!isHandedOver(order)) return ok(null);
  const locations = settings["locations"] as Readonly<Record<string, LocationCode>> | undefined;
  const location = ownValue(locations, order.location ?? "");
  if (location !== undefined) return ok(location);
  return err({
    code: "location_unknown",
    detail: `say in the connection's locations which of ours the platform's ${order.location ?? ""} is`,
  });
}

function shippingMethodOf({ settings }: ConnectionRow, { shippingMethod }: ChannelOrder): string | null {
  if (shippingMethod === null) return null;
  const methods = settings["shipping_methods"] as Readonly<Record<string, string>> | undefined;
  return ownValue(methods, shippingMethod) ?? shippingMethod.slice(0, 64);
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
