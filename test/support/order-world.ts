import { env } from "cloudflare:workers";

import { orderRequestSchema, type OrderRequest } from "../../src/contract/orders.ts";
import { fulfillmentMessageSchema, openEnvelope } from "../../src/contract/queue.ts";
import { findAnswer, keepAnswer } from "../../src/db/answers.ts";
import { createDb } from "../../src/db/client.ts";
import { deleteOutbox } from "../../src/db/outbox.ts";
import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import { composeId } from "../../src/domain/ids.ts";
import { invariant } from "../../src/domain/invariant.ts";
import { composeHoldId, parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { OrderDeskCore } from "../../src/durable-objects/order-desk/order-desk.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import type { Services } from "../../src/worker/services.ts";
import { commitOrderStock } from "../../src/worker/use-cases/commit-order-stock.ts";
import { placeOrder } from "../../src/worker/use-cases/place-order.ts";
import { handlePaymentNews } from "../../src/worker/use-cases/receive-payment-news.ts";
import { reconcile } from "../../src/worker/use-cases/reconcile.ts";
import { relayOutbox } from "../../src/worker/use-cases/relay-outbox.ts";
import { releaseOrderStock } from "../../src/worker/use-cases/release-order-stock.ts";
import { settleMoney } from "../../src/worker/use-cases/settle-requests.ts";
import { faulty, faultyD1, NO_FAULTS, type FaultPlan } from "./faults.ts";
import { MemoryAttempts } from "./memory-attempts.ts";
import { takeHoldCommand } from "./sku-fixture.ts";
import { TestBank } from "./test-bank.ts";

export const SHELF = "SHELF-1" as LocationCode;
const MINUTE_MS = 60_000;

type WorldServices = Pick<
  Services,
  | "nowMs"
  | "newId"
  | "db"
  | "answers"
  | "sku"
  | "orderDesk"
  | "paymentProvider"
  | "paymentsOnTrust"
  | "carrier"
  | "send"
  | "background"
  | "fulfillmentMode"
>;

let worlds = 0;

/** Everything around an order, on the real database and the real objects, with faults and a clock of its own. */
export class OrderWorld {
  readonly bank = new TestBank();
  /** Who takes payments in this world. */
  port: Services["paymentProvider"] = () => this.bank;
  readonly attempts = new MemoryAttempts();
  readonly queue: Array<unknown> = [];
  readonly routed: Array<string> = [];
  /** Added to the clock of everything but the SKU objects. */
  aheadMs = 0;
  readonly #name: string;
  #ids = 0;

  constructor() {
    worlds += 1;
    this.#name = `W${worlds}`;
  }

  sku(name: string): Sku {
    return `${this.#name}-${name}` as Sku;
  }

  readonly nowMs = (): number => Date.now() + this.aheadMs;

  services(plan: FaultPlan = NO_FAULTS, port: Services["paymentProvider"] = this.port): WorldServices {
    const db = createDb(faultyD1(env.DB, plan));
    const background = (work: Promise<unknown>) => void work.catch(() => {});
    const send = async (_queue: string, bodies: ReadonlyArray<unknown>) => {
      await plan.pause();
      this.queue.push(...bodies);
    };
    const desk = new OrderDeskCore({
      // The desk is an object of its own: its database calls fail apart from the caller's.
      db,
      attempts: this.attempts,
      send,
      background,
      nowMs: this.nowMs,
      wait: () => scheduler.wait(0),
      newNonce: () => String((this.#ids += 1)),
    });
    return {
      nowMs: this.nowMs,
      newId: (prefix) => composeId(prefix, this.nowMs(), `${this.#name.toLowerCase()}x${(this.#ids += 1)}`),
      db,
      answers: {
        find: (scope) => findAnswer(db, scope),
        keep: (stored) => keepAnswer(db, stored, this.nowMs()),
      },
      sku: (sku) => faulty("sku", skuClient(env, sku), plan),
      orderDesk: faulty("desk", deskPort(desk), plan),
      paymentProvider: (name) => {
        const provider = port(name);
        return provider === null ? null : faulty("bank", provider, plan);
      },
      paymentsOnTrust: "secret_keys",
      carrier: () => null,
      fulfillmentMode: "automatic",
      send,
      background,
    };
  }

  /** Makes a SKU known to the catalogue and puts units on the shelf. */
  async stock(sku: Sku, quantity: number, prices: Readonly<Record<string, number>> = { EUR: 1_000 }) {
    await env.DB.batch([
      env.DB.prepare(
        "INSERT INTO sku (sku, title, backorder_limit, tax_rate_bps, attributes, version, created_at_ms, updated_at_ms) VALUES (?1, ?1, 0, 2000, '{}', 1, 0, 0)",
      ).bind(sku),
      ...Object.entries(prices).map(([currency, amount]) =>
        env.DB.prepare("INSERT INTO sku_price (sku, currency, amount) VALUES (?1, ?2, ?3)").bind(
          sku,
          currency,
          amount,
        ),
      ),
    ]);
    const port = skuClient(env, sku);
    await port.configure({ sku, buyerLimit: null, backorderLimit: 0 });
    await port.move([{ id: `in-${sku}`, kind: "received", location: SHELF, quantity, reason: null }]);
  }

  /** Takes a hold over some SKUs, the first one its home. @returns Its public id. */
  async hold(lines: ReadonlyArray<{ sku: Sku; quantity: number }>, ttlSeconds = 600): Promise<string> {
    const [first] = lines;
    invariant(first !== undefined, "a hold needs a line");
    this.#ids += 1;
    const key = `${this.#name.toLowerCase()}n${this.#ids}`.replaceAll(/[ilou]/g, "x").padEnd(20, "z");
    const isBasket = lines.length > 1;
    let createdAtMs = 0;
    for (const { sku, quantity } of lines) {
      const [taken] = await skuClient(env, sku).takeHolds([
        takeHoldCommand(key, {
          buyer: "buyer-1" as BuyerKey,
          quantity,
          ttlSeconds,
          home: sku === first.sku ? null : first.sku,
          basket: isBasket && sku === first.sku ? lines : null,
        }),
      ]);
      invariant(taken?.ok === true, "the hold was refused");
      if (sku === first.sku) createdAtMs = taken.value.createdAtMs;
    }
    return composeHoldId(createdAtMs, key, first.sku);
  }

  /** What `POST /v1/orders` does, with the replay of stored answers that `bind` adds. */
  async place(
    hold: string,
    key: string,
    options: {
      readonly plan?: FaultPlan;
      readonly change?: Partial<OrderRequest>;
      readonly kind?: "secret" | "publishable";
    } = {},
  ) {
    const services = this.services(options.plan);
    const idempotency = { scope: `${this.#name} placeOrder ${key}`, bodyHash: `${hold} ${key}` };
    const earlier = await services.answers.find(idempotency.scope);
    if (earlier !== null) return { ok: true as const, value: JSON.parse(earlier.body) as { id: string } };
    return placeOrder(services, {
      request: { ...requestFor(hold), ...options.change },
      principal: { id: "key_test", kind: options.kind ?? "secret" },
      idempotency,
      owner: null,
      requestId: "req_test",
    });
  }

  /** Delivers what is in the queue until it is empty; a consumer that throws gets its message again. */
  async deliver(plan: FaultPlan = NO_FAULTS): Promise<void> {
    const services = this.services(plan);
    for (let rounds = 0; rounds < 50; rounds += 1) {
      const body = this.queue.shift();
      if (body === undefined) return;
      const opened = openEnvelope(body);
      const message = fulfillmentMessageSchema.parse(opened.message);
      try {
        if (message.type === "order.commit_stock") await commitOrderStock(services, message.order_id);
        if (message.type === "order.release_stock") await releaseOrderStock(services, message.order_id);
        if (message.type === "payment.settle") await settleMoney(services, message.order_id);
        if (message.type === "payment.news") await handlePaymentNews(services, message.news_id);
        if (message.type === "order.route") this.routed.push(message.order_id);
        if (opened.outboxId !== null) await deleteOutbox(services.db, [opened.outboxId]);
      } catch {
        this.queue.push(body);
      }
    }
  }

  /** Lets time pass and does what the cron does, until all is quiet. */
  async settle(): Promise<void> {
    const services = this.services();
    // What other tests left is not swept here: it would take its time and change nothing.
    await env.DB.prepare("DELETE FROM sku WHERE sku NOT GLOB ?1").bind(`${this.#name}-*`).run();
    await relayOutbox(services);
    await this.deliver();
    this.aheadMs += 10 * MINUTE_MS;
    for (let runs = 0; runs < 2; runs += 1) {
      await reconcile(services);
      await relayOutbox(services);
      await this.deliver();
    }
  }

  /** Everything in which stock, orders and money disagree (I6 both ways, I9, one payment an order). */
  async violations(skus: ReadonlyArray<Sku>, holds: ReadonlyArray<string> = []): Promise<Array<string>> {
    const found: Array<string> = [];
    for (const hold of holds) {
      for (const sku of skus) {
        const part = await skuClient(env, sku).readHold(parseHoldId(hold)?.key ?? "");
        if (part?.status === "paying") found.push(`${hold}: ${sku} is being paid by nobody`);
      }
    }
    const { results: lines } = await env.DB.prepare(
      `SELECT orders.id, orders.status, orders.total, order_line.sku, order_line.quantity FROM order_line
       JOIN orders ON orders.id = order_line.order_id WHERE order_line.sku IN (SELECT value FROM json_each(?1))`,
    )
      .bind(JSON.stringify(skus))
      .all<{ id: string; status: string; total: number; sku: string; quantity: number }>();
    for (const sku of skus) {
      const ordered = lines
        .filter((line) => line.sku === sku && line.status === "placed")
        .reduce((sum, { quantity }) => sum + quantity, 0);
      const report = await skuClient(env, sku).stock();
      const allocated = report?.locations.reduce((sum, location) => sum + location.allocated, 0) ?? 0;
      const committed = (report?.committed ?? 0) + allocated;
      if (committed !== ordered) found.push(`${sku}: ${ordered} ordered, ${committed} committed`);
    }
    for (const id of new Set([...lines.map((line) => line.id), ...this.bank.orderIds()])) {
      const status = lines.find((line) => line.id === id)?.status ?? "not there";
      const standing = this.bank.standing(id);
      if (standing !== (status === "placed" ? 1 : 0)) found.push(`${id}: ${status}, ${standing} payments`);
    }
    return found;
  }
}

export function requestFor(hold: string): OrderRequest {
  return orderRequestSchema.parse({
    hold,
    customer: { email: "Ada@Example.com", name: "Ada" },
    shipping_address: {
      name: "Ada",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual" },
  });
}

/** A hold over two SKUs with two units each, and the order it can become. */
export async function basket(
  world: OrderWorld,
): Promise<{ skus: [Sku, Sku]; hold: string; orderId: string }> {
  const skus: [Sku, Sku] = [world.sku("A"), world.sku("B")];
  await world.stock(skus[0], 2);
  await world.stock(skus[1], 2);
  const hold = await world.hold([
    { sku: skus[0], quantity: 1 },
    { sku: skus[1], quantity: 2 },
  ]);
  const parsed = parseHoldId(hold);
  return { skus, hold, orderId: orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "") };
}

export async function isPlaced(orderId: string): Promise<boolean> {
  return (await env.DB.prepare("SELECT 1 FROM orders WHERE id = ?1").bind(orderId).first()) !== null;
}

/** The desk's methods as own functions, as a stub would offer them. */
function deskPort(desk: OrderDeskCore): Services["orderDesk"] {
  return {
    begin: (placement) => desk.begin(placement),
    commit: (command) => desk.commit(command),
    revoke: (attempt) => desk.revoke(attempt),
    settle: (attempt) => desk.settle(attempt),
    stale: (limit) => desk.stale(limit),
  };
}
