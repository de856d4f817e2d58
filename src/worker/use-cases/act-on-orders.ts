import type { Actor } from "../../db/audit.ts";
import type { OrderAction } from "../../domain/automation/action.ts";
import { settleInParallel } from "./in-parallel.ts";
import { carryOutAction, type ActionServices } from "./order-action.ts";

export type ActOnOrders = {
  readonly action: OrderAction;
  readonly orderIds: ReadonlyArray<string>;
  readonly actor: Actor;
  /** A repeat with the same finds done what was done. */
  readonly mark: string;
};

export type ActedOn = { readonly order: string; readonly ok: boolean; readonly reason: string | null };

/** Does one thing to each of a few orders. One that is refused, or cannot be reached now, stops none of the others. */
export async function actOnOrders(
  services: ActionServices,
  { action, orderIds, actor, mark }: ActOnOrders,
): Promise<ReadonlyArray<ActedOn>> {
  const ids = [...new Set(orderIds)];
  const settled = await settleInParallel(ids, (orderId) =>
    carryOutAction(services, action, { orderId, actor, mark }),
  );
  return ids.map((order, index) => {
    const outcome = settled[index];
    // What failed half-way is found again by its mark, so that asking once more with the same key is safe.
    if (outcome?.status !== "fulfilled") return { order, ok: false, reason: "unavailable" };
    return { order, ok: outcome.value.ok, reason: outcome.value.ok ? null : outcome.value.error };
  });
}
