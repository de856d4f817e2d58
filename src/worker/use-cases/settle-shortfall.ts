import { findChannelOrderOf, markShort } from "../../db/channel-orders.ts";
import { insertMany } from "../../db/client.ts";
import { findConnection } from "../../db/connections.ts";
import { eventRow } from "../../db/events.ts";
import { insertExceptions } from "../../db/exceptions.ts";
import { orderEvent } from "../../db/schema/index.ts";
import type { Sku } from "../../domain/brand.ts";
import type { Services } from "../services.ts";
import { cancelOrder } from "./cancel-order.ts";
import { connectionActor } from "./connection-actor.ts";

/** Units that an order needs and its SKU could not commit. */
export type StockGap = { readonly sku: Sku; readonly requested: number; readonly available: number };

type Ports = Pick<Services, "nowMs" | "db" | "paymentProvider" | "send" | "background">;

/**
 * A platform sold what is not there. By the connection's policy the order waits with a task for a person (`hold`),
 * waits by itself (`backorder`), or is canceled and the platform told (`cancel`). What could be committed stays
 * committed while it waits, and news of stock has it tried again.
 *
 * @returns false where the order came from no platform: then it is none of this.
 */
export async function settleShortfall(
  services: Ports,
  orderId: string,
  gaps: ReadonlyArray<StockGap>,
): Promise<boolean> {
  const { db } = services;
  const row = await findChannelOrderOf(db, orderId);
  if (row === null) return false;
  // A connection that was removed meanwhile has no policy any more: a person decides.
  const policy = (await findConnection(db, row.connection))?.shortfall ?? "hold";
  if (policy === "cancel") {
    await cancelOrder(services, {
      orderId,
      reason: "inventory",
      because: "stock_gone",
      restock: true,
      // The money is the platform's to give back, when it hears of the cancel.
      refund: false,
      notify: true,
      actor: connectionActor(row.connection),
      requestId: null,
      mark: "stock_gone",
      isVersionAcceptable: () => true,
    });
    return true;
  }
  const nowMs = services.nowMs();
  const data = { connection: row.connection, external_id: row.externalId, gaps };
  await db.d1.batch([
    markShort(db, orderId, 1),
    db.d1
      .prepare(
        "UPDATE orders SET status = 'on_hold', updated_at_ms = ?2, version = version + 1 WHERE id = ?1 AND status = 'placed'",
      )
      .bind(orderId, nowMs),
    insertMany(
      db,
      orderEvent,
      [
        eventRow(
          orderId,
          "order.changed",
          "stock_shortfall",
          { status: "on_hold", because: "stock_shortfall", gaps },
          connectionActor(row.connection),
          nowMs,
        ),
      ],
      "nothing",
    ),
    insertExceptions(
      db,
      policy === "hold"
        ? [{ kind: "stock_shortfall", subject: `order:${orderId}`, fact: "", orderId, data }]
        : [],
      nowMs,
    ),
  ]);
  return true;
}
