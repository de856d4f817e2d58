import { expect, test } from "vitest";

import type { LocationCode } from "../../src/domain/brand.ts";
import { holdTransitions, type HoldStatus } from "../../src/domain/inventory/hold.ts";
import { migrate } from "../../src/durable-objects/shared/migrate.ts";
import { skuMigrations } from "../../src/durable-objects/sku/migrations.ts";
import { nodeSql } from "../support/node-sql.ts";
import { BERLIN, buyer, MUG, ROTTERDAM, takeHoldCommand } from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

function shop(units: number, { buyerLimit = null as number | null, backorderLimit = 0 } = {}): SkuHarness {
  const sku = new SkuHarness({ sku: MUG, buyerLimit, backorderLimit });
  sku.move({ id: "first-delivery", kind: "received", location: BERLIN, quantity: units, reason: null });
  return sku;
}

test.each([
  ["the last unit", { quantity: 5 }, "taken"],
  ["one more than is left", { quantity: 6 }, { code: "sold_out", sku: MUG, requested: 6, available: 5 }],
  [
    "more than the limit, even where stock is short as well",
    { quantity: 9, buyer: buyer("limited") },
    { code: "limit_reached", sku: MUG, limit: 8, counted: 0 },
  ],
  [
    "pick-up where nothing lies",
    { location: ROTTERDAM },
    { code: "sold_out", sku: MUG, requested: 1, available: 0 },
  ],
])("a hold for %s", (_name, wanted, outcome) => {
  const [result] = shop(5, { buyerLimit: 8 }).takeHolds([takeHoldCommand("k", wanted)]);
  expect(result?.ok === true ? "taken" : result?.error).toEqual(outcome);
});

test("of a batch, each hold is decided by itself, in order", () => {
  const results = shop(3).takeHolds([
    takeHoldCommand("a", { quantity: 2 }),
    takeHoldCommand("b", { quantity: 2 }),
    takeHoldCommand("c"),
    takeHoldCommand("a", { quantity: 2 }),
    takeHoldCommand("a", { quantity: 1 }),
  ]);
  expect(results.map((result) => (result.ok ? result.value.key : result.error.code))).toEqual([
    "a",
    "sold_out",
    "c",
    "a",
    "idempotency_key_reused",
  ]);
});

test("a hold expires to the second, without an alarm, and its units are for sale at once", () => {
  const sku = shop(1);
  sku.takeHolds([takeHoldCommand("early", { ttlSeconds: 15 })]);
  sku.nowMs += 14_999;
  expect(sku.takeHolds([takeHoldCommand("late")])[0]?.ok).toBe(false);
  sku.nowMs += 1;
  expect(sku.takeHolds([takeHoldCommand("later")])[0]?.ok).toBe(true);
  expect(sku.readHold("early")?.status).toBe("expired");
  expect(sku.takeHolds([takeHoldCommand("early", { ttlSeconds: 15 })])[0]).toMatchObject({
    ok: true,
    value: { status: "expired" },
  });
});

test("a payment keeps the units beyond the hold's expiry, but not for ever", () => {
  const sku = shop(1);
  sku.takeHolds([takeHoldCommand("k", { ttlSeconds: 15 })]);
  sku.startPaying("k", "ord_1");
  sku.nowMs += 3_600_000;
  expect(sku.readHold("k")?.status).toBe("paying");
  expect(sku.release("k")).toEqual({ ok: false, error: { code: "hold_paying", orderId: "ord_1" } });
  sku.nowMs += 3_600_000;
  expect(sku.readHold("k")?.status).toBe("expired");
  expect(sku.report().available).toBe(1);
});

test("a failed payment gives the buyer back what was left of the time", () => {
  const sku = shop(1);
  sku.takeHolds([takeHoldCommand("k", { ttlSeconds: 60 })]);
  sku.startPaying("k", "ord_1");
  sku.nowMs += 30_000;
  expect(sku.stopPaying("k", "ord_1")).toMatchObject({
    ok: true,
    value: { status: "active", orderId: null },
  });
  sku.startPaying("k", "ord_2");
  sku.nowMs += 30_000;
  expect(sku.stopPaying("k", "ord_2")).toMatchObject({ ok: true, value: { status: "expired" } });
});

test("a hold is extended once, and a payment and an extension do not mix", () => {
  const sku = shop(1);
  sku.takeHolds([takeHoldCommand("k", { ttlSeconds: 60 })]);
  const first = sku.extend("k", 600);
  expect(first).toMatchObject({ ok: true, value: { expiresAtMs: sku.nowMs + 600_000 } });
  expect(sku.extend("k", 600)).toEqual({
    ok: false,
    error: { code: "hold_not_extendable", reason: "already_extended" },
  });
  sku.startPaying("k", "ord_1");
  expect(sku.extend("k", 600)).toEqual({ ok: false, error: { code: "hold_paying", orderId: "ord_1" } });
});

test("the limit counts holds, unpaid and paid, and gives back what is canceled", () => {
  const sku = shop(20, { buyerLimit: 3 });
  const ann = { buyer: buyer("ann") };
  const take = (key: string, quantity: number) =>
    sku.takeHolds([takeHoldCommand(key, { ...ann, quantity })])[0];
  expect(take("a", 2)?.ok).toBe(true);
  expect(take("b", 2)).toEqual({
    ok: false,
    error: { code: "limit_reached", sku: MUG, limit: 3, counted: 2 },
  });
  sku.startPaying("a", "ord_a");
  sku.convert("a", "ord_a");
  sku.restart();
  expect(take("c", 2)).toEqual({
    ok: false,
    error: { code: "limit_reached", sku: MUG, limit: 3, counted: 2 },
  });
  sku.releaseOrder("ord_a", "a");
  expect(take("d", 3)?.ok).toBe(true);
});

test("from hold to parcel, every unit is accounted for, and each step may come twice", () => {
  const sku = shop(5);
  sku.move({
    id: "to-rotterdam",
    kind: "transferred",
    location: BERLIN,
    toLocation: ROTTERDAM,
    quantity: 2,
    reason: null,
  });
  sku.takeHolds([takeHoldCommand("k", { quantity: 4 })]);
  for (let twice = 0; twice < 2; twice += 1) {
    sku.startPaying("k", "ord_1");
    expect(sku.convert("k", "ord_1").ok).toBe(true);
  }
  expect(sku.report()).toMatchObject({ available: 1, held: 0, committed: 4 });
  for (let twice = 0; twice < 2; twice += 1) {
    expect(sku.allocate({ orderId: "ord_1", allocationId: "ful_b", location: BERLIN, quantity: 3 }).ok).toBe(
      true,
    );
    expect(
      sku.allocate({ orderId: "ord_1", allocationId: "ful_r", location: ROTTERDAM, quantity: 1 }).ok,
    ).toBe(true);
  }
  expect(
    sku.allocate({ orderId: "ord_1", allocationId: "ful_x", location: ROTTERDAM, quantity: 1 }),
  ).toMatchObject({
    ok: false,
    error: { code: "stock_insufficient", available: 0 },
  });
  for (let twice = 0; twice < 2; twice += 1) expect(sku.ship("ful_b").ok).toBe(true);
  sku.restart();
  sku.releaseOrder("ord_1", "k");
  expect(sku.report()).toMatchObject({ available: 2, held: 0, committed: 0 });
  expect(sku.report().locations.map((at) => [at.location, at.onHand, at.allocated])).toEqual([
    [BERLIN, 0, 0],
    [ROTTERDAM, 2, 0],
  ]);
});

test("what was promised at one location is moved to another in one decision, or stays", () => {
  const sku = shop(3);
  sku.move({ id: "r", kind: "received", location: ROTTERDAM, quantity: 2, reason: null });
  sku.takeHolds([takeHoldCommand("k", { quantity: 3 })]);
  sku.startPaying("k", "ord_1");
  sku.convert("k", "ord_1");
  const of = (allocationId: string, location: LocationCode, quantity: number, replaces?: string) => ({
    orderId: "ord_1",
    allocationId,
    location,
    quantity,
    ...(replaces === undefined ? {} : { replaces }),
  });
  sku.allocate(of("ful_b", BERLIN, 3));
  expect(sku.allocate(of("ful_r", ROTTERDAM, 3, "ful_b"))).toMatchObject({
    ok: false,
    error: { code: "stock_insufficient", location: ROTTERDAM, requested: 3, available: 2 },
  });
  expect(sku.report().locations.map((at) => [at.location, at.onHand, at.allocated])).toEqual([
    [BERLIN, 3, 3],
    [ROTTERDAM, 2, 0],
  ]);
  for (let twice = 0; twice < 2; twice += 1) {
    expect(sku.allocate(of("ful_r2", ROTTERDAM, 2, "ful_b")).ok).toBe(true);
    // What stays gets a name of its own, at the same place, though nothing is free there.
    expect(sku.allocate(of("ful_b2", BERLIN, 1, "ful_b")).ok).toBe(true);
  }
  sku.restart();
  expect(sku.report()).toMatchObject({ available: 2, committed: 0 });
  expect(sku.ship("ful_b").ok).toBe(false);
  expect([sku.ship("ful_b2").ok, sku.ship("ful_r2").ok]).toEqual([true, true]);
  expect(sku.report().locations.map((at) => [at.location, at.onHand, at.allocated])).toEqual([
    [BERLIN, 2, 0],
    [ROTTERDAM, 0, 0],
  ]);
});

test("a pick-up keeps its units at its location from everybody else", () => {
  const sku = shop(2);
  sku.move({ id: "store", kind: "received", location: ROTTERDAM, quantity: 1, reason: null });
  sku.takeHolds([takeHoldCommand("pickup", { location: ROTTERDAM }), takeHoldCommand("parcel")]);
  for (const key of ["pickup", "parcel"]) {
    sku.startPaying(key, `ord_${key}`);
    sku.convert(key, `ord_${key}`);
  }
  const allocate = (key: string) =>
    sku.allocate({ orderId: `ord_${key}`, allocationId: `ful_${key}`, location: ROTTERDAM, quantity: 1 });
  expect(allocate("parcel").ok).toBe(false);
  expect(allocate("pickup").ok).toBe(true);
  expect(sku.move({ id: "m", kind: "damaged", location: ROTTERDAM, quantity: 1, reason: null }).ok).toBe(
    false,
  );
});

test("safety stock is kept back as far as it is there, and is never sold", () => {
  const sku = shop(5);
  sku.setSafetyStock(BERLIN, 8);
  expect(sku.report()).toMatchObject({ available: 0, locations: [{ safetyStock: 5 }] });
  sku.setSafetyStock(BERLIN, 2);
  expect(sku.takeHolds([takeHoldCommand("a", { quantity: 3 })])[0]?.ok).toBe(true);
  expect(sku.takeHolds([takeHoldCommand("b")])[0]?.ok).toBe(false);
});

test("units that are promised cannot be counted, damaged or moved away, and the answer says how many may", () => {
  const sku = shop(5);
  sku.takeHolds([takeHoldCommand("k", { quantity: 3 })]);
  for (const kind of ["damaged", "adjusted", "counted"] as const) {
    const quantity = { damaged: 3, adjusted: -3, counted: 2 }[kind];
    expect(sku.move({ id: kind, kind, location: BERLIN, quantity, reason: "found" })).toEqual({
      ok: false,
      error: { code: "stock_insufficient", sku: MUG, location: BERLIN, requested: 3, available: 2 },
    });
  }
  expect(sku.move({ id: "ok", kind: "counted", location: BERLIN, quantity: 3, reason: "found" }).ok).toBe(
    true,
  );
});

test("a movement is recorded once under its id, and its id means one thing", () => {
  const sku = shop(5);
  const again = {
    id: "first-delivery",
    kind: "received",
    location: BERLIN,
    quantity: 5,
    reason: null,
  } as const;
  expect(sku.move(again).ok).toBe(true);
  expect(sku.move({ ...again, quantity: 6 })).toEqual({
    ok: false,
    error: { code: "movement_id_reused", sku: MUG },
  });
  expect(sku.report().available).toBe(5);
});

test("backorders go as far below zero as the limit says", () => {
  const sku = shop(1, { backorderLimit: 2 });
  expect(sku.takeHolds([takeHoldCommand("a", { quantity: 3 })])[0]?.ok).toBe(true);
  expect(sku.takeHolds([takeHoldCommand("b")])[0]).toMatchObject({
    ok: false,
    error: { code: "sold_out", available: 0 },
  });
  expect(sku.report().available).toBe(-2);
});

test("every verb moves a hold along the table of transitions, or not at all", () => {
  const verbs = {
    release: (sku: SkuHarness) => sku.release("k"),
    startPaying: (sku: SkuHarness) => sku.startPaying("k", "ord_1"),
    stopPaying: (sku: SkuHarness) => sku.stopPaying("k", "ord_1"),
    convert: (sku: SkuHarness) => sku.convert("k", "ord_1"),
    releaseOrder: (sku: SkuHarness) => sku.releaseOrder("ord_1", "k"),
  };
  const reach: Record<HoldStatus, (sku: SkuHarness) => void> = {
    active: () => {},
    paying: (sku) => sku.startPaying("k", "ord_1"),
    converted: (sku) => void (sku.startPaying("k", "ord_1"), sku.convert("k", "ord_1")),
    released: (sku) => sku.release("k"),
    expired: (sku) => void (sku.nowMs += 601_000),
  };
  for (const [from, prepare] of Object.entries(reach)) {
    for (const [verb, call] of Object.entries(verbs)) {
      const sku = shop(1);
      sku.takeHolds([takeHoldCommand("k")]);
      prepare(sku);
      call(sku);
      const to = sku.readHold("k")?.status as HoldStatus;
      // An active hold whose order stands goes through `paying` in one step.
      const allowed = [
        from,
        ...holdTransitions[from as HoldStatus],
        ...(from === "active" ? ["converted"] : []),
      ];
      expect(allowed, `${verb} from ${from}`).toContain(to);
    }
  }
});

test("the schema refuses what the decisions would never write", () => {
  const sql = nodeSql();
  migrate(sql, skuMigrations);
  const location = (onHand: number, allocated: number) => () =>
    sql.exec("INSERT INTO location_stock VALUES ('B', ?, ?, 0, 0, 0, 0)", onHand, allocated);
  expect(location(-1, 0)).toThrow(/CHECK/);
  expect(location(1, 2)).toThrow(/CHECK/);
  expect(location(1.5, 0)).toThrow(/cannot store REAL/);
  sql.exec("INSERT INTO movement (seq, kind, quantity, at_ms) VALUES (1, 'received', 1, 0)");
  expect(() => sql.exec("UPDATE movement SET quantity = 2")).toThrow(/append-only/);
  expect(() => sql.exec("DELETE FROM movement")).toThrow(/append-only/);
});

test("a shipped migration cannot be edited away or reordered", () => {
  const sql = nodeSql();
  migrate(sql, [
    { id: "0001_a", statements: [] },
    { id: "0002_b", statements: [] },
  ]);
  expect(() => migrate(sql, [{ id: "0001_a", statements: [] }])).toThrow(/0002_b/);
  expect(() =>
    migrate(sql, [
      { id: "0000_new", statements: [] },
      { id: "0001_a", statements: [] },
    ]),
  ).toThrow(/0001_a/);
});
