import { createMessageBatch, getQueueResult, createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { openEnvelope, type FulfillmentMessage, type QueueName } from "../../src/contract/queue.ts";
import { createDb, insertMany } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import {
  location,
  orderLine,
  orders,
  paymentTransaction,
  sku as skuTable,
} from "../../src/db/schema/index.ts";
import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import { composeId } from "../../src/domain/ids.ts";
import { composeHoldId } from "../../src/domain/inventory/hold.ts";
import { dispatchBatch } from "../../src/worker/queues/dispatch.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { cancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { relayOutbox } from "../../src/worker/use-cases/relay-outbox.ts";
import { takeHoldCommand } from "./sku-fixture.ts";

const START_MS = Date.UTC(2026, 10, 23, 12);
const UNIT_PRICE = 1000;
const ROUNDS_MAX = 200;

/** Where the three warehouses of every world are; the buyer is in Potsdam, so Berlin is nearest. */
const WAREHOUSES = {
  BER: { city: "Berlin", postal_code: "10115", country: "DE", latitude: 52.52, longitude: 13.4 },
  HAM: { city: "Hamburg", postal_code: "20095", country: "DE", latitude: 53.55, longitude: 9.99 },
  MUC: { city: "München", postal_code: "80331", country: "DE", latitude: 48.14, longitude: 11.58 },
};
export type Warehouse = keyof typeof WAREHOUSES;

const ADDRESS = {
  name: "Ada Lovelace",
  line1: "Am Kanal 1",
  city: "Potsdam",
  postal_code: "14467",
  country: "DE",
  latitude: 52.4,
  longitude: 13.06,
};

let serial = 0;

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}

/** Deals with a batch of due messages before they are delivered: repeats, shuffles. */
export type Post = (due: ReadonlyArray<unknown>) => ReadonlyArray<unknown>;
export const onceInOrder: Post = (due) => due;

/** Every message three times, in a seeded order. */
export function thriceShuffled(seed: number): Post {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (due) =>
    [...due, ...due, ...due]
      .map((message) => ({ message, key: random() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ message }) => message);
}

/** One order and its queue, on the real database and the real objects, with a clock that stands still. */
export class ParcelWorld {
  readonly #serial = (serial += 1);
  /** Every message that was sent, without its envelope. */
  readonly sent: Array<FulfillmentMessage> = [];
  /** What the queue has, as it was sent. */
  readonly #due: Array<unknown> = [];
  nowMs = START_MS;
  /** Attempts of each message, by its text. */
  readonly #attempts = new Map<string, number>();

  readonly orderId = composeId("ord", START_MS, String(this.#serial).padStart(16, "0"));

  services(overrides: Partial<Services> = {}): Services {
    return {
      ...createServices(env, (work) => createExecutionContext().waitUntil(work)),
      nowMs: () => this.nowMs,
      fulfillmentMode: "automatic",
      send: async (queue: QueueName, bodies) => {
        if (queue !== "fulfillment") return;
        this.sent.push(...bodies.map((body) => openEnvelope(body).message as FulfillmentMessage));
        this.#due.push(...bodies);
      },
      ...overrides,
    };
  }

  sku(name: string): Sku {
    return `${name}-${this.#serial}` as Sku;
  }

  /** @param stock - Units by SKU and warehouse. */
  async stock(stock: Readonly<Record<string, Partial<Record<Warehouse, number>>>>): Promise<void> {
    const db = createDb(env.DB);
    const rows = Object.entries(WAREHOUSES).map(([code, address]) => ({
      code,
      name: `Warehouse ${code}`,
      type: "warehouse" as const,
      address: { line1: "Lager 1", ...address },
      capacityPerDay: null,
      ships: true,
      pickup: false,
      version: 1,
      createdAtMs: START_MS,
      updatedAtMs: START_MS,
    }));
    await insertMany(db, location, rows, "nothing").run();
    for (const [name, units] of Object.entries(stock)) {
      const sku = this.sku(name);
      const weighed = {
        sku,
        title: `A ${name}`,
        weightGrams: 400,
        backorderLimit: 0,
        taxRateBps: 0,
        attributes: {},
        version: 1,
        createdAtMs: START_MS,
        updatedAtMs: START_MS,
      };
      await insertMany(db, skuTable, [weighed]).run();
      const object = this.services().sku(sku);
      await object.configure({ sku, buyerLimit: null, backorderLimit: 0 });
      await this.receive(name, units);
    }
  }

  async receive(name: string, units: Partial<Record<Warehouse, number>>): Promise<void> {
    await this.services()
      .sku(this.sku(name))
      .move(
        Object.entries(units).map(([code, quantity], index) => ({
          id: `delivery-${this.nowMs}-${code}-${index}`,
          kind: "received" as const,
          location: code as LocationCode,
          quantity,
          reason: null,
        })),
      );
  }

  /** Commits the stock of one line, from the pool or from a hold at a location. @returns The hold's id, if any. */
  async #commit(sku: Sku, quantity: number, pickupAt: Warehouse | null): Promise<string | null> {
    const object = this.services().sku(sku);
    const buyer = "b" as BuyerKey;
    if (pickupAt === null) {
      const committed = await object.commit({ orderId: this.orderId, quantity, buyer, location: null });
      if (!committed.ok) throw new Error(`not committed: ${committed.error.code}`);
      return null;
    }
    const key = String(this.#serial).padStart(20, "0");
    const location = pickupAt as string as LocationCode;
    const [held] = await object.takeHolds([takeHoldCommand(key, { buyer, quantity, location })]);
    if (held === undefined || !held.ok) throw new Error("not held");
    await object.startPaying(key, this.orderId);
    await object.convertHold(key, this.orderId);
    return composeHoldId(held.value.createdAtMs, key, sku);
  }

  /** An order that is paid for up to the capture, whose stock is committed. */
  async order(lines: Readonly<Record<string, number>>, pickupAt: Warehouse | null = null): Promise<void> {
    const db = createDb(env.DB);
    const quantity = Object.values(lines).reduce((sum, units) => sum + units, 0);
    const total = quantity * UNIT_PRICE;
    let holdId: string | null = null;
    for (const [name, units] of Object.entries(lines)) {
      holdId = await this.#commit(this.sku(name), units, pickupAt);
    }
    await env.DB.batch([
      insertMany(db, orders, [
        {
          id: this.orderId,
          number: 1000 + this.#serial,
          status: "placed",
          paymentStatus: "authorized",
          fulfillmentStatus: "unfulfilled",
          currency: "EUR",
          subtotal: total,
          discountTotal: 0,
          shippingTotal: 0,
          taxTotal: 0,
          total,
          shippingAddress: ADDRESS,
          shippingMethod: "express",
          channel: "storefront",
          holdId,
          placedAtMs: START_MS,
          stockCommittedAtMs: START_MS,
          updatedAtMs: START_MS,
          version: 1,
        },
      ]),
      insertMany(
        db,
        orderLine,
        Object.entries(lines).map(([name, units], position) => ({
          id: composeId("line", START_MS, `${this.#serial}x${position}`),
          orderId: this.orderId,
          position,
          sku: this.sku(name),
          title: `A ${name}`,
          quantity: units,
          unitPrice: UNIT_PRICE,
          discount: 0,
          tax: 0,
          total: units * UNIT_PRICE,
          fulfilledQuantity: 0,
          deliveredQuantity: 0,
          returnedQuantity: 0,
          canceledQuantity: 0,
        })),
      ),
      insertMany(db, paymentTransaction, [
        {
          id: composeId("txn", START_MS, String(this.#serial)),
          orderId: this.orderId,
          kind: "authorization",
          amount: total,
          currency: "EUR",
          provider: "manual",
          reference: `auth-${this.#serial}`,
          occurredAtMs: START_MS,
        },
      ]),
    ]);
    this.#due.push({ type: "order.route", order_id: this.orderId });
    this.sent.push({ type: "order.route", order_id: this.orderId });
  }

  cancel(): ReturnType<typeof cancelOrder> {
    return cancelOrder(this.services(), {
      orderId: this.orderId,
      reason: "customer",
      restock: true,
      refund: true,
      notify: false,
      actor: "key_test",
      requestId: null,
      mark: "test",
      isVersionAcceptable: () => true,
    });
  }

  /** Delivers what is due, and what follows from it, until nothing is. A message that is put off comes again. */
  async deliver(services: Services = this.services(), post: Post = onceInOrder): Promise<void> {
    for (let round = 0; ; round += 1) {
      if (round === ROUNDS_MAX) throw new Error(`still due: ${JSON.stringify(this.#due)}`);
      if (this.#due.length === 0 && !(await this.#relayOverdue(services))) return;
      const due = post(this.#due.splice(0));
      this.#due.push(...(await this.deliverBatch(due, services)));
    }
  }

  /** Lets time pass until the outbox is due, and does what the cron does then. @returns Whether anything was due. */
  async #relayOverdue(services: Services): Promise<boolean> {
    const due = await env.DB.prepare("SELECT min(next_attempt_at_ms) AS at_ms FROM outbox").first<{
      at_ms: number | null;
    }>();
    if (due === null || due.at_ms === null) return false;
    this.nowMs = Math.max(this.nowMs, due.at_ms);
    await relayOutbox({ ...this.services(), send: services.send });
    return true;
  }

  /** @returns What was put off. */
  async deliverBatch(
    bodies: ReadonlyArray<unknown>,
    services: Services = this.services(),
  ): Promise<Array<unknown>> {
    const messages = bodies.map((body, index) => {
      const text = JSON.stringify(body);
      const attempts = (this.#attempts.get(text) ?? 0) + 1;
      return {
        id: `${this.#serial}-${index}-${text}`,
        timestamp: new Date(this.nowMs),
        attempts: Math.min(attempts, 5),
        body,
      };
    });
    const batch = createMessageBatch("holdfast-fulfillment", messages);
    await dispatchBatch(batch, services);
    const result = await getQueueResult(batch, createExecutionContext());
    const putOff = new Set(result.retryMessages.map(({ msgId }: { readonly msgId: string }) => msgId));
    return messages.filter(({ id }) => putOff.has(id)).map(({ body }) => body);
  }

  /** Everything that became of the order, without ids and times, so that two worlds can be compared. */
  async outcome(): Promise<unknown> {
    const snapshot = await readFulfillmentOf(createDb(env.DB), "order", this.orderId);
    if (snapshot === null) throw new Error("no order");
    const { order, lines, fulfillmentOrders, pickLists, shipments } = snapshot;
    const own = (text: string | null) => text?.replace(`-${this.#serial}`, "");
    const list = async (query: string) =>
      (await env.DB.prepare(query).bind(this.orderId).all<Record<string, unknown>>()).results;
    const stock = await Promise.all(
      lines.map(async ({ sku }) => {
        const report = await this.services()
          .sku(sku as Sku)
          .stock();
        const { available, held, committed, locations } = report ?? {};
        return { sku: own(sku), available, held, committed, locations };
      }),
    );
    return {
      order: [
        order.status,
        order.paymentStatus,
        order.fulfillmentStatus,
        order.version,
        order.completedAtMs !== null,
      ],
      lines: lines.map((line) => [
        own(line.sku),
        line.quantity,
        line.fulfilledQuantity,
        line.deliveredQuantity,
      ]),
      fulfillmentOrders: fulfillmentOrders
        .map((row) => [
          row.location,
          row.status,
          row.version,
          row.lines.map(({ sku, quantity }) => [own(sku), quantity]),
        ])
        .toSorted(byText),
      pickLists: pickLists.map(({ location, status }) => [location, status]).toSorted(byText),
      shipments: shipments
        .map((row) => [
          row.status,
          row.trackingStatus,
          row.weightGrams,
          row.service,
          row.version,
          row.trackingNumber !== null,
        ])
        .toSorted(byText),
      labels: await list(
        "SELECT count(*) AS count FROM shipment_label WHERE shipment_id IN (SELECT id FROM shipment WHERE order_id = ?1)",
      ),
      tracking: await list(
        "SELECT status, count(*) AS count FROM tracking_event WHERE shipment_id IN (SELECT id FROM shipment WHERE order_id = ?1) GROUP BY status ORDER BY status",
      ),
      events: await list(
        "SELECT type, count(*) AS count FROM order_event WHERE order_id = ?1 GROUP BY type ORDER BY type",
      ),
      money: await list(
        "SELECT kind, sum(amount) AS amount FROM payment_transaction WHERE order_id = ?1 GROUP BY kind ORDER BY kind",
      ),
      outbox: await list("SELECT body FROM outbox WHERE body LIKE '%' || ?1 || '%'"),
      stock,
    };
  }
}
