import type { Api, ApiAnswer } from "../api.ts";
import type { Person } from "./people.ts";

export type Line = { readonly sku: string; readonly quantity: number };

/** What shoppers were told, all of them together. */
export type Tally = {
  accepted: number;
  refused: number;
  /** Units that came back and were offered to the line. */
  offered: number;
  released: number;
  doubleClicks: number;
  declined: number;
  /** Answers that break a promise, in words. */
  readonly broken: Array<string>;
  readonly holdMs: Array<number>;
  /** Units in placed orders. */
  readonly unitsOrdered: Map<string, number>;
  readonly unitsByBuyer: Map<string, number>;
  readonly orders: Array<string>;
};

export function emptyTally(): Tally {
  return {
    accepted: 0,
    refused: 0,
    offered: 0,
    released: 0,
    doubleClicks: 0,
    declined: 0,
    broken: [],
    holdMs: [],
    unitsOrdered: new Map(),
    unitsByBuyer: new Map(),
    orders: [],
  };
}

/** @returns the hold's id, or null where there was not enough. */
export async function takeHold(
  api: Api,
  tally: Tally,
  claim: {
    readonly person: Person;
    readonly lines: ReadonlyArray<Line>;
    readonly key: string;
    readonly ttlSeconds: number;
    readonly clicks: 1 | 2;
  },
): Promise<string | null> {
  const { person, lines, key, ttlSeconds, clicks } = claim;
  const startMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: clicks }, () =>
      api("POST", "/v1/holds", {
        body: { lines, buyer: person.buyer, ttl_seconds: ttlSeconds },
        idempotencyKey: key,
      }),
    ),
  );
  tally.holdMs.push(performance.now() - startMs);
  // A refusal is not remembered, so one of two clicks may be refused and the other find a unit that came back in between.
  const accepted = answers.filter(({ status }) => status === 201);
  if (clicks === 2) {
    tally.doubleClicks += 1;
    if (new Set(accepted.map(({ body }) => body["id"])).size > 1) {
      tally.broken.push(`${key}: two clicks with one key made two holds`);
    }
  }
  const answer = accepted[0] ?? (answers[0] as ApiAnswer);
  if (answer.status === 201) {
    tally.accepted += 1;
    return answer.body["id"] as string;
  }
  if (answer.status === 409 && answer.body["code"] === "sold_out") {
    tally.refused += 1;
    return null;
  }
  tally.broken.push(`${key}: a hold was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  return null;
}

export async function releaseHold(api: Api, tally: Tally, hold: string): Promise<void> {
  const { status, body } = await api("DELETE", `/v1/holds/${hold}`);
  if (status === 200) tally.released += 1;
  else tally.broken.push(`${hold}: releasing was answered with ${status} ${JSON.stringify(body)}`);
}

/** `declined` tells the payment provider to say no, as a bank would. */
export async function placeOrder(
  api: Api,
  tally: Tally,
  order: {
    readonly person: Person;
    readonly lines: ReadonlyArray<Line>;
    readonly hold: string;
    readonly key: string;
    readonly payment: "good" | "declined";
  },
): Promise<"placed" | "declined" | "failed"> {
  const { person, lines, hold, key, payment } = order;
  const { status, body } = await api("POST", "/v1/orders", {
    body: {
      hold,
      customer: person.customer,
      shipping_address: person.shipping_address,
      payment: { provider: "manual", ...(payment === "declined" ? { outcome: "declined" } : {}) },
    },
    idempotencyKey: key,
  });
  if (status === 201) {
    tally.orders.push(body["id"] as string);
    for (const { sku, quantity } of lines) {
      tally.unitsOrdered.set(sku, (tally.unitsOrdered.get(sku) ?? 0) + quantity);
      const bought = `${person.buyer} ${sku}`;
      tally.unitsByBuyer.set(bought, (tally.unitsByBuyer.get(bought) ?? 0) + quantity);
    }
    return "placed";
  }
  if (status === 402 && payment === "declined") {
    tally.declined += 1;
    return "declined";
  }
  tally.broken.push(`${key}: an order was answered with ${status} ${JSON.stringify(body)}`);
  return "failed";
}
