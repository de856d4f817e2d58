import { eventRow } from "../../db/events.ts";
import type { Sku } from "../../domain/brand.ts";
import type { Attempt } from "../../durable-objects/order-desk/port.ts";
import type { Services } from "../services.ts";

type UndoServices = Pick<Services, "db" | "sku" | "orderDesk" | "paymentProvider">;

export type AttemptToUndo = Omit<Attempt, "home" | "startedAtMs"> & { readonly skus: ReadonlyArray<Sku> };

/** The id of the `order.placed` event of one attempt: the order was placed by it if, and only if, this is there. */
export function markOf({ orderId, attempt }: { readonly orderId: string; readonly attempt: string }): string {
  return eventRow(orderId, "order.placed", attempt, {}, "", 0).id;
}

/**
 * Finds out what became of an attempt whose outcome nobody knows, and takes it back unless it placed the order. It is
 * fenced off first, so that nothing can be written after we looked.
 *
 * @returns `pending` where something did not answer: the attempt stays on record, and the reconciler goes on.
 */
export async function resolveAttempt(
  services: UndoServices,
  attempt: AttemptToUndo,
): Promise<
  { readonly status: "placed"; readonly number: number } | { readonly status: "undone" | "pending" }
> {
  try {
    const { status } = await services.orderDesk.revoke(attempt);
    if (status === "committing") return { status: "pending" };
    const placed = await readPlacement(services, attempt);
    if (placed !== null && placed.isOurs) {
      await services.orderDesk.settle(attempt);
      return { status: "placed", number: placed.number };
    }
    // The hold belongs to the order that another attempt placed from it.
    return await giveBack(services, placed === null ? attempt : { ...attempt, skus: [] });
  } catch {
    return { status: "pending" };
  }
}

/**
 * Takes back an attempt that is known not to have placed its order: the payment first, then the hold, and only then
 * the record of it, so that a crash in between is found and finished.
 */
export async function giveBack(
  services: Omit<UndoServices, "db">,
  attempt: AttemptToUndo,
): Promise<{ readonly status: "undone" | "pending" }> {
  const { orderId, provider, paymentKey, holdKey, skus } = attempt;
  try {
    const abandoned = await services
      .paymentProvider(provider)
      ?.abandon({ orderId, idempotencyKey: paymentKey });
    if (abandoned?.ok !== true) return { status: "pending" };
    await Promise.all(skus.map((sku) => services.sku(sku).stopPaying(holdKey, orderId)));
    await services.orderDesk.settle(attempt);
    return { status: "undone" };
  } catch {
    return { status: "pending" };
  }
}

async function readPlacement(
  { db }: Pick<UndoServices, "db">,
  attempt: AttemptToUndo,
): Promise<{ readonly number: number; readonly isOurs: boolean } | null> {
  const row = await db.d1
    .prepare(
      "SELECT number, EXISTS (SELECT 1 FROM order_event WHERE id = ?2) AS is_ours FROM orders WHERE id = ?1",
    )
    .bind(attempt.orderId, markOf(attempt))
    .first<{ number: number; is_ours: number }>();
  return row === null ? null : { number: row.number, isOurs: row.is_ours === 1 };
}
