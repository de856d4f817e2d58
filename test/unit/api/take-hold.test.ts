import { beforeEach, expect, test } from "vitest";

import type { HoldRequest } from "../../../src/contract/holds.ts";
import type { BuyerKey, LocationCode, Sku } from "../../../src/domain/brand.ts";
import { holdKey, planHold, type HoldWish } from "../../../src/domain/inventory/hold-plan.ts";
import type { SkuPort } from "../../../src/domain/inventory/sku-port.ts";
import { takeHoldBatch } from "../../../src/worker/use-cases/take-hold-batch.ts";
import { takeHold, type HoldCaller } from "../../../src/worker/use-cases/take-hold.ts";
import { Crash, SkuHarness } from "../../support/sku-harness.ts";

let harnesses: Map<Sku, SkuHarness>;
let calls: Array<string>;
let tests = 0;
let caller: HoldCaller;

beforeEach(() => {
  harnesses = new Map();
  calls = [];
  tests += 1;
  // What an isolate remembers of keys outlives a test, as it outlives a request.
  caller = { principalId: `key_${tests}`, viewer: "secret", device: null, region: null };
});

function stocked(name: string, quantity: number): SkuHarness {
  const harness = new SkuHarness({ sku: name as Sku, buyerLimit: null, backorderLimit: 0 });
  if (quantity > 0) {
    harness.move({
      id: `mov_${name}`,
      kind: "received",
      location: "BER-1" as LocationCode,
      quantity,
      reason: null,
    });
  }
  harnesses.set(name as Sku, harness);
  return harness;
}

/** The objects as the platform gives them: a call may fail, and only the object knows what it did. */
const services = {
  nowMs: () => 0,
  gate: () => {
    throw new Error("nothing here goes through a gate");
  },
  liveShow: () => Promise.resolve(null),
  locationNamed: () => Promise.resolve(null),
  sku: (sku: Sku): SkuPort => {
    const harness = harnesses.get(sku);
    if (harness === undefined) throw new Error(`no such object: ${sku}`);
    const call = async <Value>(name: string, work: () => Value): Promise<Value> => {
      calls.push(`${name} ${sku}`);
      try {
        return work();
      } catch (error) {
        throw Object.assign(error as Error, { retryable: true });
      }
    };
    return {
      takeHolds: (commands) => call("take", () => harness.takeHolds(commands)),
      readHold: (key) => call("read", () => harness.readHold(key)),
      releaseHold: (key) => call("release", () => harness.release(key)),
    } as SkuPort;
  },
};

const request = (...lines: ReadonlyArray<readonly [string, number]>): HoldRequest => ({
  buyer: "ada" as BuyerKey,
  ttl_seconds: 600,
  lines: lines.map(([sku, quantity]) => ({ sku: sku as Sku, quantity })),
});
const wish = (...lines: ReadonlyArray<readonly [string, number]>): HoldWish => ({
  ...request(...lines),
  ttlSeconds: 600,
  show: null,
  location: null,
  device: null,
  arrivedAtMs: null,
  isGuarded: false,
});
const available = (name: string) => harnesses.get(name as Sku)?.report().available;

test("a plan merges lines, sorts SKUs, and lets only the home part know the basket", () => {
  const plan = planHold("k".repeat(20), wish(["B", 1], ["A", 2], ["B", 3]));
  expect(plan.home).toMatchObject({
    sku: "A",
    command: {
      quantity: 2,
      home: null,
      basket: [
        { sku: "A", quantity: 2 },
        { sku: "B", quantity: 4 },
      ],
    },
  });
  expect(plan.others).toMatchObject([{ sku: "B", command: { quantity: 4, home: "A", basket: null } }]);
  expect(planHold("k".repeat(20), wish(["A", 1])).home.command).toMatchObject({
    home: null,
    basket: null,
  });
});

test("the key's digest depends on the caller and on all of the key", () => {
  expect(holdKey("key_1", "a")).toMatch(/^[0-9a-hjkmnp-tv-z]{20}$/);
  expect(holdKey("key_1", "a")).not.toBe(holdKey("key_2", "a"));
  expect(holdKey("key_1", "a")).not.toBe(holdKey("key_1", "b"));
});

test.each(["before", "after"] as const)(
  "a basket whose object dies %s it decided is whole after the repeat",
  async (moment) => {
    stocked("A", 5);
    const dying = stocked("B", 5);
    dying.crashNext = moment;
    const basket = request(["A", 1], ["B", 2]);
    await expect(takeHold(services, caller, "k", basket)).rejects.toThrow(Crash);
    const repeated = await takeHold(services, caller, "k", basket);
    expect(repeated).toMatchObject({ ok: true, value: { status: "active" } });
    expect([available("A"), available("B")]).toEqual([4, 3]);
  },
);

test.each(["before", "after"] as const)(
  "a refusal gives back even what an object took that died %s it answered",
  async (moment) => {
    stocked("A", 5);
    stocked("B", 5).crashNext = moment;
    stocked("C", 0);
    const refused = await takeHold(services, caller, "k", request(["A", 1], ["B", 1], ["C", 1]));
    expect(refused).toMatchObject({ ok: false, error: { code: "sold_out", sku: "C" } });
    expect([available("A"), available("B"), available("C")]).toEqual([5, 5, 0]);
  },
);

test("a refused home part asks no other object", async () => {
  stocked("A", 0);
  stocked("B", 5);
  expect(await takeHold(services, caller, "k", request(["A", 1], ["B", 1]))).toMatchObject({
    ok: false,
    error: { code: "sold_out" },
  });
  expect(calls).toEqual(["take A"]);
});

test("a batch makes one call for each SKU and lets nothing overtake a basket", async () => {
  stocked("A", 3);
  stocked("B", 9);
  const item = (key: string, ...lines: ReadonlyArray<readonly [string, number]>) => ({
    ...request(...lines),
    idempotency_key: key,
  });
  const outcomes = await takeHoldBatch(services, caller, [
    item("1", ["A", 1]),
    item("2", ["B", 1]),
    item("3", ["A", 1]),
    item("4", ["A", 1], ["B", 1]),
    item("5", ["A", 1]),
  ]);
  expect(outcomes.map((outcome) => (outcome.ok ? outcome.value.lines.length : outcome.error.code))).toEqual([
    1,
    1,
    1,
    2,
    "sold_out",
  ]);
  expect(calls).toEqual(["take A", "take B", "take A", "take B", "take A"]);
});

test("an object that cannot be reached costs a batch its own items only", async () => {
  stocked("A", 3);
  stocked("B", 3).crashNext = "before";
  const items = ["A", "B"].map((sku) => ({ ...request([sku, 1]), idempotency_key: `only-${sku}` }));
  const outcomes = await takeHoldBatch(services, caller, items);
  expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: { code: "unavailable" } }]);
  expect(await takeHoldBatch(services, caller, items)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(available("A")).toBe(2);
});
