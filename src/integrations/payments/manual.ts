import { createHash } from "node:crypto";

import { err, ok } from "../../domain/result.ts";
import type { FollowUpRequest, PaymentEntry, PaymentPort } from "./port.ts";

/**
 * Payment that people settle outside: invoice, bank transfer, cash. It says yes unless it is told to decline, and it
 * keeps nothing: a reference is made from the idempotency key, so that a repeat answers as the first did.
 */
export const manualPayments: PaymentPort = {
  provider: "manual",
  isOnTrust: true,
  // oxlint-disable-next-line require-await -- the port is asynchronous because real providers are.
  async authorize({ amount, currency, capture, details, idempotencyKey }) {
    if (details["outcome"] === "declined") return err({ code: "declined", reason: "told to decline" });
    const authorization: PaymentEntry = {
      kind: "authorization",
      amount,
      currency,
      reference: referenceFor("auth", idempotencyKey),
    };
    if (capture === "manual") return ok({ entries: [authorization], awaited: null });
    const entries: Array<PaymentEntry> = [
      authorization,
      {
        kind: "capture",
        amount,
        currency,
        reference: referenceFor("capt", idempotencyKey),
        parentReference: authorization.reference,
      },
    ];
    return ok({ entries, awaited: null });
  },
  capture: (request) => Promise.resolve(ok([entryOf("capture", request)])),
  void: (request) => Promise.resolve(ok([entryOf("void", request)])),
  refund: (request) => Promise.resolve(ok([entryOf("refund", request)])),
  remote: null,
  // Nothing was moved by us, so there is nothing to give back.
  abandon: () => Promise.resolve(ok(null)),
};

function entryOf(
  kind: "capture" | "void" | "refund",
  { amount, currency, idempotencyKey }: FollowUpRequest,
): PaymentEntry {
  return { kind, amount, currency, reference: referenceFor(kind.slice(0, 4), idempotencyKey) };
}

function referenceFor(prefix: string, idempotencyKey: string): string {
  const digest = createHash("sha256").update(`${prefix}\n${idempotencyKey}`).digest("hex");
  return `manual_${prefix}_${digest.slice(0, 24)}`;
}
