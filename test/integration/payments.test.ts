import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

import { parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { askPayment, type PaymentWish } from "../../src/worker/use-cases/ask-payment.ts";
import { cancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { failNth, NO_FAULTS, type FaultPlan } from "../support/faults.ts";
import { OrderWorld } from "../support/order-world.ts";

/** A paid order of three units for 36.00 with taxes; `capture` says whether the money is there yet. */
async function ordered(capture: "automatic" | "manual" = "automatic") {
  const world = new OrderWorld();
  const sku = world.sku("A");
  await world.stock(sku, 3);
  const hold = await world.hold([{ sku, quantity: 3 }]);
  const placed = await world.place(hold, "place", { change: { payment: { provider: "manual", capture } } });
  expect(placed).toMatchObject({ ok: true });
  const parsed = parseHoldId(hold);
  const orderId = orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "");
  const lineId = String(
    (
      await env.DB.prepare("SELECT id FROM order_line WHERE order_id = ?1")
        .bind(orderId)
        .first<{ id: string }>()
    )?.id,
  );
  const ask = (wish: PaymentWish, mark: string, plan: FaultPlan = NO_FAULTS) =>
    askPayment(world.services(plan), {
      orderId,
      wish,
      actor: { principalId: "key_test", requestId: `req_${mark}` },
      mark,
      isVersionAcceptable: () => true,
    });
  return { world, orderId, lineId, ask };
}

const byAmount = (amount: number): PaymentWish => ({
  kind: "refund",
  notify: true,
  reason: "test",
  wish: { kind: "amount", amount },
});

async function statusOf(orderId: string) {
  return env.DB.prepare(
    `SELECT payment_status, (SELECT coalesce(sum(amount), 0) FROM payment_transaction WHERE order_id = ?1 AND kind = 'refund') AS refunded,
       (SELECT count(*) FROM payment_request WHERE order_id = ?1 AND status = 'pending') AS pending FROM orders WHERE id = ?1`,
  )
    .bind(orderId)
    .first();
}

describe("refunds", () => {
  test("of refunds at once for more than was captured, as many succeed as the captures bear (I9)", async () => {
    const { world, orderId, ask } = await ordered();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => ask(byAmount(1_000), `k${n}`)));
    const refused = answers.filter((answer) => !answer.ok);
    // An order that changes too often under somebody's hands is 503, and a repeat of it finds its answer.
    for (const [n, answer] of answers.entries()) {
      if (!answer.ok && answer.error.code === "unavailable") answers[n] = await ask(byAmount(1_000), `k${n}`);
    }
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(world.bank.moved(orderId, "refund")).toBe(3_000);
    expect(await statusOf(orderId)).toEqual({
      payment_status: "partially_refunded",
      refunded: 3_000,
      pending: 0,
    });
    expect(await ask(byAmount(601), "over")).toMatchObject({
      ok: false,
      error: { status: 409, code: "amount_unavailable", available: 600 },
    });
  });

  test("two refunds of the same amount are two refunds (medusa #10842, #13433)", async () => {
    const { world, orderId, ask } = await ordered();
    await ask(byAmount(500), "first");
    await ask(byAmount(500), "second");
    await ask(byAmount(500), "second");
    expect(world.bank.moved(orderId, "refund")).toBe(1_000);
    expect(await statusOf(orderId)).toMatchObject({ refunded: 1_000 });
  });

  test("a refund of units pays back their taxes and their share of the discount (vendure #2393, medusa #10760)", async () => {
    const { ask, lineId, orderId } = await ordered();
    const units = (quantity: number): PaymentWish => ({
      kind: "refund",
      notify: true,
      reason: "test",
      wish: { kind: "lines", lines: [{ line: lineId, quantity }], shipping: 0 },
    });
    const first = await ask(units(1), "one");
    expect(first.ok && first.value.paymentRequests).toMatchObject([
      {
        kind: "refund",
        status: "succeeded",
        amount: 1_200,
        lines: [{ line: lineId, quantity: 1, amount: 1_200 }],
      },
    ]);
    expect(await ask(units(3), "three")).toMatchObject({
      error: { code: "quantity_unavailable", available: 2 },
    });
    await ask(units(2), "two");
    expect(await statusOf(orderId)).toEqual({ payment_status: "refunded", refunded: 3_600, pending: 0 });
  });

  test("whichever call fails, before or after it was carried out, a refund is paid once and its repeat succeeds", async () => {
    for (const mode of ["before", "after"] as const) {
      for (let nth = 1; ; nth += 1) {
        const { world, orderId, ask } = await ordered();
        const plan = failNth(nth, mode);
        await ask(byAmount(700), "k", plan).catch(() => null);
        await world.settle();
        const again = await ask(byAmount(700), "k");
        expect(again, `${mode} ${nth} ${plan.calls.join()}`).toMatchObject({ ok: true });
        expect(world.bank.moved(orderId, "refund")).toBe(700);
        expect(await statusOf(orderId)).toEqual({
          payment_status: "partially_refunded",
          refunded: 700,
          pending: 0,
        });
        if (plan.calls.length < nth) break;
      }
    }
  });

  test("one that the provider refuses is a task for a person, and its money can be asked for again", async () => {
    const { world, orderId, ask } = await ordered();
    world.bank.refuses = "refund";
    expect(await ask(byAmount(3_600), "k")).toMatchObject({
      ok: false,
      error: { status: 409, code: "payment_refused", reason: "account_closed" },
    });
    const { results } = await env.DB.prepare("SELECT kind, data FROM exception WHERE order_id = ?1")
      .bind(orderId)
      .all();
    expect(results).toMatchObject([{ kind: "refund_failed" }]);
    world.bank.refuses = null;
    expect(await ask(byAmount(3_600), "again")).toMatchObject({ ok: true });
    expect(world.bank.moved(orderId, "refund")).toBe(3_600);
  });

  test("one that nobody answers stays owed, cannot be asked for twice, and is paid when the provider is back", async () => {
    const { world, orderId, ask } = await ordered();
    world.bank.isSilent = true;
    expect(await ask(byAmount(3_000), "k")).toMatchObject({
      ok: true,
      value: { paymentRequests: [{ status: "pending" }] },
    });
    expect(await ask(byAmount(1_000), "other")).toMatchObject({
      error: { code: "amount_unavailable", available: 600 },
    });
    world.bank.isSilent = false;
    await world.deliver();
    expect(await statusOf(orderId)).toMatchObject({ refunded: 3_000, pending: 0 });
  });

  test("a cancel pays back what is left beside a refund that is still under way", async () => {
    const { world, orderId, ask } = await ordered();
    world.bank.isSilent = true;
    await ask(byAmount(1_000), "k");
    world.bank.isSilent = false;
    await cancelOrder(world.services(), {
      orderId,
      reason: "customer",
      restock: true,
      refund: true,
      notify: false,
      actor: "key_test",
      requestId: null,
      mark: "cancel",
      isVersionAcceptable: () => true,
    });
    expect(world.bank.moved(orderId, "refund")).toBe(2_600);
    await world.deliver();
    expect(world.bank.moved(orderId, "refund")).toBe(3_600);
    expect(await statusOf(orderId)).toEqual({ payment_status: "refunded", refunded: 3_600, pending: 0 });
  });
});

describe("captures and voids", () => {
  test("a capture in parts, then the rest given back, and nothing of it twice", async () => {
    const { world, orderId, ask } = await ordered("manual");
    await ask({ kind: "capture", amount: 1_000, remainder: "keep" }, "one");
    await ask({ kind: "capture", amount: 1_000, remainder: "keep" }, "two");
    expect(await statusOf(orderId)).toMatchObject({ payment_status: "partially_paid" });
    const last = await ask({ kind: "capture", amount: 600, remainder: "release" }, "three");
    expect(last).toMatchObject({ ok: true });
    expect(world.bank.moved(orderId, "capture")).toBe(2_600);
    expect(world.bank.moved(orderId, "void")).toBe(1_000);
    expect(await ask({ kind: "void" }, "four")).toMatchObject({
      error: { code: "amount_unavailable", available: 0 },
    });
    expect(await ask({ kind: "capture", amount: undefined, remainder: "keep" }, "five")).toMatchObject({
      error: { code: "amount_unavailable", available: 0 },
    });
  });

  test("whichever call fails, a capture moves the money once", async () => {
    for (const mode of ["before", "after"] as const) {
      for (let nth = 1; ; nth += 1) {
        const { world, orderId, ask } = await ordered("manual");
        const plan = failNth(nth, mode);
        const wish: PaymentWish = { kind: "capture", amount: 900, remainder: "keep" };
        await ask(wish, "k", plan).catch(() => null);
        await world.settle();
        expect(await ask(wish, "k")).toMatchObject({ ok: true });
        expect(world.bank.moved(orderId, "capture")).toBe(900);
        if (plan.calls.length < nth) break;
      }
    }
  });

  test("a canceled order takes no more money", async () => {
    const { world, orderId, ask } = await ordered("manual");
    await cancelOrder(world.services(), {
      orderId,
      reason: "customer",
      restock: true,
      refund: false,
      notify: false,
      actor: "key_test",
      requestId: null,
      mark: "cancel",
      isVersionAcceptable: () => true,
    });
    expect(await ask({ kind: "capture", amount: undefined, remainder: "keep" }, "k")).toMatchObject({
      error: { code: "order_state_conflict" },
    });
    expect(await ask({ kind: "void" }, "v")).toMatchObject({ ok: true });
    expect(world.bank.moved(orderId, "void")).toBe(3_600);
  });
});
