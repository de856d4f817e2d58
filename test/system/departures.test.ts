import { connect } from "node:net";

import { afterAll, beforeAll, expect, test } from "vitest";

import { inParallel, listAll } from "../../scripts/api.ts";
import { auditSku } from "../../scripts/demo/audit.ts";
import { seededRandom } from "../../scripts/random.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { orderBody, startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

const BUYERS = 200;
const SKU = "LAMP-1";
const random = seededRandom(11);

let shop: TestEngine;
beforeAll(async () => {
  shop = await startTestEngine({ vars: { FULFILLMENT_MODE: "manual" } });
  await stockShop(shop.secret, { [SKU]: 1_000 });
});
afterAll(() => shop.end());

/** Sends a request and leaves at some moment: before it was read, while it is decided, or after it was answered. */
function askAndLeave(path: string, key: string, body: unknown): Promise<void> {
  const text = JSON.stringify(body);
  return new Promise((left) => {
    const socket = connect({ port: shop.port, host: "127.0.0.1", noDelay: true }, () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer ${LOCAL_SECRET_KEY}\r\n` +
          `content-type: application/json\r\nidempotency-key: ${key}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
      setTimeout(() => socket.destroy(), random() * 12);
    });
    socket.on("error", () => {});
    socket.on("close", () => left());
  });
}

test("a client that leaves at a random moment and retries with the same key has one hold and one order, 200 times", async () => {
  const holds = new Set<string>();
  const orders = new Set<string>();
  await inParallel(Array.from({ length: BUYERS }), 8, async (_, buyer) => {
    const claim = { lines: [{ sku: SKU, quantity: 1 }], buyer: `buyer-${buyer}` };
    await askAndLeave("/v1/holds", `hold-${buyer}`, claim);
    const held = await shop.secret("POST", "/v1/holds", { body: claim, idempotencyKey: `hold-${buyer}` });
    expect(held.status).toBe(201);
    const hold = held.body["id"] as string;
    holds.add(hold);

    await askAndLeave("/v1/orders", `order-${buyer}`, orderBody(hold));
    // The first request may still be under way, which is said and not an answer.
    const placed = await until(
      () => shop.secret("POST", "/v1/orders", { body: orderBody(hold), idempotencyKey: `order-${buyer}` }),
      ({ status, body }) =>
        status === 201 || !["idempotency_in_progress", "hold_paying"].includes(String(body["code"])),
    );
    expect(placed.status, JSON.stringify(placed.body)).toBe(201);
    orders.add(placed.body["id"] as string);
  });

  expect(holds.size).toBe(BUYERS);
  expect(orders.size).toBe(BUYERS);
  const listed = await listAll<{ id: string }>(shop.secret, "/v1/orders?limit=200");
  expect(new Set(listed.map(({ id }) => id))).toEqual(orders);
  expect(listed).toHaveLength(BUYERS);

  const stock = await until(
    () => shop.secret("GET", `/v1/skus/${SKU}/stock`),
    ({ body }) => body["held"] === 0,
  );
  expect(stock.body).toMatchObject({ available: 1_000 - BUYERS, held: 0 });
  expect(await auditSku(shop.secret, SKU)).toEqual([]);
});
