import { buyerSchema, locationCodeSchema, skuSchema } from "../../contract/primitives.ts";
import { insertMany } from "../../db/client.ts";
import { derivedId, outboxRow } from "../../db/events.ts";
import { findChange, type OrderChangeRow } from "../../db/order-changes.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { outbox } from "../../db/schema/index.ts";
import type { Sku } from "../../domain/brand.ts";
import { parseHoldId } from "../../domain/inventory/hold.ts";
import type { Services } from "../services.ts";
import { raiseException } from "./raise-exception.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { StepImpossible } from "./step-failure.ts";

type ApplyServices = Pick<Services, "nowMs" | "db" | "sku" | "send">;

/**
 * The stock follows a confirmed change: what was planned with the units that go is taken back, those units are for sale
 * again, added ones are committed from what was held for them, and the router plans the rest. Each SKU knows each change
 * by its id, so a repeat moves nothing.
 */
export async function applyChange(services: ApplyServices, changeId: string): Promise<void> {
  const change = await findChange(services.db, changeId);
  if (change === null || change.status !== "confirmed") return;
  const aggregate = await readOrder(services.db, change.orderId);
  // A cancel gives everything back by itself.
  if (aggregate === null || aggregate.order.status === "canceled") return;
  await giveBackPlanned(services, aggregate);
  for (const [sku, quantity] of unitsOf(change)) await applyTo(services, aggregate, change, sku, quantity);
  await writeOff(services, change);
  const next = outboxRow("fulfillment", { type: "order.route", order_id: change.orderId }, services.nowMs());
  await insertMany(services.db, outbox, [next], "nothing").run();
  await relayCommitted(services, [next]);
}

async function giveBackPlanned(services: ApplyServices, aggregate: OrderAggregate): Promise<void> {
  const { fulfillmentOrders, fulfillmentLines } = aggregate;
  for (const { id, status, location } of fulfillmentOrders) {
    if (status !== "canceled" || location === null) continue;
    const lines = fulfillmentLines.filter(({ fulfillmentOrderId }) => fulfillmentOrderId === id);
    for (const sku of new Set(lines.map((line) => line.sku))) {
      await services.sku(skuSchema.parse(sku)).deallocate({ allocationId: id });
    }
  }
}

/** Whoever was faster and bought such a unit in between gets it: it is not written off then, but somebody looks at it. */
async function writeOff(services: ApplyServices, change: OrderChangeRow): Promise<void> {
  for (const { line, sku, location, quantity } of change.writtenOff ?? []) {
    const [answer] = await services.sku(skuSchema.parse(sku)).move([
      {
        id: derivedId("mov", change.createdAtMs, change.id, line),
        kind: "damaged",
        location: locationCodeSchema.parse(location),
        quantity,
        reason: change.id,
      },
    ]);
    if (answer?.ok === true) continue;
    await raiseException(services, {
      kind: "change_unavailable",
      subject: `order:${change.orderId}`,
      orderId: change.orderId,
      fact: `${change.id} ${line}`,
      data: { change: change.id, sku, location, quantity, because: "not_written_off" },
    });
  }
}

/** Units by SKU: above zero to be committed, below zero to be given back. */
function unitsOf({ actions, removed }: OrderChangeRow): Map<Sku, number> {
  const units = new Map<Sku, number>();
  const add = (sku: Sku, quantity: number) => units.set(sku, (units.get(sku) ?? 0) + quantity);
  for (const action of actions)
    if (action.type === "add_line") add(skuSchema.parse(action.sku), action.quantity);
  for (const [sku, quantity] of Object.entries(removed ?? {})) add(skuSchema.parse(sku), -quantity);
  return units;
}

async function applyTo(
  services: ApplyServices,
  { order }: OrderAggregate,
  change: OrderChangeRow,
  sku: Sku,
  quantity: number,
): Promise<void> {
  const port = services.sku(sku);
  const held = change.holds.filter((hold) => hold.sku === sku).map(({ key }) => key);
  if (quantity !== 0) {
    const answer = await port.changeOrder({
      id: derivedId("mov", order.placedAtMs, change.id, sku),
      orderId: order.id,
      holdKey: parseHoldId(order.holdId ?? "")?.key ?? null,
      buyer: buyerSchema.parse(order.buyer ?? order.id),
      quantity,
      fromHolds: held,
    });
    if (!answer.ok && answer.error.code === "stock_insufficient" && quantity > 0) {
      await raiseException(services, {
        kind: "change_unavailable",
        subject: `order:${order.id}`,
        orderId: order.id,
        fact: `${change.id} ${sku}`,
        data: { change: change.id, sku, quantity, available: answer.error.available },
      });
    } else if (!answer.ok) {
      throw new StepImpossible(`stock of ${change.id} was not changed: ${answer.error.code}`);
    }
  }
  for (const key of held) await port.releaseHold(key);
}
