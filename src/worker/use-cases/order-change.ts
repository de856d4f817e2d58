import { createHash } from "node:crypto";

import type { OrderChangeView } from "../../contract/order-changes.ts";
import { buyerSchema, skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { derivedId } from "../../db/events.ts";
import { findChange, insertChange, updateChange, type OrderChangeRow } from "../../db/order-changes.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { Sku } from "../../domain/brand.ts";
import { encodeBytes } from "../../domain/ids.ts";
import type { HoldRefusal } from "../../domain/inventory/errors.ts";
import { HOLD_TTL_SECONDS_MAX } from "../../domain/inventory/hold.ts";
import type { ChangeAction } from "../../domain/orders/change.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { planChange, type ChangePlan, type ChangeServices } from "./confirm-change.ts";

type Viewed = Promise<Result<OrderChangeView, Problem>>;

/** @returns A change as it is before anybody has staged anything; one that is confirmed at once has version 0. */
export function newChange(
  order: OrderAggregate["order"],
  mark: string,
  actions: ReadonlyArray<ChangeAction>,
  reason: string | null,
  nowMs: number,
): OrderChangeRow {
  return {
    id: derivedId("chg", order.placedAtMs, order.id, mark),
    orderId: order.id,
    status: "pending",
    actions,
    holds: [],
    removed: null,
    writtenOff: null,
    reason,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
}

export async function beginChange(
  services: ChangeServices,
  orderId: string,
  mark: string,
  reason: string | null,
  actor: Actor,
): Viewed {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return err(problem("not_found"));
  const nowMs = services.nowMs();
  const row = newChange(aggregate.order, mark, [], reason, nowMs);
  const earlier = await findChange(services.db, row.id);
  if (earlier !== null) return ok(changeView(earlier, null));
  const plan = await planChange(services, aggregate, []);
  if (!plan.ok) return plan;
  const audit = auditRow(actor, "order.change_begun", `order:${orderId}`, { change: row.id }, nowMs);
  if (!(await insertChange(services.db, row, audit))) return err(problem("change_open"));
  return ok(changeView(row, plan.value));
}

/** Replaces what is staged. What was held for it before is let go, and what is added now is held. */
export async function stageChange(
  services: ChangeServices,
  orderId: string,
  changeId: string,
  actions: ReadonlyArray<ChangeAction>,
): Viewed {
  const read = await readBoth(services, orderId, changeId);
  if (!read.ok) return read;
  const { aggregate, change } = read.value;
  if (change.status !== "pending")
    return err(problem("order_state_conflict", { change_status: change.status }));
  const plan = await planChange(services, aggregate, actions);
  if (!plan.ok) return plan;
  const version = change.version + 1;
  const held = await holdAdded(services, aggregate, { ...change, version }, actions);
  if (!held.ok) return held;
  const next = { ...change, actions, holds: held.value, updatedAtMs: services.nowMs(), version };
  const isWritten = await updateChange(services.db, next);
  await letGo(services, isWritten ? change.holds : held.value);
  return isWritten ? ok(changeView(next, plan.value)) : err(problem("unavailable"));
}

export async function viewChange(services: ChangeServices, orderId: string, changeId: string): Viewed {
  const read = await readBoth(services, orderId, changeId);
  if (!read.ok) return read;
  const { aggregate, change } = read.value;
  if (change.status !== "pending") return ok(changeView(change, null));
  const plan = await planChange(services, aggregate, change.actions);
  return plan.ok ? ok(changeView(change, plan.value)) : plan;
}

export async function dropChange(services: ChangeServices, orderId: string, changeId: string): Viewed {
  const read = await readBoth(services, orderId, changeId);
  if (!read.ok) return read;
  const { change } = read.value;
  if (change.status === "confirmed")
    return err(problem("order_state_conflict", { change_status: change.status }));
  const next = {
    ...change,
    status: "canceled" as const,
    updatedAtMs: services.nowMs(),
    version: change.version + 1,
  };
  if (change.status === "pending" && !(await updateChange(services.db, next)))
    return err(problem("unavailable"));
  await letGo(services, change.holds);
  return ok(changeView(change.status === "pending" ? next : change, null));
}

export async function readBoth(
  services: Pick<ChangeServices, "db">,
  orderId: string,
  changeId: string,
): Promise<Result<{ readonly aggregate: OrderAggregate; readonly change: OrderChangeRow }, Problem>> {
  const [aggregate, change] = await Promise.all([
    readOrder(services.db, orderId),
    findChange(services.db, changeId),
  ]);
  if (aggregate === null || change === null || change.orderId !== orderId) return err(problem("not_found"));
  return ok({ aggregate, change });
}

async function holdAdded(
  services: ChangeServices,
  { order }: OrderAggregate,
  change: OrderChangeRow,
  actions: ReadonlyArray<ChangeAction>,
): Promise<Result<OrderChangeRow["holds"], Problem>> {
  const wanted = new Map<Sku, number>();
  for (const action of actions) {
    if (action.type === "add_line") wanted.set(action.sku, (wanted.get(action.sku) ?? 0) + action.quantity);
  }
  const holds: Array<OrderChangeRow["holds"][number]> = [];
  for (const [sku, quantity] of wanted) {
    const key = encodeBytes(
      createHash("sha256").update(`${change.id} ${change.version} ${sku}`).digest(),
      20,
    );
    const [taken] = await services.sku(sku).takeHolds([
      {
        key,
        buyer: buyerSchema.parse(order.buyer ?? order.id),
        quantity,
        ttlSeconds: HOLD_TTL_SECONDS_MAX,
        location: null,
        show: null,
        home: null,
        basket: null,
        device: null,
        arrivedAtMs: null,
        isGuarded: false,
      },
    ]);
    if (taken === undefined || !taken.ok) {
      await letGo(services, holds);
      return err(taken === undefined ? problem("unavailable") : holdProblem(taken.error, sku));
    }
    holds.push({ sku, key, quantity });
  }
  return ok(holds);
}

function holdProblem(refusal: HoldRefusal, sku: Sku): Problem {
  if (refusal.code === "sku_unknown") return problem("sku_unknown", { sku });
  if (refusal.code === "limit_reached") return problem("limit_reached", { sku });
  return "available" in refusal
    ? problem("sold_out", { sku, available: refusal.available })
    : problem("sold_out", { sku });
}

/** A hold that stays by mistake ends within the hour. */
async function letGo(services: ChangeServices, holds: OrderChangeRow["holds"]): Promise<void> {
  await Promise.allSettled(holds.map(({ sku, key }) => services.sku(skuSchema.parse(sku)).releaseHold(key)));
}

function changeView(row: OrderChangeRow, plan: ChangePlan | null): OrderChangeView {
  return {
    id: row.id,
    order: row.orderId,
    status: row.status,
    reason: row.reason,
    actions: row.actions.map((action) => ({ ...action })),
    holds: row.holds.map(({ sku, quantity }) => ({ sku, quantity })),
    preview:
      plan === null
        ? null
        : {
            subtotal: plan.changed.totals.subtotal,
            discount_total: plan.changed.totals.discountTotal,
            shipping_total: plan.changed.totals.shippingTotal,
            tax_total: plan.changed.totals.taxTotal,
            total: plan.changed.totals.total,
            value_before: plan.changed.valueBefore,
            value_after: plan.changed.valueAfter,
            refund: plan.refund,
            owed: plan.owed,
          },
    created_at: new Date(row.createdAtMs).toISOString(),
    version: row.version,
  };
}
