import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CurrencyCode } from "../../../src/domain/brand.ts";
import { checkCancel, paymentDue, paymentUndo } from "../../../src/domain/orders/cancel.ts";
import {
  orderStatuses,
  orderTransitions,
  type OrderStatus,
  type PaymentStatus,
} from "../../../src/domain/orders/order.ts";
import { checkOrderTransition } from "../../../src/domain/orders/transitions.ts";
import {
  paymentStatusOf,
  summarizeLedger,
  type TransactionKind,
} from "../../../src/domain/payments/ledger.ts";
import { manualPayments } from "../../../src/integrations/payments/manual.ts";
import { paymentProviderNamed } from "../../../src/integrations/payments/registry.ts";

type Entry = { kind: TransactionKind; amount: number; provider: string; reference: string };
const entry = (kind: TransactionKind, amount: number, reference: string): Entry => ({
  kind,
  amount,
  provider: "manual",
  reference,
});

describe("the payment axis", () => {
  test.each<[string, Array<[TransactionKind, number]>, PaymentStatus]>([
    ["nothing", [], "unpaid"],
    ["an authorization", [["authorization", 100]], "authorized"],
    [
      "a voided one",
      [
        ["authorization", 100],
        ["void", 100],
      ],
      "voided",
    ],
    [
      "a capture of all",
      [
        ["authorization", 100],
        ["capture", 100],
      ],
      "paid",
    ],
    [
      "a capture of some",
      [
        ["authorization", 100],
        ["capture", 40],
      ],
      "partially_paid",
    ],
    [
      "a refund of some",
      [
        ["authorization", 100],
        ["capture", 100],
        ["refund", 1],
      ],
      "partially_refunded",
    ],
    [
      "a refund of all",
      [
        ["authorization", 100],
        ["capture", 100],
        ["refund", 100],
      ],
      "refunded",
    ],
    [
      "a chargeback",
      [
        ["authorization", 100],
        ["capture", 100],
        ["chargeback", 100],
      ],
      "refunded",
    ],
  ])("%s", (_name, entries, status) => {
    expect(
      paymentStatusOf(
        entries.map(([kind, amount]) => ({ kind, amount })),
        100,
      ),
    ).toBe(status);
  });

  test("an order that costs nothing is paid", () => {
    expect(paymentStatusOf([], 0)).toBe("paid");
  });
});

/** A ledger as it can come about: authorizations, and follow-ups that respect what is left. */
const ledgerArbitrary = fc
  .array(
    fc.tuple(
      fc.constantFrom<TransactionKind>("authorization", "capture", "void", "refund"),
      fc.integer({ min: 1, max: 1_000 }),
    ),
    { maxLength: 12 },
  )
  .map((wishes) => {
    const ledger: Array<Entry> = [];
    for (const [index, [kind, wish]] of wishes.entries()) {
      const { capturable, refundable } = summarizeLedger(ledger);
      const limit = kind === "authorization" ? wish : kind === "refund" ? refundable : capturable;
      const amount = Math.min(wish, limit);
      if (amount > 0) ledger.push(entry(kind, amount, `${kind}-${index}`));
    }
    return ledger;
  });

describe("what a cancel and a shipment do to the ledger", () => {
  test("after a cancel nothing is capturable and nothing refundable, and refunds never pass captures", () => {
    fc.assert(
      fc.property(ledgerArbitrary, (ledger) => {
        const after = [...ledger, ...paymentUndo(ledger)];
        const { authorized, captured, voided, refunded, capturable, refundable } = summarizeLedger(after);
        expect([capturable, refundable]).toEqual([0, 0]);
        expect(refunded).toBeLessThanOrEqual(captured);
        expect(captured + voided).toBeLessThanOrEqual(authorized);
        expect(paymentUndo(after)).toEqual([]);
      }),
    );
  });

  test("a shipment captures what is capturable as far as it is owed, no entry above its own amount", () => {
    fc.assert(
      fc.property(ledgerArbitrary, fc.integer({ min: 0, max: 5_000 }), (ledger, value) => {
        const steps = paymentDue(ledger, value);
        const { capturable, captured } = summarizeLedger(ledger);
        expect(steps.reduce((sum, { amount }) => sum + amount, 0)).toBe(
          Math.min(capturable, Math.max(0, value - captured)),
        );
        for (const step of steps) {
          const authorization = ledger.find(({ reference }) => reference === step.reference);
          expect(step.amount).toBeLessThanOrEqual(authorization?.amount ?? 0);
        }
      }),
    );
  });

  test.each<[string, OrderStatus, number, string | null]>([
    ["a placed order", "placed", 0, null],
    ["one on hold", "on_hold", 0, null],
    ["a draft", "draft", 0, null],
    ["one of which something left", "placed", 1, "shipped"],
    ["a completed one", "completed", 0, "status"],
    ["a canceled one", "canceled", 0, "status"],
  ])("canceling %s", (_name, status, fulfilledQuantity, because) => {
    const check = checkCancel(status, [{ fulfilledQuantity }]);
    expect(check.ok ? null : check.error.because).toBe(because);
  });
});

test("an order's status goes where the table says, and nowhere else", () => {
  for (const from of orderStatuses) {
    for (const to of orderStatuses) {
      expect(checkOrderTransition(from, to).ok).toBe(orderTransitions[from].includes(to));
    }
  }
  // Every status but the first is reached, and from every one the end is.
  const reached = new Set(orderStatuses.flatMap((from) => orderTransitions[from]));
  expect([...orderStatuses].filter((status) => !reached.has(status))).toEqual(["draft"]);
  expect(orderStatuses.filter((status) => orderTransitions[status].length === 0)).toEqual([
    "completed",
    "canceled",
  ]);
});

describe("manual payments", () => {
  const currency = "EUR" as CurrencyCode;
  const request = {
    orderId: "ord_1",
    amount: 500,
    currency,
    capture: "automatic" as const,
    details: {},
    idempotencyKey: "k1",
  };

  test("a repeat answers the same, another key another reference", async () => {
    const first = await manualPayments.authorize(request);
    expect(await manualPayments.authorize(request)).toEqual(first);
    const other = await manualPayments.authorize({ ...request, idempotencyKey: "k2" });
    expect(other).not.toEqual(first);
    expect(first).toMatchObject({
      ok: true,
      value: { entries: [{ kind: "authorization" }, { kind: "capture", amount: 500 }], awaited: null },
    });
  });

  test("a manual capture is left to the shipment", async () => {
    const said = await manualPayments.authorize({ ...request, capture: "manual" });
    expect(said.ok && said.value.entries.map(({ kind }) => kind)).toEqual(["authorization"]);
  });

  test("it declines when told to", async () => {
    const said = await manualPayments.authorize({ ...request, details: { outcome: "declined" } });
    expect(said).toMatchObject({ ok: false, error: { code: "declined" } });
  });

  test("captures, voids and refunds are what was asked for", async () => {
    const followUp = {
      orderId: "ord_1",
      reference: "r",
      amount: 7,
      currency,
      remainder: "release" as const,
      idempotencyKey: "k",
    };
    for (const kind of ["capture", "void", "refund"] as const) {
      expect(await manualPayments[kind](followUp)).toMatchObject({ ok: true, value: [{ kind, amount: 7 }] });
    }
  });

  test("only what is built in is found by name", () => {
    expect(paymentProviderNamed("manual", {})).toBe(manualPayments);
    expect(paymentProviderNamed("nobody", {})).toBeNull();
  });
});
