import { err, ok } from "../../src/domain/result.ts";
import type {
  FollowUpRequest,
  PaymentEntry,
  PaymentPort,
  RemotePayments,
} from "../../src/integrations/payments/port.ts";

type Authorization = { entries: Array<PaymentEntry>; isAbandoned: boolean };

/** A payment provider with a memory: every authorization, by its key, and every movement, once. */
export class TestBank implements PaymentPort {
  readonly provider = "manual";
  readonly isOnTrust: boolean = true;
  readonly remote: RemotePayments | null = null;
  /** Follow-ups of this kind are declined. */
  refuses: "capture" | "void" | "refund" | null = null;
  /** Nobody answers. */
  isSilent = false;
  readonly #authorizations = new Map<string, Authorization & { readonly orderId: string }>();
  readonly #followUps = new Map<string, PaymentEntry & { readonly orderId: string }>();

  // oxlint-disable-next-line require-await -- the port is asynchronous.
  authorize: PaymentPort["authorize"] = async ({
    orderId,
    amount,
    currency,
    capture,
    details,
    idempotencyKey,
  }) => {
    if (details["outcome"] === "declined") return err({ code: "declined", reason: "told to decline" });
    const earlier = this.#authorizations.get(idempotencyKey);
    if (earlier?.isAbandoned === true) return err({ code: "declined", reason: "abandoned before" });
    if (earlier !== undefined) return ok({ entries: earlier.entries, awaited: null });
    const entries: Array<PaymentEntry> = [
      { kind: "authorization", amount, currency, reference: `auth_${idempotencyKey}` },
    ];
    if (capture === "automatic") {
      entries.push({
        kind: "capture",
        amount,
        currency,
        reference: `capt_${idempotencyKey}`,
        parentReference: `auth_${idempotencyKey}`,
      });
    }
    this.#authorizations.set(idempotencyKey, { orderId, entries, isAbandoned: false });
    return ok({ entries, awaited: null });
  };

  capture = (request: FollowUpRequest) => this.#followUp("capture", request);
  void = (request: FollowUpRequest) => this.#followUp("void", request);
  refund = (request: FollowUpRequest) => this.#followUp("refund", request);

  // oxlint-disable-next-line require-await -- the port is asynchronous.
  abandon: PaymentPort["abandon"] = async ({ orderId, idempotencyKey }) => {
    const earlier = this.#authorizations.get(idempotencyKey);
    this.#authorizations.set(idempotencyKey, {
      orderId,
      entries: earlier?.entries ?? [],
      isAbandoned: true,
    });
    return ok(null);
  };

  /** How many payments of an order were made and not taken back. */
  standing(orderId: string): number {
    return [...this.#authorizations.values()].filter((authorization) => {
      const last = authorization.entries.at(-1);
      const isReturned = last === undefined || this.#isReturned(last.reference);
      return authorization.orderId === orderId && !authorization.isAbandoned && !isReturned;
    }).length;
  }

  /** Minor units that moved, by kind of follow-up, however often they were asked for. */
  moved(orderId: string, kind: "capture" | "void" | "refund"): number {
    return [...this.#followUps.values()]
      .filter((entry) => entry.orderId === orderId && entry.kind === kind)
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  /** Every order that was ever paid for, placed or not. */
  orderIds(): Array<string> {
    return [...this.#authorizations.values()].map(({ orderId }) => orderId);
  }

  #isReturned(reference: string): boolean {
    return [...this.#followUps.values()].some(
      (entry) =>
        (entry.kind === "void" || entry.kind === "refund") && entry.reference.endsWith(`:${reference}`),
    );
  }

  // oxlint-disable-next-line require-await -- the port is asynchronous.
  async #followUp(
    kind: "capture" | "void" | "refund",
    { orderId, reference, amount, currency, idempotencyKey }: FollowUpRequest,
  ) {
    if (this.refuses === kind) return err({ code: "declined" as const, reason: "account_closed" });
    if (this.isSilent) return err({ code: "unavailable" as const, reason: "down" });
    const earlier = this.#followUps.get(idempotencyKey);
    if (earlier !== undefined) return ok([earlier as PaymentEntry]);
    const entry = { kind, amount, currency, reference: `${kind}:${idempotencyKey}:${reference}`, orderId };
    this.#followUps.set(idempotencyKey, entry);
    const { orderId: _, ...said } = entry;
    return ok([said]);
  }
}
