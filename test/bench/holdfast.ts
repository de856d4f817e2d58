import { type Api, expectSuccess, inParallel } from "../../scripts/api.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { type Connection, openConnection } from "./connection.ts";
import type { Outcome } from "./load.ts";
import { type LiveSocket, openSocket } from "./socket.ts";
import { batchOutcome, type Claim, type Door, doorOf, type Subject } from "./subject.ts";

export const HEADERS = `authorization: Bearer ${LOCAL_SECRET_KEY}\r\ncontent-type: application/json\r\n`;
const LOCATION = "BENCH-1";
export const HOLD_TTL_SECONDS = 900;
const ADDRESS = {
  name: "Bench Buyer",
  line1: "1 Test Street",
  city: "Berlin",
  postal_code: "10115",
  country: "DE",
};

export function holdfast(api: Api, door: Door): Subject {
  return {
    name: "Holdfast",
    stockUp: (stock, buyerLimit) => stockUp(api, stock, buyerLimit),
    left: async (sku) => {
      if (sku === null) return null;
      const report = await expectSuccess(api("GET", `/v1/skus/${sku}/stock`));
      return report["available"] as number;
    },
    door,
  };
}

/** One HTTP request a hold, or one for a hundred. */
export function httpDoor(port: number): Door {
  return doorOf({
    open: () => openConnection(port),
    hold: async (connection, claim) => outcomeOf(await takeHold(connection, claim)),
    holdMany: async (connection: Connection, key, claims) => {
      const { status, body } = await connection.send(
        "POST",
        "/v1/holds/batch",
        `${HEADERS}idempotency-key: ${key}\r\n`,
        JSON.stringify({ items: claims.map(itemOf) }),
      );
      return batchOutcome(body, claims, status === 200);
    },
    order: placeOrder,
  });
}

/** A socket of a server that speaks for many buyers: one message in flight. */
type AskingSocket = LiveSocket & { readonly ask: (text: string) => Promise<string> };

export function socketDoor(port: number, sku: string): Door {
  return doorOf({
    open: () => openAsking(port, `/v1/live?skus=${sku}`),
    hold: async (socket, claim) => {
      const text = await socket.ask(JSON.stringify({ type: "hold", ref: claim.key, ...itemOf(claim) }));
      if (text.includes('"ok":true')) return { kind: "accepted", decisions: 1, accepted: 1 };
      if (text.includes('"sold_out"')) return { kind: "refused", decisions: 1 };
      return { kind: "failed", decisions: 1, why: text.slice(0, 200) };
    },
    holdMany: async (socket: AskingSocket, key, claims) => {
      const text = await socket.ask(JSON.stringify({ type: "holds", ref: key, items: claims.map(itemOf) }));
      return batchOutcome(text, claims, true);
    },
  });
}

async function openAsking(port: number, path: string): Promise<AskingSocket> {
  let waiting: { resolve: (text: string) => void; reject: (error: Error) => void } | null = null;
  const socket = await openSocket({
    port,
    path,
    headers: `authorization: Bearer ${LOCAL_SECRET_KEY}\r\n`,
    onText: (text) => {
      if (text.startsWith('{"type":"check"')) {
        socket.send(JSON.stringify({ type: "checked", id: (JSON.parse(text) as { id: number }).id }));
        return;
      }
      // Stock comes in between.
      if (waiting === null || !text.startsWith('{"type":"result')) return;
      const { resolve } = waiting;
      waiting = null;
      resolve(text);
    },
    onClose: (reason) => waiting?.reject(new Error(`socket closed: ${reason}`)),
  });
  return {
    ...socket,
    ask: (text) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.send(text);
      }),
  };
}

function itemOf({ key, lines }: Claim) {
  return { idempotency_key: key, buyer: key, lines, ttl_seconds: HOLD_TTL_SECONDS };
}

function takeHold(connection: Connection, { key, lines }: Claim) {
  return connection.send(
    "POST",
    "/v1/holds",
    `${HEADERS}idempotency-key: ${key}\r\n`,
    JSON.stringify({ lines, buyer: key, ttl_seconds: HOLD_TTL_SECONDS }),
  );
}

function outcomeOf({ status, body }: { readonly status: number; readonly body: string }): Outcome {
  if (status === 201) return { kind: "accepted", decisions: 1, accepted: 1 };
  if (status === 409 && body.includes('"sold_out"')) return { kind: "refused", decisions: 1 };
  return { kind: "failed", decisions: 1, why: `${status} ${body.slice(0, 200)}` };
}

async function placeOrder(connection: Connection, claim: Claim): Promise<Outcome> {
  const held = await takeHold(connection, claim);
  if (held.status !== 201) return outcomeOf(held);
  const { id } = JSON.parse(held.body) as { id: string };
  return outcomeOf(
    await connection.send(
      "POST",
      "/v1/orders",
      `${HEADERS}idempotency-key: ${claim.key}-order\r\n`,
      JSON.stringify({
        hold: id,
        customer: { email: `${claim.key}@bench.example`, name: "Bench Buyer" },
        shipping_address: ADDRESS,
        payment: { provider: "manual" },
      }),
    ),
  );
}

/** Makes the SKUs known and puts their stock at one location. */
export async function stockUp(
  api: Api,
  stock: ReadonlyMap<string, number>,
  buyerLimit: number | null,
): Promise<void> {
  await expectSuccess(
    api("PUT", `/v1/locations/${LOCATION}`, {
      body: { name: "Bench", type: "warehouse", address: { country: "DE" }, ships: true, pickup: false },
    }),
  );
  await inParallel([...stock.keys()], 32, async (sku) => {
    await expectSuccess(
      api("PUT", `/v1/skus/${sku}`, {
        body: {
          title: `Bench ${sku}`,
          prices: [{ currency: "EUR", amount: 1999 }],
          ...(buyerLimit === null ? {} : { buyer_limit: buyerLimit }),
        },
      }),
    );
  });
  const movements = [...stock].map(([sku, quantity]) => ({
    sku,
    location: LOCATION,
    kind: "received",
    quantity,
  }));
  for (let at = 0; at < movements.length; at += 500) {
    const chunk = movements.slice(at, at + 500);
    await expectSuccess(
      api("POST", "/v1/stock/movements", {
        body: { movements: chunk },
        idempotencyKey: `stock-up-${chunk[0]?.sku}`,
      }),
    );
  }
}
