import fc from "fast-check";
import { expect, test } from "vitest";

import type { LocationCode } from "../../src/domain/brand.ts";
import { isLive, type HoldPart } from "../../src/domain/inventory/hold.ts";
import { replayLedger } from "../../src/domain/inventory/ledger.ts";
import { BERLIN, buyer, MUG, ROTTERDAM, takeHoldCommand } from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

const LIMIT = 4;
const TTL_SECONDS = 60;

/**
 * What a SKU is, in a few lines: units at places, and claims on them. Everything the real code does with counters,
 * heaps, rows and ledgers must come to the same.
 */
type Model = {
  readonly onHand: Map<LocationCode, number>;
  readonly damaged: Map<LocationCode, number>;
  readonly claims: Map<string, Claim>;
};
type Claim = {
  readonly buyer: string;
  readonly quantity: number;
  readonly location: LocationCode | null;
  status: "active" | "paying" | "bought" | "over";
  endsAtMs: number;
  readonly createdAtMs: number;
  committed: number;
  canceled: number;
};

class World {
  readonly real = new SkuHarness({ sku: MUG, buyerLimit: LIMIT, backorderLimit: 0 });
  readonly model: Model = { onHand: new Map(), damaged: new Map(), claims: new Map() };
  readonly allocations = new Map<
    string,
    { key: string; location: LocationCode; quantity: number; status: string }
  >();
  readonly resolved = new Map<string, string>();
  lastVersion = 0;

  now(): number {
    return this.real.stock.now(this.real.nowMs);
  }

  expire(): void {
    for (const claim of this.model.claims.values()) {
      const endsAtMs = claim.status === "paying" ? claim.createdAtMs + 7200_000 : claim.endsAtMs;
      if ((claim.status === "active" || claim.status === "paying") && endsAtMs <= this.now())
        claim.status = "over";
    }
  }

  free(location: LocationCode): number {
    const allocated = [...this.allocations.values()].filter(
      (a) => a.location === location && a.status === "allocated",
    );
    return (
      (this.model.onHand.get(location) ?? 0) -
      (this.model.damaged.get(location) ?? 0) -
      allocated.reduce((sum, a) => sum + a.quantity, 0)
    );
  }

  promised(location?: LocationCode): number {
    let units = 0;
    for (const claim of this.model.claims.values()) {
      if (location !== undefined && claim.location !== location) continue;
      units +=
        claim.committed + (claim.status === "active" || claim.status === "paying" ? claim.quantity : 0);
    }
    return units;
  }

  available(): number {
    return this.free(BERLIN) + this.free(ROTTERDAM) - this.promised();
  }

  countedFor(name: string): number {
    let units = 0;
    for (const claim of this.model.claims.values()) {
      if (claim.buyer === name && claim.status !== "over") units += claim.quantity - claim.canceled;
    }
    return units;
  }

  /** I1, I2, I3, I4, I11, I12 and the ledger, after every step. */
  check(): void {
    this.expire();
    const report = this.real.report();
    expect(report.available).toBe(this.available());
    expect(report.available).toBeGreaterThanOrEqual(0);
    const promisedInModel = this.promised();
    expect(report.held + report.committed).toBe(promisedInModel);
    for (const at of report.locations) {
      expect(at.onHand).toBe(this.model.onHand.get(at.location) ?? 0);
      expect(at.onHand - at.allocated - at.safetyStock - at.damaged).toBe(this.free(at.location));
      expect(this.free(at.location) - this.promised(at.location)).toBe(at.allocatable);
      for (const quantity of [at.onHand, at.allocated, at.damaged, at.allocatable])
        expect(quantity).toBeGreaterThanOrEqual(0);
    }
    for (const [key, claim] of this.model.claims) {
      const part = this.real.readHold(key) as HoldPart;
      expect({ key, isLive: isLive(part.status) }).toEqual({
        key,
        isLive: claim.status === "active" || claim.status === "paying",
      });
      const final = this.resolved.get(key);
      if (final !== undefined) expect(part.status).toBe(final);
      if (!isLive(part.status)) this.resolved.set(key, part.status);
      expect(this.countedFor(claim.buyer)).toBeLessThanOrEqual(LIMIT);
    }
    const ledger = replayLedger(this.real.store.readMovements(0, 1_000_000));
    expect(ledger.committed).toBe(report.committed);
    for (const at of report.locations) {
      expect(ledger.locations.get(at.location)).toEqual({
        onHand: at.onHand,
        allocated: at.allocated,
        damaged: at.damaged,
      });
    }
    expect(report.version).toBeGreaterThanOrEqual(this.lastVersion);
    this.lastVersion = report.version;
  }
}

type Step = { readonly name: string; readonly run: (world: World) => void };
let serial = 0;

const location = fc.constantFrom(BERLIN, ROTTERDAM);
const key = fc.integer({ min: 0, max: 14 }).map((n) => `key-${n}`);
const quantity = fc.integer({ min: 1, max: 5 });

const take = fc
  .array(fc.record({ key, buyer: fc.constantFrom("ann", "bob", "cyd"), quantity, at: fc.option(location) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((requests): Step => ({
    name: `take ${JSON.stringify(requests)}`,
    run: (world) => {
      world.expire();
      const commands = requests.map((request) =>
        takeHoldCommand(request.key, {
          buyer: buyer(request.buyer),
          quantity: request.quantity,
          location: request.at,
          ttlSeconds: TTL_SECONDS,
        }),
      );
      const results = world.real.takeHolds(commands);
      for (const [index, request] of requests.entries()) {
        const earlier = world.model.claims.get(request.key);
        const result = results[index];
        if (earlier !== undefined) {
          const isSame =
            earlier.buyer === request.buyer &&
            earlier.quantity === request.quantity &&
            earlier.location === request.at;
          expect(result?.ok === true ? "same" : result?.error.code).toBe(
            isSame ? "same" : "idempotency_key_reused",
          );
          continue;
        }
        const isOverLimit = world.countedFor(request.buyer) + request.quantity > LIMIT;
        const isThere =
          request.quantity <= world.available() &&
          (request.at === null || request.quantity <= world.free(request.at) - world.promised(request.at));
        expect(result?.ok === true ? "taken" : result?.error.code).toBe(
          isOverLimit ? "limit_reached" : isThere ? "taken" : "sold_out",
        );
        if (result?.ok !== true) continue;
        world.model.claims.set(request.key, {
          buyer: request.buyer,
          quantity: request.quantity,
          location: request.at,
          status: "active",
          createdAtMs: world.now(),
          endsAtMs: world.now() + TTL_SECONDS * 1000,
          committed: 0,
          canceled: 0,
        });
      }
    },
  }));

const changeHold = fc
  .tuple(fc.constantFrom("release", "extend", "startPaying", "stopPaying", "convert"), key)
  .map(([verb, holdKey]): Step => ({
    name: `${verb} ${holdKey}`,
    run: (world) => {
      world.expire();
      const claim = world.model.claims.get(holdKey);
      const order = `ord_${holdKey}`;
      const call = {
        release: () => world.real.release(holdKey),
        extend: () => world.real.extend(holdKey, TTL_SECONDS),
        startPaying: () => world.real.startPaying(holdKey, order),
        stopPaying: () => world.real.stopPaying(holdKey, order),
        convert: () => world.real.convert(holdKey, order),
      }[verb];
      const result = call?.();
      if (claim === undefined) return expect(result?.ok).toBe(false);
      if (result?.ok !== true || claim.status === "over" || claim.status === "bought") return undefined;
      if (verb === "release") claim.status = "over";
      if (verb === "extend") claim.endsAtMs = Math.max(claim.endsAtMs, world.now() + TTL_SECONDS * 1000);
      if (verb === "startPaying") claim.status = "paying";
      if (verb === "stopPaying") claim.status = claim.endsAtMs <= world.now() ? "over" : "active";
      if (verb === "convert") Object.assign(claim, { status: "bought", committed: claim.quantity });
      return undefined;
    },
  }));

const move = fc
  .record({
    kind: fc.constantFrom("received", "adjusted", "counted", "damaged", "transferred"),
    at: location,
    quantity: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ kind, at, quantity: amount }): Step => ({
    name: `${kind} ${amount} at ${at}`,
    run: (world) => {
      world.expire();
      const other = at === BERLIN ? ROTTERDAM : BERLIN;
      const change =
        {
          received: amount,
          adjusted: -amount,
          counted: amount - (world.model.onHand.get(at) ?? 0),
          damaged: -amount,
          transferred: -amount,
        }[kind] ?? 0;
      const gained = kind === "transferred" ? amount : 0;
      const isAllowed =
        change >= 0 ||
        (world.free(at) + change >= world.promised(at) &&
          world.free(at) + change >= 0 &&
          world.available() + change + gained >= 0);
      serial += 1;
      const common = { id: `mov-${serial}`, location: at, reason: null };
      const result = world.real.move(
        kind === "transferred"
          ? { ...common, kind, quantity: amount, toLocation: other }
          : { ...common, kind: kind as "received", quantity: kind === "adjusted" ? -amount : amount },
      );
      expect(result.ok).toBe(isAllowed);
      if (!isAllowed) return;
      const add = (map: Map<LocationCode, number>, code: LocationCode, units: number) =>
        map.set(code, (map.get(code) ?? 0) + units);
      if (kind === "damaged") add(world.model.damaged, at, amount);
      else add(world.model.onHand, at, change);
      if (kind === "transferred") add(world.model.onHand, other, amount);
    },
  }));

const fulfil = fc
  .tuple(fc.constantFrom("allocate", "deallocate", "ship", "releaseOrder"), key, location, quantity)
  .map(([verb, holdKey, at, amount]): Step => ({
    name: `${verb} ${holdKey} ${amount} at ${at}`,
    run: (world) => {
      world.expire();
      const claim = world.model.claims.get(holdKey);
      const orderId = `ord_${holdKey}`;
      const allocationId = `ful_${holdKey}_${at}`;
      const allocation = world.allocations.get(allocationId);
      if (verb === "allocate") {
        const own = claim?.location === at ? claim.committed : 0;
        const isAllowed =
          claim !== undefined &&
          claim.committed >= amount &&
          world.free(at) - world.promised(at) + own >= amount;
        const result = world.real.allocate({ orderId, allocationId, location: at, quantity: amount });
        if (allocation !== undefined)
          return expect(result.ok).toBe(
            allocation.status !== "deallocated" && allocation.quantity === amount,
          );
        expect(result.ok).toBe(isAllowed);
        if (!isAllowed || claim === undefined) return undefined;
        claim.committed -= amount;
        world.allocations.set(allocationId, {
          key: holdKey,
          location: at,
          quantity: amount,
          status: "allocated",
        });
      }
      if (verb === "deallocate" || verb === "ship") {
        const result = verb === "ship" ? world.real.ship(allocationId) : world.real.deallocate(allocationId);
        const opposite = verb === "ship" ? "deallocated" : "shipped";
        expect(result.ok).toBe(allocation !== undefined && allocation.status !== opposite);
        if (allocation?.status !== "allocated" || claim === undefined) return undefined;
        allocation.status = verb === "ship" ? "shipped" : "deallocated";
        if (verb === "ship")
          world.model.onHand.set(at, (world.model.onHand.get(at) ?? 0) - allocation.quantity);
        else claim.committed += allocation.quantity;
      }
      if (verb === "releaseOrder") {
        expect(world.real.releaseOrder(orderId, holdKey).ok).toBe(true);
        if (claim === undefined) return undefined;
        if (claim.status === "active" || claim.status === "paying") claim.status = "over";
        for (const each of world.allocations.values()) {
          if (each.key !== holdKey || each.status !== "allocated") continue;
          each.status = "deallocated";
          claim.committed += each.quantity;
        }
        claim.canceled += claim.committed;
        claim.committed = 0;
      }
      return undefined;
    },
  }));

/** Units that a location was given go to the other one, or to a smaller allocation at the same one. */
const reallocate = fc
  .tuple(key, location, location, fc.constantFrom("a", "b"), quantity)
  .map(([holdKey, from, to, name, amount]): Step => ({
    name: `reallocate ${amount} of ${holdKey} from ${from} to ${to} (${name})`,
    run: (world) => {
      world.expire();
      const replaces = `ful_${holdKey}_${from}`;
      const allocationId = `ful_${holdKey}_${to}_${name}`;
      const source = world.allocations.get(replaces);
      const earlier = world.allocations.get(allocationId);
      const orderId = `ord_${holdKey}`;
      const command = { orderId, allocationId, location: to, quantity: amount, replaces };
      if (source?.status !== "allocated" || source.quantity < amount || earlier !== undefined) return;
      const room = world.free(to) - world.promised(to) + (from === to ? amount : 0);
      const before = { ...source };
      const result = world.real.allocate(command);
      expect(result.ok).toBe(amount <= room);
      if (!result.ok) {
        // The one that was asked keeps its units.
        expect(world.real.store.readAllocation(replaces)).toMatchObject({
          quantity: before.quantity,
          status: "allocated",
        });
        return;
      }
      expect(world.real.allocate(command).ok).toBe(true);
      if (source.quantity === amount) source.status = "deallocated";
      else source.quantity -= amount;
      world.allocations.set(allocationId, {
        key: holdKey,
        location: to,
        quantity: amount,
        status: "allocated",
      });
    },
  }));

const pass = fc
  .constantFrom(1_000, 20_000, 61_000, 7_300_000)
  .map((ms): Step => ({ name: `wait ${ms}`, run: (world) => void (world.real.nowMs += ms) }));
const restart = fc.constant<Step>({ name: "restart", run: (world) => world.real.restart() });

test("any sequence of commands keeps the promises of a SKU: no oversell, exact expiry, one resolution, limits, a ledger that replays", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(take, take, changeHold, changeHold, move, fulfil, fulfil, reallocate, pass, restart),
        {
          minLength: 5,
          maxLength: 45,
        },
      ),
      (steps) => {
        const world = new World();
        for (const step of steps) {
          step.run(world);
          world.check();
        }
      },
    ),
    { numRuns: 1500 },
  );
});
