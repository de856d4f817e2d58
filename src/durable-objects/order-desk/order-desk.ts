import type { QueueName } from "../../contract/queue.ts";
import { readCheckoutFacts } from "../../db/checkout.ts";
import type { Db } from "../../db/client.ts";
import {
  insertOrders,
  placementMark,
  selectPlaced,
  type NewOrder,
  type PlacedRow,
} from "../../db/new-orders.ts";
import { envelopeOf, type OutboxRow } from "../../db/outbox.ts";
import type { AttemptStore } from "./attempt-store.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Attempt, BeginPlacement, BegunPlacement, CommitOutcome, OrderDesk, Revoked } from "./port.ts";

/** Orders in one D1 batch. One string parameter holds a table's rows, and D1 takes 2 MB of it. */
const GROUP_ORDERS_MAX = 50;
const GROUP_CHARS_MAX = 900_000;
const QUEUE_ORDERS_MAX = 1_000;
/** A group of a busy desk waits this long for more: little beside a payment, much beside a write. */
const LINGER_MS = 10;
/** Messages in one call to a queue. */
const SEND_MAX = 100;

export type OrderDeskPorts = {
  readonly db: Db;
  readonly attempts: Pick<AttemptStore, "begin" | "isCommittable" | "revoke" | "settle" | "stale">;
  readonly send: (queue: QueueName, bodies: ReadonlyArray<unknown>) => Promise<void>;
  readonly background: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
  readonly wait: (forMs: number) => Promise<void>;
  /** A text that was never given before. */
  readonly newNonce: () => string;
};

/** The desk itself, without the object around it. */
export class OrderDeskCore implements OrderDesk {
  readonly #ports: OrderDeskPorts;
  readonly #placements: GroupCommit<BeginPlacement, BegunPlacement>;
  readonly #orders: GroupCommit<NewOrder, CommitOutcome>;
  readonly #committing = new Map<string, Promise<CommitOutcome>>();

  constructor(ports: OrderDeskPorts) {
    this.#ports = ports;
    const limits = {
      itemsMax: GROUP_ORDERS_MAX,
      weightMax: GROUP_CHARS_MAX,
      queueMax: QUEUE_ORDERS_MAX,
      lingerMs: LINGER_MS,
    };
    this.#placements = new GroupCommit((group) => this.#beginGroup(group), weighQuery, limits, ports);
    this.#orders = new GroupCommit((group) => this.#commitGroup(group), weigh, limits, ports);
  }

  begin(placement: BeginPlacement): Promise<BegunPlacement> {
    return this.#placements.submit(placement) ?? Promise.resolve({ status: "overloaded" });
  }

  async commit(command: { readonly attempt: string; readonly order: NewOrder }): Promise<CommitOutcome> {
    const { attempt, order } = command;
    const orderId = order.order.id;
    const underWay = this.#committing.get(orderId);
    if (underWay !== undefined) return underWay;
    if (!this.#ports.attempts.isCommittable(orderId, attempt)) {
      // A repeat after the reply was lost: the first call may have written the order and settled the attempt.
      const [placed] = await this.#readPlaced([order]);
      return placed ?? { status: "unknown" };
    }
    const submitted = this.#orders.submit(order);
    if (submitted === null) return { status: "overloaded" };
    this.#committing.set(orderId, submitted);
    try {
      const outcome = await submitted;
      if (outcome.status === "committed") this.#ports.attempts.settle(orderId, attempt);
      return outcome;
    } finally {
      this.#committing.delete(orderId);
    }
  }

  revoke({ orderId, attempt }: { readonly orderId: string; readonly attempt: string }): Promise<Revoked> {
    if (this.#committing.has(orderId)) return Promise.resolve({ status: "committing" });
    this.#ports.attempts.revoke(orderId, attempt);
    return Promise.resolve({ status: "revoked" });
  }

  settle({ orderId, attempt }: { readonly orderId: string; readonly attempt: string }): Promise<void> {
    this.#ports.attempts.settle(orderId, attempt);
    return Promise.resolve();
  }

  stale(limit: number): Promise<ReadonlyArray<Attempt>> {
    return Promise.resolve(this.#ports.attempts.stale(this.#ports.nowMs(), limit));
  }

  /** Each attempt by itself and in order; what they have to know, in one read. */
  async #beginGroup(group: ReadonlyArray<BeginPlacement>): Promise<ReadonlyArray<BegunPlacement>> {
    const { attempts, db, newNonce, nowMs } = this.#ports;
    const begun = group.map(({ attempt }) => attempts.begin(attempt, newNonce(), nowMs()));
    const queries = group.flatMap(({ attempt: { orderId }, checkout }, index) =>
      begun[index]?.status === "begun" ? [{ orderId, ...checkout }] : [],
    );
    const facts = queries.length === 0 ? [] : await readCheckoutFacts(db, queries).catch(() => []);
    let next = 0;
    return begun.map((each) => (each.status === "begun" ? { ...each, facts: facts[next++] ?? null } : each));
  }

  /** Writes a group as one batch. If that fails, whose fault it was is found out one by one. */
  async #commitGroup(group: ReadonlyArray<NewOrder>): Promise<ReadonlyArray<CommitOutcome>> {
    const { db, nowMs } = this.#ports;
    try {
      const results = await db.d1.batch(insertOrders(db, group, nowMs()));
      this.#ports.background(this.#relay(group.flatMap((order) => order.outbox)));
      return outcomesOf(group, (results.at(-1)?.results ?? []) as Array<PlacedRow>);
    } catch (error) {
      if (group.length === 1) return this.#explain(group, error);
      const outcomes: Array<CommitOutcome> = [];
      const known = await this.#readPlaced(group);
      for (const [index, order] of group.entries()) {
        const placed = known[index];
        if (placed?.status === "committed") outcomes.push(placed);
        else outcomes.push(...(await this.#commitGroup([order])));
      }
      return outcomes;
    }
  }

  /** A failed write may have been carried out all the same; only reading tells. */
  async #explain(group: ReadonlyArray<NewOrder>, error: unknown): Promise<ReadonlyArray<CommitOutcome>> {
    // The message is not logged: a constraint's may quote what was written.
    console.error(
      JSON.stringify({
        message: "order batch failed",
        error: error instanceof Error ? error.name : "unknown",
      }),
    );
    return this.#readPlaced(group);
  }

  async #readPlaced(group: ReadonlyArray<NewOrder>): Promise<ReadonlyArray<CommitOutcome>> {
    try {
      const { results } = await selectPlaced(this.#ports.db, group.map(placementMark)).all<PlacedRow>();
      return outcomesOf(group, results);
    } catch {
      return group.map(() => ({ status: "unknown" }));
    }
  }

  /** Sends at once what was just committed. The rows stay until their messages are handled; what fails here the cron sends again. */
  async #relay(rows: ReadonlyArray<OutboxRow>): Promise<void> {
    try {
      for (const queue of new Set(rows.map((row) => row.queue))) {
        const bodies = rows.filter((row) => row.queue === queue).map(envelopeOf);
        for (let start = 0; start < bodies.length; start += SEND_MAX) {
          await this.#ports.send(queue, bodies.slice(start, start + SEND_MAX));
        }
      }
    } catch (error) {
      console.error(
        JSON.stringify({ message: "relay failed", error: error instanceof Error ? error.name : "unknown" }),
      );
    }
  }
}

function outcomesOf(group: ReadonlyArray<NewOrder>, rows: ReadonlyArray<PlacedRow>): Array<CommitOutcome> {
  const numbers = new Map(rows.map(({ mark, number }) => [mark, number]));
  return group.map((order) => {
    const number = numbers.get(placementMark(order));
    return number === undefined ? { status: "refused" } : { status: "committed", number };
  });
}

/** Characters of the rows as JSON, roughly: what a batch is bounded by. */
function weigh(order: NewOrder): number {
  return JSON.stringify(order).length;
}

function weighQuery({ checkout }: BeginPlacement): number {
  return JSON.stringify(checkout).length;
}
