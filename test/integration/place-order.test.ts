import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

import { parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { cancelOrder, type CancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { capturePayment } from "../../src/worker/use-cases/capture-payment.ts";
import { OrderWorld } from "../support/order-world.ts";

function orderIdOf(hold: string): string {
  const parsed = parseHoldId(hold);
  return orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "");
}

const byStaff = (orderId: string, changed: Partial<CancelOrder> = {}): CancelOrder => ({
  orderId,
  reason: "customer",
  restock: true,
  refund: true,
  notify: true,
  actor: "key_test",
  requestId: null,
  mark: "cancel-1",
  isVersionAcceptable: () => true,
  ...changed,
});

describe("placing an order", () => {
  test("a hold over two SKUs becomes a paid order whose stock is committed, and goes to the router once", async () => {
    const world = new OrderWorld();
    const [mug, lid] = [world.sku("MUG"), world.sku("LID")];
    await world.stock(mug, 10);
    await world.stock(lid, 10, { USD: 300, EUR: 250 });
    const hold = await world.hold([
      { sku: mug, quantity: 2 },
      { sku: lid, quantity: 3 },
    ]);
    const placed = await world.place(hold, "k1", { change: { discount: { amount: 275 } } });
    expect(placed).toMatchObject({
      ok: true,
      value: {
        id: orderIdOf(hold),
        status: "placed",
        payment_status: "paid",
        fulfillment_status: "unfulfilled",
        currency: "EUR",
        subtotal: 2_750,
        discount_total: 275,
        tax_total: 495,
        total: 2_970,
        paid_total: 2_970,
        hold,
        lines: [
          { sku: mug, quantity: 2, unit_price: 1_000, discount: 200, tax: 360, total: 2_160 },
          { sku: lid, quantity: 3, unit_price: 250, discount: 75, tax: 135, total: 810 },
        ],
        events: [{ type: "order.placed" }, { type: "payment.authorized" }, { type: "payment.captured" }],
      },
    });
    expect(JSON.stringify(placed)).not.toMatch(/ada@|"Ada"|Main St/i);
    await world.settle();
    await world.settle();
    expect(await world.violations([mug, lid])).toEqual([]);
    expect(world.routed).toEqual([orderIdOf(hold)]);
  });

  test("a retry answers what the first call answered, number included, and charges nothing again", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    const first = await world.place(hold, "k1");
    const again = await world.place(hold, "k1");
    expect(first.ok && first.value).toEqual(again.ok && again.value);
    expect(world.bank.standing(orderIdOf(hold))).toBe(1);
  });

  test("numbers follow each other from 1001, without a gap", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 30);
    const holds = await Promise.all(Array.from({ length: 12 }, () => world.hold([{ sku, quantity: 1 }])));
    const services = await Promise.all(holds.map((hold, index) => world.place(hold, `k${index}`)));
    expect(services.map((answer) => (answer.ok ? "placed" : answer.error.code))).toEqual(
      holds.map(() => "placed"),
    );
    const { results } = await env.DB.prepare("SELECT number FROM orders ORDER BY number").all<{
      number: number;
    }>();
    expect(results.map(({ number }) => number)).toEqual(results.map((_, index) => 1001 + index));
  });

  test("a declined payment gives the hold back active, and another payment may follow", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    const declined = await world.place(hold, "k1", {
      change: { payment: { provider: "manual", capture: "automatic", outcome: "declined" } },
    });
    expect(declined).toMatchObject({ ok: false, error: { code: "payment_declined", status: 402 } });
    const part = await skuClient(env, sku).readHold(parseHoldId(hold)?.key ?? "");
    expect(part?.status).toBe("active");
    expect(await world.place(hold, "k2")).toMatchObject({ ok: true, value: { payment_status: "paid" } });
    await world.settle();
    expect(await world.violations([sku])).toEqual([]);
  });

  test("a second order on the same hold is refused", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    await world.place(hold, "k1");
    expect(await world.place(hold, "k2")).toMatchObject({
      ok: false,
      error: { code: "hold_resolved", status: 409 },
    });
    await world.settle();
    expect(await world.violations([sku])).toEqual([]);
  });

  test("ten different requests for one hold at once make one order and one payment", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 30);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => world.place(hold, `k${index}`)),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const refusals = new Set(answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code])));
    expect([...refusals].filter((code) => code !== "hold_paying" && code !== "hold_resolved")).toEqual([]);
    await world.settle();
    expect(await world.violations([sku])).toEqual([]);
  });

  test.each([
    ["a hold that is nobody's", () => "hold_01jdcp3w8x00000000000000000000.NOPE", "hold_unknown"],
    [
      "a hold with another time",
      (hold: string) => hold.replace(/^hold_.{10}/, "hold_0000000001"),
      "hold_unknown",
    ],
    ["what is no hold", () => "hold_x", "hold_unknown"],
  ])("%s is unknown", async (_name, change, code) => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    expect(await world.place(change(hold), "k1")).toMatchObject({ ok: false, error: { code } });
  });

  test("an expired hold is refused, and so is a released one", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3);
    const short = await world.hold([{ sku, quantity: 1 }], 1);
    const released = await world.hold([{ sku, quantity: 1 }]);
    await skuClient(env, sku).releaseHold(parseHoldId(released)?.key ?? "");
    await scheduler.wait(1_100);
    expect(await world.place(short, "k1")).toMatchObject({ ok: false, error: { code: "hold_expired" } });
    expect(await world.place(released, "k2")).toMatchObject({ ok: false, error: { code: "hold_resolved" } });
  });

  test("when one part of a basket has expired, the others are given back and nothing is charged", async () => {
    const world = new OrderWorld();
    const [a, b] = [world.sku("A"), world.sku("B")];
    await world.stock(a, 3);
    await world.stock(b, 3);
    const hold = await world.hold([
      { sku: a, quantity: 1 },
      { sku: b, quantity: 1 },
    ]);
    const key = parseHoldId(hold)?.key ?? "";
    await skuClient(env, b).releaseHold(key);
    expect(await world.place(hold, "k1")).toMatchObject({ ok: false, error: { code: "hold_resolved" } });
    expect((await skuClient(env, a).readHold(key))?.status).toBe("active");
    expect(world.bank.standing(orderIdOf(hold))).toBe(0);
  });

  test("prices are the catalogue's: a currency that is missing is refused with the SKU", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 3, {});
    const hold = await world.hold([{ sku, quantity: 1 }]);
    expect(await world.place(hold, "k1")).toMatchObject({ ok: false, error: { code: "price_missing", sku } });
    expect((await skuClient(env, sku).readHold(parseHoldId(hold)?.key ?? ""))?.status).toBe("active");
  });

  test("stock that is gone when it is committed cancels the order and gives the money back", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 1);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    const key = parseHoldId(hold)?.key ?? "";
    // The Worker dies right after the write: every convert fails.
    const plan = {
      next: (call: string) => (call === "sku.convertHold" ? ("before" as const) : null),
      pause: () => Promise.resolve(),
    };
    expect((await world.place(hold, "k1", { plan })).ok).toBe(true);
    const port = skuClient(env, sku);
    await port.stopPaying(key, orderIdOf(hold));
    await port.releaseHold(key);
    await world.hold([{ sku, quantity: 1 }]);
    await world.settle();
    const row = await env.DB.prepare("SELECT status, payment_status, cancel_reason FROM orders WHERE id = ?1")
      .bind(orderIdOf(hold))
      .first();
    expect(row).toEqual({ status: "canceled", payment_status: "refunded", cancel_reason: "inventory" });
    expect(await world.violations([sku])).toEqual([]);
    expect(world.routed).toEqual([]);
  });
});

describe("canceling and capturing", () => {
  test("a cancel voids what is authorized, refunds what is captured and gives the stock back", async () => {
    for (const [capture, status] of [
      ["manual", "voided"],
      ["automatic", "refunded"],
    ] as const) {
      const world = new OrderWorld();
      const sku = world.sku("A");
      await world.stock(sku, 1);
      const hold = await world.hold([{ sku, quantity: 1 }]);
      await world.place(hold, "k1", { change: { payment: { provider: "manual", capture } } });
      await world.settle();
      const canceled = await cancelOrder(world.services(), byStaff(orderIdOf(hold)));
      expect(canceled).toMatchObject({
        ok: true,
        value: { order: { status: "canceled", paymentStatus: status } },
      });
      const again = await cancelOrder(world.services(), byStaff(orderIdOf(hold)));
      expect(again.ok).toBe(true);
      const other = await cancelOrder(world.services(), byStaff(orderIdOf(hold), { mark: "cancel-2" }));
      expect(other).toMatchObject({ ok: false, error: { code: "order_not_cancelable", status: 409 } });
      await world.settle();
      expect((await skuClient(env, sku).stock())?.available).toBe(1);
      expect(await world.violations([sku])).toEqual([]);
    }
  });

  test("a stale version is refused, and nothing happens", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 1);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    await world.place(hold, "k1");
    const refused = await cancelOrder(
      world.services(),
      byStaff(orderIdOf(hold), { isVersionAcceptable: () => false }),
    );
    expect(refused).toMatchObject({ ok: false, error: { code: "precondition_failed", status: 412 } });
    expect(world.bank.standing(orderIdOf(hold))).toBe(1);
  });

  test("a cancel without a refund keeps the money", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 1);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    await world.place(hold, "k1");
    await cancelOrder(world.services(), byStaff(orderIdOf(hold), { refund: false }));
    await world.settle();
    expect(world.bank.standing(orderIdOf(hold))).toBe(1);
    expect((await skuClient(env, sku).stock())?.available).toBe(1);
  });

  test("the shipment captures what was only authorized, once", async () => {
    const world = new OrderWorld();
    const sku = world.sku("A");
    await world.stock(sku, 1);
    const hold = await world.hold([{ sku, quantity: 1 }]);
    await world.place(hold, "k1", { change: { payment: { provider: "manual", capture: "manual" } } });
    const id = orderIdOf(hold);
    expect(await capturePayment(world.services(), id)).toEqual({ ok: true, value: null });
    expect(await capturePayment(world.services(), id)).toEqual({ ok: true, value: null });
    const { results } = await env.DB.prepare(
      "SELECT kind, amount FROM payment_transaction WHERE order_id = ?1 ORDER BY rowid",
    )
      .bind(id)
      .all();
    expect(results).toEqual([
      { kind: "authorization", amount: 1_200 },
      { kind: "capture", amount: 1_200 },
    ]);
    const row = await env.DB.prepare("SELECT payment_status FROM orders WHERE id = ?1").bind(id).first();
    expect(row).toEqual({ payment_status: "paid" });
  });
});

test("a page's word that an order is paid is not taken, and the hold is left alone", async () => {
  const world = new OrderWorld();
  const mug = world.sku("MUG");
  await world.stock(mug, 1);
  const hold = await world.hold([{ sku: mug, quantity: 1 }]);
  const refused = await world.place(hold, "k1", { kind: "publishable" });
  expect(refused).toMatchObject({ ok: false, error: { code: "forbidden" } });
  expect((await world.place(hold, "k2")).ok).toBe(true);
});
