import { findChannelOrderOf, hasNotice, writeNotice } from "../../db/channel-orders.ts";
import { findConnection } from "../../db/connections.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { readOrder } from "../../db/orders.ts";
import type { Result } from "../../domain/result.ts";
import type { ChannelFailure, ShippedParcel } from "../../integrations/channels/port.ts";
import type { Services } from "../services.ts";
import { callChannel, openChannel, type AccessServices, type OpenChannel } from "./channel-access.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";

type TellServices = AccessServices & Pick<Services, "db" | "connection">;

/** Tells the platform that an order came from that a parcel of it has left: once, in the platform's own terms. */
export async function tellShipped(services: TellServices, shipmentId: string): Promise<void> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", shipmentId);
  const parcel = snapshot?.shipments.find(({ id }) => id === shipmentId);
  const source = snapshot?.fulfillmentOrders.find(({ id }) => id === parcel?.fulfillmentOrderId);
  if (snapshot === null || parcel === undefined || source === undefined)
    throw new StepImpossible("no such parcel");
  const { order, lines } = snapshot;
  await tellOnce(services, order.id, `shipped:${shipmentId}`, (channel, externalLines, externalId) => {
    const positions = new Map(lines.map(({ id, position }) => [id, position]));
    const told: ShippedParcel = {
      orderId: order.id,
      shipmentId,
      carrier: parcel.carrier,
      trackingNumber: parcel.trackingNumber,
      shippedAtMs: parcel.shippedAtMs ?? services.nowMs(),
      lines: source.lines.flatMap(({ orderLineId, quantity }) => {
        const externalLineId = externalLines[(positions.get(orderLineId) ?? 0) - 1];
        return externalLineId === undefined ? [] : [{ externalLineId, quantity }];
      }),
      isLast: lines.every((line) => line.fulfilledQuantity + line.canceledQuantity >= line.quantity),
    };
    return channel.adapter.tellShipped(channel.access, externalId, told);
  });
}

/** Tells the platform that we will not send an order of its own. */
export async function tellCanceled(services: TellServices, orderId: string): Promise<void> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null || aggregate.order.status !== "canceled") return;
  const reason = aggregate.order.cancelReason ?? "other";
  await tellOnce(services, orderId, "canceled", (channel, _, externalId) =>
    channel.adapter.tellCanceled(channel.access, externalId, reason),
  );
}

/**
 * The notice is written after the call, so a crash between the two tells again: adapters look before they tell. What
 * the platform refuses is put before a person and not told again.
 */
async function tellOnce(
  services: TellServices,
  orderId: string,
  fact: string,
  tell: (
    channel: OpenChannel,
    externalLines: ReadonlyArray<string>,
    externalId: string,
  ) => Promise<Result<null, ChannelFailure>>,
): Promise<void> {
  const row = await findChannelOrderOf(services.db, orderId);
  // An order that an edit replaced is not what the platform has any more.
  if (row === null || (await hasNotice(services.db, orderId, fact))) return;
  const connection = await findConnection(services.db, row.connection);
  if (connection === null) return;
  if (connection.status !== "active") throw new RetryLater(`connection ${row.connection} is paused`);
  const channel = await openChannel(services, connection);
  if (channel === null)
    throw new StepImpossible(`the secrets of connection ${row.connection} cannot be read`);
  const told = await callChannel(services, channel, () => tell(channel, row.lines, row.externalId));
  if (!told.ok) {
    await raiseException(services, {
      kind: "channel_refused",
      subject: `order:${orderId}`,
      orderId,
      fact,
      data: { connection: row.connection, external_id: row.externalId, fact, reason: told.error.reason },
    });
    return;
  }
  await writeNotice(services.db, orderId, fact, services.nowMs());
}
