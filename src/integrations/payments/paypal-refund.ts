import * as z from "zod";

import { err, ok } from "../../domain/result.ts";
import { callPayPal, type PayPalConfig } from "./paypal-api.ts";
import { readPayPalOrder } from "./paypal-order.ts";
import {
  CAPTURED,
  fromPayPalValue,
  toPayPalValue,
  type PayPalMovement,
  type PayPalOrder,
  type PayPalRefund,
} from "./paypal-state.ts";
import type { FollowedUp, FollowUpRequest, PaymentEntry } from "./port.ts";

const madeSchema = z.looseObject({ id: z.string(), status: z.string().optional() });

/** What was asked for and did not come about counts for nothing. */
const VOID: ReadonlyArray<string> = ["CANCELLED", "FAILED"];

/**
 * Pays back some of a PayPal order. PayPal pays back captures, each of them no more than it has, so that what passes any one of
 * them is spread, the newest first. Each part carries our key: a repeat finds the parts that were made, wherever it broke off.
 */
export async function refundPayPal(config: PayPalConfig, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, idempotencyKey } = request;
  const [payPalOrder = reference] = reference.split(":");
  const order = await readPayPalOrder(config, payPalOrder);
  if (!order.ok) return order;
  const entries: Array<PaymentEntry> = earlierParts(order.value, idempotencyKey).map((part) => ({
    kind: "refund",
    amount: fromPayPalValue(part.amount),
    currency,
    reference: part.id,
  }));
  let wanted = entries.reduce((rest, entry) => rest - entry.amount, amount);
  const rooms = roomsOf(order.value);
  if (rooms.reduce((sum, { left }) => sum + left, 0) < wanted) {
    return err({ code: "declined", reason: "no_capture_bears_it" });
  }
  for (const { capture, left } of rooms.toReversed()) {
    const part = Math.min(wanted, left);
    if (part === 0) continue;
    const value = toPayPalValue(part, currency);
    if (value === null) return err({ code: "declined", reason: "currency_without_decimals" });
    // oxlint-disable-next-line no-await-in-loop -- each part is known to be made before the next is asked for.
    const made = await callPayPal(config, madeSchema, "POST", `/v2/payments/captures/${capture}/refund`, {
      requestId: `${idempotencyKey}:${capture}`,
      body: JSON.stringify({ amount: { currency_code: currency, value }, custom_id: idempotencyKey }),
    });
    // What was paid back before it is in the order, and counts when somebody asks again.
    if (!made.ok) return made;
    if (VOID.includes(made.value.status ?? "")) return err({ code: "declined", reason: "refund_failed" });
    entries.push({ kind: "refund", amount: part, currency, reference: made.value.id });
    wanted -= part;
  }
  return ok(entries);
}

function earlierParts(order: PayPalOrder, key: string): Array<PayPalRefund> {
  return refundsOf(order).filter((refund) => refund.custom_id === key);
}

function refundsOf(order: PayPalOrder): Array<PayPalRefund> {
  const { refunds = [] } = order.purchase_units[0]?.payments ?? {};
  return refunds.filter(({ status }) => !VOID.includes(status));
}

/** What each capture can still pay back, oldest first. A refund says in a link of which capture it is. */
function roomsOf(order: PayPalOrder): Array<{ readonly capture: string; readonly left: number }> {
  const captures = (order.purchase_units[0]?.payments?.captures ?? []).filter(({ status }) =>
    CAPTURED.includes(status),
  );
  const used = new Map<string, number>();
  const use = (capture: PayPalMovement, amount: number) =>
    used.set(capture.id, (used.get(capture.id) ?? 0) + amount);
  for (const refund of refundsOf(order)) {
    const amount = fromPayPalValue(refund.amount);
    const up = refund.links?.find(({ rel }) => rel === "up")?.href ?? "";
    const own = captures.find(({ id }) => up.endsWith(`/captures/${id}`)) ?? captures.at(-1);
    if (own !== undefined) use(own, amount);
  }
  return captures.map((capture) => ({
    capture: capture.id,
    left: Math.max(0, fromPayPalValue(capture.amount) - (used.get(capture.id) ?? 0)),
  }));
}
