import type { Transaction, TransactionKind } from "./ledger.ts";
import type { PaymentRequestKind } from "./request.ts";

export type LedgerEntry = Pick<Transaction, "kind" | "amount" | "provider" | "reference"> & {
  /** The reference of the entry it acts on; null where nobody said. */
  readonly parentReference?: string | null | undefined;
};

/** What is asked of a provider and not answered yet: it counts as if it had happened, so that it is never asked twice. */
export type PendingPart = {
  readonly kind: PaymentRequestKind;
  readonly provider: string;
  readonly reference: string;
  readonly amount: number;
};

/** An authorization or a capture, and how much of it is left. */
export type Room = {
  readonly provider: string;
  readonly reference: string;
  /** Taken of it already, in minor units. */
  readonly used: number;
  /** Minor units, zero or more. */
  readonly left: number;
};

/** One call to a payment provider that a ledger asks for. */
export type PaymentStep = {
  readonly kind: PaymentRequestKind;
  readonly provider: string;
  /** The authorization to capture or void, or the capture to refund. */
  readonly reference: string;
  readonly amount: number;
  /** What was taken of it before: tells a second step of the same amount from a repeat of the first. */
  readonly after: number;
  /** Of a capture: whether the rest of the authorization is wanted later. */
  readonly remainder: "keep" | "release";
};

/** Authorizations that can still be captured or voided, oldest first. */
export function capturableRooms(
  ledger: ReadonlyArray<LedgerEntry>,
  pending: ReadonlyArray<PendingPart> = [],
): Array<Room> {
  return roomsOf(ledger, "authorization", ["capture", "void"], pending);
}

/** Captures that can still be refunded, oldest first. A chargeback takes from them as a refund does. */
export function refundableRooms(
  ledger: ReadonlyArray<LedgerEntry>,
  pending: ReadonlyArray<PendingPart> = [],
): Array<Room> {
  return roomsOf(ledger, "capture", ["refund", "chargeback", "reversal"], pending);
}

export function leftIn(rooms: ReadonlyArray<Room>): number {
  return rooms.reduce((sum, { left }) => sum + left, 0);
}

/**
 * Spreads an amount over rooms in their order, none beyond what is left of it.
 *
 * @param amount - At most {@link leftIn} the rooms.
 * @param remainder - What becomes of the rest of a room that is not used up.
 */
export function spread(
  kind: PaymentRequestKind,
  amount: number,
  rooms: ReadonlyArray<Room>,
  remainder: PaymentStep["remainder"] = "release",
): Array<PaymentStep> {
  const steps: Array<PaymentStep> = [];
  let wanted = amount;
  for (const { provider, reference, used, left } of rooms) {
    const part = Math.min(wanted, left);
    const rest = part < left ? remainder : "release";
    if (part > 0) steps.push({ kind, provider, reference, amount: part, after: used, remainder: rest });
    wanted -= part;
  }
  return steps;
}

function roomsOf(
  ledger: ReadonlyArray<LedgerEntry>,
  baseKind: TransactionKind,
  useKinds: ReadonlyArray<TransactionKind>,
  pending: ReadonlyArray<PendingPart>,
): Array<Room> {
  const bases = ledger
    .filter(({ kind }) => kind === baseKind)
    .map(({ provider, reference, amount }) => ({ provider, reference, amount, used: 0 }));
  // What names no base, or takes more than its base has, was taken from others of its provider: the newest first.
  const homeless: Array<{ provider: string; amount: number }> = [];
  for (const use of usesOf(ledger, useKinds, pending)) {
    const base = bases.find(
      ({ provider, reference }) => provider === use.provider && reference === use.parentReference,
    );
    const part = base === undefined ? 0 : Math.min(use.amount, base.amount - base.used);
    if (base !== undefined) base.used += part;
    if (part < use.amount) homeless.push({ provider: use.provider, amount: use.amount - part });
  }
  for (const { provider, amount } of homeless) {
    let rest = amount;
    const own = bases.filter((base) => base.provider === provider).toReversed();
    const others = bases.filter((base) => base.provider !== provider).toReversed();
    for (const base of [...own, ...others]) {
      const part = Math.min(rest, base.amount - base.used);
      base.used += part;
      rest -= part;
    }
  }
  return bases.map(({ provider, reference, amount, used }) => ({
    provider,
    reference,
    used,
    left: amount - used,
  }));
}

function usesOf(
  ledger: ReadonlyArray<LedgerEntry>,
  kinds: ReadonlyArray<TransactionKind>,
  pending: ReadonlyArray<PendingPart>,
): Array<{ provider: string; parentReference: string | null; amount: number }> {
  const uses = ledger
    .filter(({ kind }) => kinds.includes(kind) && kind !== "reversal")
    .map(({ provider, parentReference, amount }) => ({
      provider,
      parentReference: parentReference ?? null,
      amount,
    }));
  let reversed = ledger
    .filter(({ kind }) => kind === "reversal" && kinds.includes(kind))
    .reduce((sum, { amount }) => sum + amount, 0);
  // A dispute that was won gives back what it took, from the last one taken on.
  for (const use of uses.toReversed()) {
    const part = Math.min(reversed, use.amount);
    use.amount -= part;
    reversed -= part;
  }
  const waiting = pending
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ provider, reference, amount }) => ({ provider, parentReference: reference, amount }));
  return [...uses, ...waiting];
}
