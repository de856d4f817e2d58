import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import { sweepReport } from "../../src/domain/inventory/sweep.ts";
import { BERLIN, ROTTERDAM, takeHoldCommand } from "../support/sku-fixture.ts";
import { Crash, SkuHarness } from "../support/sku-harness.ts";
import { promise, SkuAudit } from "./audit.ts";
import { Random } from "./random.ts";

const LIMIT = 3;
const BUYERS = 32;
const TTL_SECONDS = 90;
/** A reply that takes longer is given up; what was asked may have been done. */
const LOST = Symbol("lost");

type SimulatedSku = { readonly harness: SkuHarness; readonly audit: SkuAudit; readonly received: number };
type Line = { readonly sku: number; readonly quantity: number };
type Order = {
  status: "placed" | "canceled";
  readonly key: string;
  readonly lines: ReadonlyArray<Line>;
  readonly buyer: BuyerKey;
  hasStock: boolean;
};
/** A process: it yields what it wants done at an object, or how long it wants to wait, and is given the answer. */
type Process = Generator<
  { readonly sku: number; readonly call: (sku: SkuHarness) => unknown } | { readonly waitMs: number },
  void,
  unknown
>;
type Event = { readonly atMs: number; readonly order: number; readonly run: () => void };

/**
 * One drop under a hostile sky, from one seed: buyers and workers that die and repeat themselves, messages lost, doubled
 * and late, objects that crash before and after they commit, clocks that jump. Every decision about stock is the
 * product's own; only orders, messages and payments are played.
 */
class DropSimulation {
  readonly #random: Random;
  readonly #events: Array<Event> = [];
  readonly #skus: ReadonlyArray<SimulatedSku>;
  readonly #orders = new Map<string, Order>();
  readonly #outbox = new Set<string>();
  readonly #shipped = [0, 0];
  #nowMs = 1_800_000_000_000;
  #serial = 0;
  #isHostile = true;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#skus = ["RED", "BLUE"].map((sku) => {
      const harness = new SkuHarness({ sku: sku as Sku, buyerLimit: LIMIT, backorderLimit: 0 });
      const units = [this.#random.integer(2, 9), this.#random.integer(0, 6)];
      for (const [index, location] of [BERLIN, ROTTERDAM].entries()) {
        harness.move({
          id: `receive-${index}`,
          kind: "received",
          location,
          quantity: units[index] ?? 0,
          reason: null,
        });
      }
      return { harness, audit: new SkuAudit(harness), received: (units[0] ?? 0) + (units[1] ?? 0) };
    });
  }

  run(): void {
    for (let index = 0; index < BUYERS; index += 1)
      this.#spawn(this.#buyer(index), this.#random.integer(0, 250_000));
    for (let atMs = 20_000; atMs < 400_000; atMs += 20_000) this.#at(atMs, () => this.#relay());
    for (let atMs = 60_000; atMs < 400_000; atMs += 60_000)
      this.#at(atMs, () => this.#spawn(this.#reconcile(), 0));
    this.#drain();

    // The sky clears: everything that is owed must now come to its end.
    this.#isHostile = false;
    for (let round = 0; round < 4; round += 1) {
      this.#nowMs += 7_300_000;
      this.#at(0, () => this.#relay());
      this.#at(1_000, () => this.#spawn(this.#reconcile(), 0));
      this.#drain();
    }
    this.#checkEnd();
  }

  *#buyer(index: number): Process {
    const buyer = `buyer-${index % 12}` as BuyerKey;
    const key = `key-${index}`;
    const lines: Array<Line> = [{ sku: this.#random.integer(0, 1), quantity: this.#random.integer(1, 2) }];
    if (this.#random.chance(0.3)) lines.push({ sku: 1 - (lines[0]?.sku ?? 0), quantity: 1 });
    const location =
      lines.length === 1 && this.#random.chance(0.25) ? this.#random.pick([BERLIN, ROTTERDAM]) : null;

    const taken: Array<Line> = [];
    for (const line of lines) {
      const answer = yield* this.#insist(
        line.sku,
        (sku) => sku.takeHolds([this.#takeCommand(key, buyer, line, location)])[0],
      );
      if (isOk(answer)) taken.push(line);
    }
    if (taken.length < lines.length) {
      for (const line of taken) yield* this.#insist(line.sku, (sku) => sku.release(key));
      return;
    }
    if (this.#random.chance(0.2)) {
      const line = this.#random.pick(lines);
      yield* this.#insist(line.sku, (sku) => sku.extend(key, TTL_SECONDS));
    }
    yield { waitMs: this.#random.integer(0, 100_000) };
    if (this.#random.chance(0.25)) {
      yield* this.#letGo(key, lines);
      return;
    }
    if (this.#random.chance(0.15)) return;
    const order: Order = { status: "placed", key, lines, buyer, hasStock: false };
    this.#spawn(this.#place(`ord_${key}`, order), 0);
    if (this.#random.chance(0.2))
      this.#spawn(this.#place(`ord_${key}`, order), this.#random.integer(0, 3_000));
    if (this.#random.chance(0.15))
      this.#spawn(this.#place(`ord_${key}_b`, { ...order }), this.#random.integer(0, 3_000));
    if (this.#random.chance(0.15)) this.#spawn(this.#letGo(key, lines), this.#random.integer(0, 3_000));
  }

  /** A buyer's own release: it never takes the units away from a payment under way. */
  *#letGo(key: string, lines: ReadonlyArray<Line>): Process {
    for (const line of lines) {
      yield* this.#insist(line.sku, (sku) => {
        const before = sku.readHold(key)?.status;
        const released = sku.release(key);
        promise(before !== "paying" || !released.ok, "I3 a payment lost its hold", released);
        return released;
      });
    }
  }

  /** A Worker placing an order. It may die at any step. */
  *#place(orderId: string, order: Order): Process {
    const paying: Array<Line> = [];
    for (const line of order.lines) {
      if (this.#dies()) return;
      const answer = yield* this.#insist(line.sku, (sku) => {
        const started = sku.startPaying(order.key, orderId);
        promise(!started.ok || started.value.orderId === orderId, "I3 two payments for one hold", started);
        return started;
      });
      if (isOk(answer)) paying.push(line);
    }
    const isDeclined = this.#random.chance(0.15);
    yield {
      waitMs: this.#random.chance(0.1) ? this.#random.integer(0, 200_000) : this.#random.integer(0, 2_000),
    };
    if (paying.length < order.lines.length || isDeclined) {
      if (this.#orders.has(orderId)) return;
      for (const line of paying) yield* this.#insist(line.sku, (sku) => sku.stopPaying(order.key, orderId));
      return;
    }
    if (this.#dies()) return;
    // One order a hold: D1 has a unique index. The order and its outbox row commit together.
    const isTaken = [...this.#orders].some(([id, other]) => other.key === order.key && id !== orderId);
    if (isTaken) return;
    if (!this.#orders.has(orderId)) {
      this.#orders.set(orderId, order);
      this.#outbox.add(orderId);
    }
    if (this.#dies()) return;
    for (const line of order.lines) yield* this.#insist(line.sku, (sku) => sku.convert(order.key, orderId));
  }

  #relay(): void {
    for (const orderId of this.#outbox) {
      this.#spawn(this.#commitStock(orderId), this.#random.integer(0, 5_000));
      if (this.#isHostile && this.#random.chance(0.3))
        this.#spawn(this.#commitStock(orderId), this.#random.integer(0, 30_000));
    }
  }

  /** The consumer of `order.commit_stock`, at least once. */
  *#commitStock(orderId: string): Process {
    const order = this.#orders.get(orderId);
    if (order === undefined) return;
    for (const line of order.lines) {
      if (order.status === "canceled") break;
      const converted = yield* this.#insist(line.sku, (sku) => sku.convert(order.key, orderId));
      if (converted === LOST) return;
      if (isOk(converted)) continue;
      const again = yield* this.#insist(line.sku, (sku) =>
        sku.commit({ orderId, quantity: line.quantity, buyer: order.buyer, location: null }),
      );
      if (again === LOST) return;
      if (!isOk(again)) order.status = "canceled";
    }
    if (order.status === "canceled") {
      for (const line of order.lines) {
        const released = yield* this.#insist(line.sku, (sku) => sku.releaseOrder(orderId, order.key));
        if (released === LOST) return;
      }
      this.#outbox.delete(orderId);
      return;
    }
    order.hasStock = true;
    this.#outbox.delete(orderId);
    this.#spawn(this.#fulfil(orderId, order), 0);
  }

  *#fulfil(orderId: string, order: Order): Process {
    for (const line of order.lines) {
      for (const location of [BERLIN, ROTTERDAM] as ReadonlyArray<LocationCode>) {
        const allocationId = `${orderId}/${location}`;
        yield* this.#insist(line.sku, (sku) =>
          sku.allocate({ orderId, allocationId, location, quantity: line.quantity }),
        );
        if (this.#random.chance(0.1)) yield* this.#insist(line.sku, (sku) => sku.deallocate(allocationId));
        if (this.#random.chance(0.7)) yield* this.#insist(line.sku, (sku) => sku.ship(allocationId));
        if (this.#random.chance(0.2)) yield* this.#insist(line.sku, (sku) => sku.ship(allocationId));
      }
    }
    if (this.#random.chance(0.2) && order.status === "placed") {
      order.status = "canceled";
      this.#outbox.add(orderId);
    }
  }

  *#reconcile(): Process {
    for (const index of [0, 1]) {
      const report = yield* this.#insist(index, (sku) => {
        sku.report();
        return sweepReport(sku.stock, sku.stock.now(sku.nowMs));
      });
      if (report === LOST) continue;
      const { paying, openOrders } = report as ReturnType<typeof sweepReport>;
      for (const { key, orderId } of paying) {
        const isPlaced = this.#orders.get(orderId)?.status === "placed";
        yield* this.#insist(index, (sku) =>
          isPlaced ? sku.convert(key, orderId) : sku.stopPaying(key, orderId),
        );
      }
      for (const { orderId, sinceMs } of openOrders) {
        const order = this.#orders.get(orderId);
        if (order?.status === "placed" || sinceMs > this.#nowMs - 120_000) continue;
        yield* this.#insist(index, (sku) => sku.releaseOrder(orderId, order?.key ?? null));
      }
    }
  }

  #takeCommand(key: string, buyer: BuyerKey, line: Line, location: LocationCode | null) {
    return takeHoldCommand(key, { buyer, quantity: line.quantity, location, ttlSeconds: TTL_SECONDS });
  }

  /** Repeats a call until it is answered, at most five times: the same request, so that a repeat finds what was done. */
  *#insist(
    sku: number,
    call: (sku: SkuHarness) => unknown,
  ): Generator<{ sku: number; call: (sku: SkuHarness) => unknown }, unknown, unknown> {
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = yield { sku, call };
      if (answer !== LOST) return answer;
    }
    return LOST;
  }

  #dies(): boolean {
    return this.#isHostile && this.#random.chance(0.05);
  }

  #spawn(process: Process, delayMs: number): void {
    this.#at(delayMs, () => this.#resume(process, undefined));
  }

  #resume(process: Process, answer: unknown): void {
    const step = process.next(answer);
    if (step.done === true) return;
    const wanted = step.value;
    if ("waitMs" in wanted) {
      this.#at(wanted.waitMs, () => this.#resume(process, undefined));
      return;
    }
    const fate = this.#isHostile ? this.#random.next() : 1;
    const delayMs = this.#isHostile ? this.#random.integer(1, 3_000) : 1;
    if (fate < 0.05) {
      this.#at(5_000, () => this.#resume(process, LOST));
      return;
    }
    this.#at(delayMs, () => {
      const reply = this.#perform(wanted.sku, wanted.call);
      this.#at(fate < 0.1 ? 5_000 : 1, () => this.#resume(process, fate < 0.1 ? LOST : reply));
    });
    if (fate > 0.85 && fate < 1)
      this.#at(delayMs + this.#random.integer(0, 20_000), () => void this.#perform(wanted.sku, wanted.call));
  }

  #perform(index: number, call: (sku: SkuHarness) => unknown): unknown {
    const { harness, audit } = this.#skus[index] as SimulatedSku;
    const skewMs = this.#isHostile && this.#random.chance(0.2) ? this.#random.integer(-30_000, 1_000) : 0;
    harness.nowMs = this.#nowMs + skewMs;
    if (this.#isHostile && this.#random.chance(0.04))
      harness.crashNext = this.#random.pick(["before", "after"] as const);
    if (this.#isHostile && this.#random.chance(0.02)) harness.restart();
    try {
      return call(harness);
    } catch (error) {
      if (error instanceof Crash) return LOST;
      throw error;
    } finally {
      audit.check(LIMIT);
    }
  }

  /** What must be true once nothing is under way any more. */
  #checkEnd(): void {
    for (const [index, { harness, received }] of this.#skus.entries()) {
      harness.nowMs = this.#nowMs;
      const report = harness.report();
      promise(report.held === 0, "I4 a hold outlived everything", report);
      const entries = harness.store.readMovements(0, 1_000_000);
      const shipped = entries
        .filter((entry) => entry.kind === "shipped")
        .reduce((sum, entry) => sum + entry.quantity, 0);
      this.#shipped[index] = shipped;
      promise(
        report.locations.reduce((sum, at) => sum + at.onHand, 0) === received - shipped,
        "I2 goods appeared or vanished",
        report,
      );
      let owed = 0;
      for (const [orderId, order] of this.#orders) {
        const wanted = order.lines
          .filter((line) => line.sku === index)
          .reduce((sum, line) => sum + line.quantity, 0);
        const sum = (kind: string) =>
          entries
            .filter((entry) => entry.kind === kind && entry.orderId === orderId)
            .reduce((total, entry) => total + entry.quantity, 0);
        const open = sum("committed") - sum("released") - sum("shipped");
        if (order.status === "placed")
          promise(sum("committed") - sum("released") === wanted, "I6 a placed order without its stock", {
            orderId,
            wanted,
          });
        else promise(open === 0, "I6 stock without its order", { orderId, open });
        owed += order.status === "placed" ? open : 0;
      }
      const allocated = report.locations.reduce((sum, at) => sum + at.allocated, 0);
      promise(report.committed + allocated === owed, "I6 stock promised to nobody", { report, owed });

      // I14: with demand left, every unit that is not owed can be sold.
      const free = received - shipped - owed;
      for (let unit = 0; unit < free; unit += 1) {
        const answer = this.#perform(index, (sku) => sku.takeHolds([takeHoldCommand(`late-${unit}`)])[0]);
        promise(isOk(answer), "I14 a unit is stranded", { unit, free, answer });
      }
      const beyond = this.#perform(index, (sku) => sku.takeHolds([takeHoldCommand("late-beyond")])[0]);
      promise(!isOk(beyond), "I2 more than there is", { free });
    }
  }

  #at(delayMs: number, run: () => void): void {
    this.#serial += 1;
    const event = { atMs: this.#nowMs + delayMs, order: this.#serial, run };
    const events = this.#events;
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = events[middle] as Event;
      if (other.atMs > event.atMs) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, event);
  }

  #drain(): void {
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      event.run();
    }
  }
}

function isOk(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && (answer as { readonly ok?: boolean }).ok === true;
}

/** @throws Violation naming the invariant, or whatever the product's own assertions threw. */
export function simulateDrop(seed: number): void {
  new DropSimulation(seed).run();
}
