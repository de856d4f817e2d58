import type { LedgerEntry } from "./rooms.ts";

export const paymentStates = [
  /** The payer has to do something: log in at a bank, approve, choose another way to pay. */
  "requires_action",
  /** The provider is still at it. */
  "pending",
  "authorized",
  "captured",
  /** Declined; the payer may try again. */
  "failed",
  "canceled",
] as const;
export type PaymentStateStatus = (typeof paymentStates)[number];

/**
 * One payment as its provider knows it, all in all: whatever tells of it (a reply, a webhook, a question) tells this, so
 * that news may come twice, late, or in any order. Amounts are minor units and only grow.
 */
export type PaymentState = {
  /** The provider's own name for it, which is also that of its authorization. */
  readonly reference: string;
  /** What we called it; null where the provider does not say. */
  readonly orderId: string | null;
  /** Null where the news is about money that came back only. */
  readonly status: PaymentStateStatus | null;
  /** Upper case ISO 4217. */
  readonly currency: string;
  /** What the payment is for. Null where the news does not say. */
  readonly amount: number | null;
  readonly authorized: number;
  readonly captured: number;
  readonly voided: number;
  readonly refunds: ReadonlyArray<{
    readonly reference: string;
    readonly amount: number;
    readonly hasFailed: boolean;
  }>;
  readonly disputes: ReadonlyArray<{
    readonly reference: string;
    readonly amount: number;
    /** What of it came back: all of one that was won, nothing of one that goes on or was lost. */
    readonly returned: number;
  }>;
};

/** What moved at the provider and is not in the ledger yet. */
export type MissingEntry = {
  readonly kind: LedgerEntry["kind"];
  readonly amount: number;
  readonly reference: string;
  readonly parentReference?: string;
};

/** The name of a capture, which Stripe gives none: the payment's, and how much of it was captured then. */
export function captureReference(payment: string, capturedAfter: number): string {
  return `${payment}:${capturedAfter}`;
}

export function voidReference(payment: string, voidedAfter: number): string {
  return `${payment}:void:${voidedAfter}`;
}

/**
 * Compares a payment with the ledger of its order.
 *
 * Every entry is a difference to what is known or has a name of its own, so that the ledger ends up the same whatever
 * the order in which the news came, and however often.
 */
export function missingEntries(
  ledger: ReadonlyArray<LedgerEntry>,
  provider: string,
  state: PaymentState,
): Array<MissingEntry> {
  const { reference, authorized, captured, voided } = state;
  const own = ledger.filter((entry) => entry.provider === provider);
  const sum = (kind: LedgerEntry["kind"], isOurs: (entry: LedgerEntry) => boolean) =>
    own.reduce((total, entry) => (entry.kind === kind && isOurs(entry) ? total + entry.amount : total), 0);
  const isChild = (entry: LedgerEntry) => entry.parentReference === reference;
  const missing: Array<MissingEntry> = [];
  if (authorized > 0 && sum("authorization", (entry) => entry.reference === reference) === 0) {
    missing.push({ kind: "authorization", amount: authorized, reference });
  }
  const newlyCaptured = captured - sum("capture", isChild);
  if (newlyCaptured > 0) {
    const name = captureReference(reference, captured);
    missing.push({ kind: "capture", amount: newlyCaptured, reference: name, parentReference: reference });
  }
  const newlyVoided = voided - sum("void", isChild);
  if (newlyVoided > 0) {
    const name = voidReference(reference, voided);
    missing.push({ kind: "void", amount: newlyVoided, reference: name, parentReference: reference });
  }
  return [...missing, ...returned(own, missing, state)];
}

/** Refunds, disputes and what came back of them. They have names, so each is there or is not. */
function returned(
  own: ReadonlyArray<LedgerEntry>,
  earlier: ReadonlyArray<MissingEntry>,
  { reference, refunds, disputes }: PaymentState,
): Array<MissingEntry> {
  const isCapture = (entry: { kind: string; parentReference?: string | null | undefined }) =>
    entry.kind === "capture" && entry.parentReference === reference;
  const capture = [...own, ...earlier].findLast(isCapture);
  const parent = capture === undefined ? {} : { parentReference: capture.reference };
  const wanted: Array<MissingEntry> = [];
  for (const refund of refunds) {
    wanted.push({ kind: "refund", amount: refund.amount, reference: refund.reference, ...parent });
    if (!refund.hasFailed) continue;
    wanted.push({
      kind: "reversal",
      amount: refund.amount,
      reference: `${refund.reference}:failed`,
      ...parent,
    });
  }
  for (const dispute of disputes) {
    wanted.push({ kind: "chargeback", amount: dispute.amount, reference: dispute.reference, ...parent });
    if (dispute.returned === 0) continue;
    wanted.push({
      kind: "reversal",
      amount: dispute.returned,
      reference: `${dispute.reference}:won`,
      ...parent,
    });
  }
  return wanted.filter(
    ({ kind, reference: name }) => !own.some((entry) => entry.kind === kind && entry.reference === name),
  );
}

/** The further a payment has come, the later it stands here: news that come late never take it back. */
const PROGRESS: ReadonlyArray<PaymentStateStatus> = [
  "requires_action",
  "pending",
  "failed",
  "canceled",
  "authorized",
  "captured",
];

export function furtherStatus(
  known: PaymentStateStatus,
  news: PaymentStateStatus | null,
): PaymentStateStatus {
  if (news === null) return known;
  return PROGRESS.indexOf(news) > PROGRESS.indexOf(known) ? news : known;
}
