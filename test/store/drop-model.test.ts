import fc from "fast-check";
import { expect, test } from "vitest";

import { isLive } from "../../src/domain/inventory/hold.ts";
import {
  BERLIN,
  buyer,
  joinWaitlistCommand,
  MUG,
  putDropCommand,
  takeHoldCommand,
} from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

const TTL_SECONDS = 60;
const DROP_LIMIT = 3;
type Pool = "S" | null;
type Claim = {
  readonly buyer: string;
  quantity: number;
  readonly show: Pool;
  status: "active" | "paying" | "bought" | "over";
  endsAtMs: number;
  readonly createdAtMs: number;
};
type Wish = {
  readonly key: string;
  readonly buyer: string;
  readonly quantity: number;
  readonly show: Pool;
  status: string;
};

/** A drop beside a public pool, and a line for each, with nothing but arrays and loops. */
class Model {
  onHand = 0;
  fence: number | null = null;
  readonly claims = new Map<string, Claim>();
  readonly line: Array<Wish> = [];

  used(show: Pool): number {
    let units = 0;
    for (const claim of this.claims.values())
      if (claim.show === show && claim.status !== "over") units += claim.quantity;
    return units;
  }

  left(show: Pool): number {
    if (show === "S") return this.fence === null ? 0 : this.fence - this.used("S");
    const behindFence = this.fence === null ? this.used("S") : this.fence;
    return this.onHand - this.used(null) - behindFence;
  }

  counted(name: string): number {
    let units = 0;
    for (const claim of this.claims.values())
      if (claim.buyer === name && claim.show === "S" && claim.status !== "over") units += claim.quantity;
    return units;
  }

  settle(nowMs: number): void {
    for (const [key, claim] of this.claims) {
      const endsAtMs = claim.status === "paying" ? claim.createdAtMs + 7_200_000 : claim.endsAtMs;
      if ((claim.status === "active" || claim.status === "paying") && endsAtMs <= nowMs) {
        claim.status = "over";
        this.#endOffer(key);
      }
    }
    for (const pool of ["S", null] as const) {
      if (pool === "S" && this.fence === null) continue;
      for (;;) {
        const next = this.line.find(
          (wish) => wish.show === pool && wish.status === "waiting" && wish.quantity <= this.left(pool),
        );
        if (next === undefined) break;
        if (pool === "S" && this.counted(next.buyer) + next.quantity > DROP_LIMIT) {
          next.status = "left";
          continue;
        }
        next.status = "offered";
        this.take(next.key, next, nowMs);
      }
    }
  }

  take(key: string, { buyer: name, quantity, show }: Omit<Wish, "key" | "status">, nowMs: number): void {
    const endsAtMs = nowMs + TTL_SECONDS * 1000;
    this.claims.set(key, { buyer: name, quantity, show, status: "active", createdAtMs: nowMs, endsAtMs });
  }

  end(key: string, status: "over" | "bought"): void {
    const claim = this.claims.get(key);
    if (claim === undefined) return;
    claim.status = status;
    if (status === "over") this.#endOffer(key);
    else for (const wish of this.line) if (wish.key === key) wish.status = "converted";
  }

  #endOffer(key: string): void {
    for (const wish of this.line) if (wish.key === key && wish.status === "offered") wish.status = "lapsed";
  }
}

class World {
  readonly real = new SkuHarness({ sku: MUG, buyerLimit: null, backorderLimit: 0 });
  readonly model = new Model();
  isDropClosed = false;

  now(): number {
    return this.real.stock.now(this.real.nowMs);
  }

  check(): void {
    this.model.settle(this.now());
    const report = this.real.report();
    expect(report.available).toBe(this.model.left(null));
    expect(Math.min(report.available, report.ringFenced)).toBeGreaterThanOrEqual(0);
    expect(report.ringFenced).toBe(this.model.left("S"));
    for (const [key, claim] of this.model.claims) {
      const status = this.real.readHold(key)?.status;
      expect({ key, isLive: status !== undefined && isLive(status) }).toEqual({
        key,
        isLive: claim.status === "active" || claim.status === "paying",
      });
      expect(this.model.counted(claim.buyer)).toBeLessThanOrEqual(DROP_LIMIT);
    }
    for (const { key, status } of this.model.line)
      expect({ key, status: this.real.place(key)?.entry.status }).toEqual({ key, status });
  }
}

type Step = { readonly name: string; readonly run: (world: World) => void };
let serial = 0;
const pool = fc.constantFrom<Pool>("S", "S", null);
const who = fc.constantFrom("ann", "bob", "cyd", "dan");
const quantity = fc.integer({ min: 1, max: 3 });

const receive = fc.integer({ min: 1, max: 4 }).map((units): Step => ({
  name: `receive ${units}`,
  run: ({ real, model }) => {
    serial += 1;
    real.move({ id: `in-${serial}`, kind: "received", location: BERLIN, quantity: units, reason: null });
    model.onHand += units;
  },
}));

const fenceIn = fc.integer({ min: 1, max: 6 }).map((units): Step => ({
  name: `fence ${units} in`,
  run: (world) => {
    const { real, model } = world;
    model.settle(world.now());
    const command = putDropCommand("S", { quantity: units, buyerLimit: DROP_LIMIT, ttlSeconds: TTL_SECONDS });
    const isAllowed =
      !world.isDropClosed &&
      units >= model.used("S") &&
      units <= (model.fence ?? 0) + Math.max(0, model.left(null));
    expect(real.putDrop(command).ok).toBe(isAllowed);
    if (isAllowed) model.fence = units;
  },
}));

const close = fc.constant<Step>({
  name: "close",
  run: (world) => {
    const { real, model } = world;
    model.settle(world.now());
    real.closeDrop("S");
    if (model.fence === null) return;
    world.isDropClosed = true;
    model.fence = null;
    for (const wish of model.line) if (wish.show === "S" && wish.status === "waiting") wish.status = "left";
  },
});

const take = fc.tuple(pool, who, quantity).map(([show, name, units]): Step => ({
  name: `${name} claims ${units} of ${show ?? "everybody's"}`,
  run: (world) => {
    const { real, model } = world;
    model.settle(world.now());
    serial += 1;
    const key = `hold-${serial}`;
    const command = { buyer: buyer(name), quantity: units, show, ttlSeconds: TTL_SECONDS };
    const [result] = real.takeHolds([takeHoldCommand(key, command)]);
    const isWaiting = model.line.some(
      (wish) => wish.show === show && wish.buyer === name && wish.status === "waiting",
    );
    const expected =
      show === "S" && model.fence === null
        ? "drop_not_open"
        : show === "S" && model.counted(name) + units > DROP_LIMIT
          ? "limit_reached"
          : isWaiting
            ? "waitlisted"
            : units > model.left(show)
              ? "sold_out"
              : "taken";
    expect(result?.ok === true ? "taken" : result?.error.code).toBe(expected);
    if (expected === "taken") model.take(key, { buyer: name, quantity: units, show }, world.now());
  },
}));

const join = fc.tuple(pool, who, quantity).map(([show, name, units]): Step => ({
  name: `${name} waits for ${units} of ${show ?? "everybody's"}`,
  run: (world) => {
    const { real, model } = world;
    model.settle(world.now());
    serial += 1;
    const key = `wait-${serial}`;
    const isIn = model.line.some(
      (wish) =>
        wish.show === show && wish.buyer === name && (wish.status === "waiting" || wish.status === "offered"),
    );
    const isRefused =
      show === "S" && (model.fence === null || (!isIn && model.counted(name) + units > DROP_LIMIT));
    const command = { buyer: buyer(name), quantity: units, show, ttlSeconds: TTL_SECONDS };
    expect(real.join(joinWaitlistCommand(key, command)).ok).toBe(!isRefused);
    if (!isRefused && !isIn) model.line.push({ key, buyer: name, quantity: units, show, status: "waiting" });
  },
}));

const act = fc
  .tuple(fc.constantFrom("release", "pay", "buy", "fail", "cancel", "leave"), fc.nat())
  .map(([verb, which]): Step => ({
    name: `${verb} #${which}`,
    run: (world) => {
      const { real, model } = world;
      model.settle(world.now());
      if (verb === "leave") {
        const wish = model.line[which % Math.max(1, model.line.length)];
        if (wish === undefined) return;
        real.leave(wish.key);
        if (wish.status === "waiting") wish.status = "left";
        else if (model.claims.get(wish.key)?.status === "active") model.end(wish.key, "over");
        return;
      }
      const keys = [...model.claims.keys()];
      const key = keys[which % Math.max(1, keys.length)];
      const claim = key === undefined ? undefined : model.claims.get(key);
      if (key === undefined || claim === undefined) return;
      const order = `ord_${key}`;
      if (verb === "release" && real.release(key).ok && claim.status === "active") model.end(key, "over");
      if (verb === "pay" && real.startPaying(key, order).ok) claim.status = "paying";
      if (verb === "fail" && real.stopPaying(key, order).ok && claim.status === "paying") {
        if (claim.endsAtMs <= world.now()) model.end(key, "over");
        else claim.status = "active";
      }
      const isOpen = claim.status === "active" || claim.status === "paying";
      if (verb === "buy" && real.convert(key, order).ok && isOpen) model.end(key, "bought");
      if (verb === "cancel" && claim.status === "bought") {
        real.releaseOrder(order, key);
        claim.status = "over";
      }
    },
  }));

const sell = fc.nat().map((which): Step => ({
  name: `sell #${which}`,
  run: (world) => {
    const { real, model } = world;
    model.settle(world.now());
    const open = [...model.claims].filter(([, { status }]) => status === "active" || status === "paying");
    const [key] = open[which % Math.max(1, open.length)] ?? [];
    if (key !== undefined && real.convert(key, `ord_${key}`).ok) model.end(key, "bought");
  },
}));

/** A merchant gives a buyer's order a unit more, or takes one out of it. */
const change = fc.tuple(fc.constantFrom(1 as const, -1 as const), fc.nat()).map(([units, which]): Step => ({
  name: `change order #${which} by ${units}`,
  run: (world) => {
    world.model.settle(world.now());
    const bought = [...world.model.claims].filter(([, { status }]) => status === "bought");
    const [key, claim] = bought[which % Math.max(1, bought.length)] ?? [];
    if (key !== undefined && claim !== undefined) changeOrder(world, key, claim, units);
  },
}));

function changeOrder({ real, model }: World, key: string, claim: Claim, units: 1 | -1): void {
  // A merchant may go beyond a limit, which this model knows nothing of.
  if (units === 1 && claim.show === "S" && model.counted(claim.buyer) >= DROP_LIMIT) return;
  serial += 1;
  const isAllowed = units === 1 ? model.left(null) >= 1 : claim.quantity >= 1;
  expect(real.changeOrder(`change-${serial}`, `ord_${key}`, key, units).ok).toBe(isAllowed);
  if (!isAllowed) return;
  claim.quantity += units;
  if (units === 1 && claim.show === "S" && model.fence !== null) model.fence += 1;
}

const pass = fc
  .constantFrom(1_000, 30_000, 61_000, 7_300_000)
  .map((ms): Step => ({ name: `wait ${ms}`, run: (world) => void (world.real.nowMs += ms) }));
const restart = fc.constant<Step>({ name: "restart", run: (world) => world.real.restart() });

test("a drop and the lines before it come to what loops over arrays say: fences, limits, offers in order, nobody overtaken", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: receive },
    { weight: 2, arbitrary: fenceIn },
    { weight: 6, arbitrary: take },
    { weight: 4, arbitrary: join },
    { weight: 6, arbitrary: act },
    { weight: 3, arbitrary: sell },
    { weight: 3, arbitrary: change },
    { weight: 2, arbitrary: pass },
    { weight: 1, arbitrary: restart },
    { weight: 1, arbitrary: close },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 45 }), (steps) => {
      const world = new World();
      for (const each of steps) {
        each.run(world);
        world.check();
      }
    }),
    { numRuns: 1000 },
  );
});
