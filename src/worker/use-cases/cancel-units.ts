import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { CancelReason } from "../../domain/orders/cancel.ts";
import { err, type Result } from "../../domain/result.ts";
import { confirmChange, type ChangeServices } from "./confirm-change.ts";
import { newChange } from "./order-change.ts";

export type CancelUnits = {
  readonly orderId: string;
  readonly lines: ReadonlyArray<{ readonly line: string; readonly quantity: number }>;
  readonly reason: CancelReason;
  readonly refund: boolean;
  /** False writes off as damaged what a location had set aside for these units. */
  readonly restock: boolean;
  readonly notify: boolean;
  readonly actor: Actor;
  /** Tells this cancel from any other of the same order: a repeat of it finds it done. */
  readonly mark: string;
};

/** Cancels some units of an order: a change that only takes away, confirmed at once. */
export async function cancelUnits(
  services: ChangeServices,
  { orderId, lines, reason, refund, restock, notify, actor, mark }: CancelUnits,
  isVersionAcceptable: (version: number) => boolean,
): Promise<Result<OrderAggregate, Problem>> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return err(problem("not_found"));
  const actions = lines.map((line) => ({ type: "remove_units" as const, ...line }));
  const change = { ...newChange(aggregate.order, mark, actions, reason, services.nowMs()), version: 0 };
  const isDone = aggregate.events.some(({ data }) => data["change"] === change.id);
  if (!isDone && !isVersionAcceptable(aggregate.order.version)) return err(problem("precondition_failed"));
  return confirmChange(services, orderId, {
    change,
    actor,
    refund,
    notify,
    onBalance: "ship",
    cancel: { restock },
  });
}
