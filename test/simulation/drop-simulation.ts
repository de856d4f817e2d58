import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import { dropPolicies } from "../../src/domain/inventory/drop.ts";
import type { PutDrop } from "../../src/domain/inventory/sku-port.ts";
import { sweepReport } from "../../src/domain/inventory/sweep.ts";
import type { WaitlistPlace } from "../../src/domain/inventory/waitlist-entry.ts";
import { BERLIN, ROTTERDAM, takeHoldCommand } from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";
import { SkuAudit } from "./audit.ts";
import { HostileSky, LOST, type Process } from "./hostile-sky.ts";
import { promise } from "./promise.ts";

const LIMIT = 3;
const DROP_LIMIT = 2;
const SHOW = "SHOW";
const BUYERS = 32;
const TTL_SECONDS = 90;
type Line = { readonly sku: number; readonly quantity: number };
type Order = {
  status: "placed" | "canceled";
  readonly key: string;
  readonly lines: ReadonlyArray<Line>;
  readonly buyer: BuyerKey;
  hasStock: boolean;
};
/**
 * One drop under a hostile sky, from one seed: buyers and workers that die and repeat themselves, messages lost, doubled
 * and late, objects that crash before and after they commit, clocks that jump. Every decision about stock is the
 * product's own; only orders, messages and payments are played.
 */
class DropSimulation extends HostileSky {
  readonly #orders = new Map<string, Order>();
  readonly #outbox = new Set<string>();
  readonly #shipped = [0, 0];

  constructor(seed: number) {
    super(seed, LIMIT);
    this.skus = ["RED", "BLUE"].map((sku) => {
      const harness = new SkuHarness({ sku: sku as Sku, buyerLimit: LIMIT, backorderLimit: 0 });
      const units = [this.random.integer(2, 9), this.random.integer(0, 6)];
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
    for (const index of [0, 1]) this.spawn(this.#drop(index), this.random.integer(0, 30_000));
    for (let index = 0; index < BUYERS; index += 1)
      this.spawn(this.#buyer(index), this.random.integer(0, 250_000));
    for (let atMs = 20_000; atMs < 400_000; atMs += 20_000) this.at(atMs, () => this.#relay());
    for (let atMs = 60_000; atMs < 400_000; atMs += 60_000)
      this.at(atMs, () => this.spawn(this.#reconcile(), 0));
    this.drain();

    // The sky clears: everything that is owed must now come to its end.
    this.isHostile = false;
    for (const { harness } of this.skus) {
      harness.nowMs = this.nowMs;
      harness.closeDrop(SHOW);
      for (const entry of harness.stock.waitlist.waiting(null)) harness.leave(entry.key);
    }
    for (let round = 0; round < 4; round += 1) {
      this.nowMs += 7_300_000;
      this.at(0, () => this.#relay());
      this.at(1_000, () => this.spawn(this.#reconcile(), 0));
      this.drain();
    }
    this.#checkEnd();
  }

  /** A drop is set up, opens, is drawn where it is a lottery, and ends by itself or by hand. */
  *#drop(index: number): Process {
    const startMs = this.nowMs;
    const isByHand = this.random.chance(0.5);
    const command: PutDrop = {
      show: SHOW,
      quantity: this.random.integer(1, 6),
      policy: this.random.pick([...dropPolicies, "lottery", "hold_on_claim"]),
      buyerLimit: this.random.chance(0.7) ? DROP_LIMIT : null,
      ttlSeconds: this.random.integer(30, 120),
      opensAtMs: startMs + this.random.integer(0, 40_000),
      endsAtMs: isByHand ? null : startMs + this.random.integer(60_000, 220_000),
      drawsAtMs: this.random.chance(0.5) ? startMs + this.random.integer(41_000, 90_000) : null,
    };
    yield* this.insist(index, (sku) => sku.putDrop(command));
    yield { waitMs: this.random.integer(40_000, 80_000) };
    if (this.random.chance(0.4)) {
      const quantity = this.random.integer(1, command.quantity + 2);
      yield* this.insist(index, (sku) => sku.putDrop({ ...command, quantity }));
    }
    yield { waitMs: this.random.integer(0, 40_000) };
    yield* this.insist(index, (sku) => sku.drawDrop(SHOW));
    yield { waitMs: this.random.integer(10_000, 100_000) };
    if (isByHand) yield* this.insist(index, (sku) => sku.closeDrop(SHOW));
  }

  /** A buyer in line: offered units are bought or left to the next, and some leave. */
  *#wait(line: Line, key: string, buyer: BuyerKey, show: string | null): Process {
    const command = { key, buyer, quantity: line.quantity, show, ttlSeconds: TTL_SECONDS };
    yield* this.insist(line.sku, (sku) => sku.join(command));
    for (let rounds = 0; rounds < 6; rounds += 1) {
      yield { waitMs: this.random.integer(10_000, 60_000) };
      const place = yield* this.insist(line.sku, (sku) => sku.place(key));
      const status = place === LOST ? undefined : (place as WaitlistPlace | null)?.entry.status;
      if (status === "offered" && this.random.chance(0.6)) {
        const order: Order = { status: "placed", key, lines: [line], buyer, hasStock: false };
        this.spawn(this.#place(`ord_${key}`, order), 0);
        return;
      }
      if (this.random.chance(0.1)) yield* this.insist(line.sku, (sku) => sku.leave(key));
    }
  }

  *#buyer(index: number): Process {
    const buyer = `buyer-${index % 12}` as BuyerKey;
    const key = `key-${index}`;
    const lines: Array<Line> = [{ sku: this.random.integer(0, 1), quantity: this.random.integer(1, 2) }];
    if (this.random.chance(0.3)) lines.push({ sku: 1 - (lines[0]?.sku ?? 0), quantity: 1 });
    const show = this.random.chance(0.4) ? SHOW : null;
    const location =
      show === null && lines.length === 1 && this.random.chance(0.25)
        ? this.random.pick([BERLIN, ROTTERDAM])
        : null;

    const taken: Array<Line> = [];
    for (const line of lines) {
      const answer = yield* this.insist(
        line.sku,
        (sku) => sku.takeHolds([{ ...this.#takeCommand(key, buyer, line, location), show }])[0],
      );
      if (isOk(answer)) taken.push(line);
      else if (answer !== LOST && this.random.chance(0.5))
        this.spawn(this.#wait(line, `wait-${key}-${line.sku}`, buyer, show), 0);
    }
    if (taken.length < lines.length) {
      for (const line of taken) yield* this.insist(line.sku, (sku) => sku.release(key));
      return;
    }
    if (this.random.chance(0.2)) {
      const line = this.random.pick(lines);
      yield* this.insist(line.sku, (sku) => sku.extend(key, TTL_SECONDS));
    }
    if (show !== null && this.random.chance(0.4)) {
      for (const line of lines) yield* this.insist(line.sku, (sku) => sku.secure(key));
    }
    yield { waitMs: this.random.integer(0, 100_000) };
    if (this.random.chance(0.25)) {
      yield* this.#letGo(key, lines);
      return;
    }
    if (this.random.chance(0.15)) return;
    const order: Order = { status: "placed", key, lines, buyer, hasStock: false };
    this.spawn(this.#place(`ord_${key}`, order), 0);
    if (this.random.chance(0.2)) this.spawn(this.#place(`ord_${key}`, order), this.random.integer(0, 3_000));
    if (this.random.chance(0.15))
      this.spawn(this.#place(`ord_${key}_b`, { ...order }), this.random.integer(0, 3_000));
    if (this.random.chance(0.15)) this.spawn(this.#letGo(key, lines), this.random.integer(0, 3_000));
  }

  /** A buyer's own release: it never takes the units away from a payment under way. */
  *#letGo(key: string, lines: ReadonlyArray<Line>): Process {
    for (const line of lines) {
      yield* this.insist(line.sku, (sku) => {
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
      if (this.dies()) return;
      const answer = yield* this.insist(line.sku, (sku) => {
        const started = sku.startPaying(order.key, orderId);
        promise(!started.ok || started.value.orderId === orderId, "I3 two payments for one hold", started);
        return started;
      });
      if (isOk(answer)) paying.push(line);
    }
    const isDeclined = this.random.chance(0.15);
    yield {
      waitMs: this.random.chance(0.1) ? this.random.integer(0, 200_000) : this.random.integer(0, 2_000),
    };
    if (paying.length < order.lines.length || isDeclined) {
      if (this.#orders.has(orderId)) return;
      for (const line of paying) yield* this.insist(line.sku, (sku) => sku.stopPaying(order.key, orderId));
      return;
    }
    if (this.dies()) return;
    // One order a hold: D1 has a unique index. The order and its outbox row commit together.
    const isTaken = [...this.#orders].some(([id, other]) => other.key === order.key && id !== orderId);
    if (isTaken) return;
    if (!this.#orders.has(orderId)) {
      this.#orders.set(orderId, order);
      this.#outbox.add(orderId);
    }
    if (this.dies()) return;
    for (const line of order.lines) yield* this.insist(line.sku, (sku) => sku.convert(order.key, orderId));
  }

  #relay(): void {
    for (const orderId of this.#outbox) {
      this.spawn(this.#commitStock(orderId), this.random.integer(0, 5_000));
      if (this.isHostile && this.random.chance(0.3))
        this.spawn(this.#commitStock(orderId), this.random.integer(0, 30_000));
    }
  }

  /** The consumer of `order.commit_stock`, at least once. */
  *#commitStock(orderId: string): Process {
    const order = this.#orders.get(orderId);
    if (order === undefined) return;
    for (const line of order.lines) {
      if (order.status === "canceled") break;
      const converted = yield* this.insist(line.sku, (sku) => sku.convert(order.key, orderId));
      if (converted === LOST) return;
      if (isOk(converted)) continue;
      const again = yield* this.insist(line.sku, (sku) =>
        sku.commit({ orderId, quantity: line.quantity, buyer: order.buyer, location: null }),
      );
      if (again === LOST) return;
      if (!isOk(again)) order.status = "canceled";
    }
    if (order.status === "canceled") {
      for (const line of order.lines) {
        const released = yield* this.insist(line.sku, (sku) => sku.releaseOrder(orderId, order.key));
        if (released === LOST) return;
      }
      this.#outbox.delete(orderId);
      return;
    }
    order.hasStock = true;
    this.#outbox.delete(orderId);
    this.spawn(this.#fulfil(orderId, order), 0);
  }

  *#fulfil(orderId: string, order: Order): Process {
    for (const line of order.lines) {
      for (const location of [BERLIN, ROTTERDAM] as ReadonlyArray<LocationCode>) {
        const allocationId = `${orderId}/${location}`;
        yield* this.insist(line.sku, (sku) =>
          sku.allocate({ orderId, allocationId, location, quantity: line.quantity }),
        );
        if (this.random.chance(0.1)) yield* this.insist(line.sku, (sku) => sku.deallocate(allocationId));
        if (this.random.chance(0.2)) {
          const moved = { orderId, allocationId: `${allocationId}/moved`, replaces: allocationId };
          const to = location === BERLIN ? ROTTERDAM : BERLIN;
          yield* this.insist(line.sku, (sku) =>
            sku.allocate({ ...moved, location: to as LocationCode, quantity: line.quantity }),
          );
        }
        if (this.random.chance(0.7)) yield* this.insist(line.sku, (sku) => sku.ship(allocationId));
        if (this.random.chance(0.2)) yield* this.insist(line.sku, (sku) => sku.ship(allocationId));
      }
    }
    if (this.random.chance(0.2) && order.status === "placed") {
      order.status = "canceled";
      this.#outbox.add(orderId);
    }
  }

  *#reconcile(): Process {
    for (const index of [0, 1]) {
      const report = yield* this.insist(index, (sku) => {
        sku.report();
        return sweepReport(sku.stock, sku.stock.now(sku.nowMs));
      });
      if (report === LOST) continue;
      const { paying, openOrders } = report as ReturnType<typeof sweepReport>;
      for (const { key, orderId } of paying) {
        const isPlaced = this.#orders.get(orderId)?.status === "placed";
        yield* this.insist(index, (sku) =>
          isPlaced ? sku.convert(key, orderId) : sku.stopPaying(key, orderId),
        );
      }
      for (const { orderId, sinceMs } of openOrders) {
        const order = this.#orders.get(orderId);
        if (order?.status === "placed" || sinceMs > this.nowMs - 120_000) continue;
        yield* this.insist(index, (sku) => sku.releaseOrder(orderId, order?.key ?? null));
      }
    }
  }

  #takeCommand(key: string, buyer: BuyerKey, line: Line, location: LocationCode | null) {
    return takeHoldCommand(key, { buyer, quantity: line.quantity, location, ttlSeconds: TTL_SECONDS });
  }

  /** What must be true once nothing is under way any more. */
  #checkEnd(): void {
    for (const [index, { harness, received }] of this.skus.entries()) {
      harness.nowMs = this.nowMs;
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
        const answer = this.perform(index, (sku) => sku.takeHolds([takeHoldCommand(`late-${unit}`)])[0]);
        promise(isOk(answer), "I14 a unit is stranded", { unit, free, answer });
      }
      const beyond = this.perform(index, (sku) => sku.takeHolds([takeHoldCommand("late-beyond")])[0]);
      promise(!isOk(beyond), "I2 more than there is", { free });
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
