import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import {
  orderBody,
  shippingAddress,
  startTestEngine,
  stockShop,
  type TestEngine,
  until,
} from "./support/engine.ts";

/** Nobody else's words, so that a find is a leak. */
const canaries = {
  email: "kanarienvogel-4711@leak.example",
  name: "Quirinus Kanarienvogel",
  phone: "+49 30 4711 99 0815",
  line1: "Kanariengasse 4711",
};

let shop: TestEngine;
beforeAll(async () => {
  shop = await startTestEngine();
  await stockShop(shop.secret, { "LAMP-1": 10 });
});
afterAll(() => shop.end());

const personalTables = new Set(["customer", "orders"]);

async function tablesWith(canary: string): Promise<ReadonlyArray<string>> {
  const { results: tables } = await shop.engine.database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    )
    .all<{ name: string }>();
  const found: Array<string> = [];
  for (const { name } of tables) {
    const { results } = await shop.engine.database.prepare(`SELECT * FROM "${name}"`).all();
    if (JSON.stringify(results).includes(canary)) found.push(name);
  }
  return found;
}

/** Files of a folder that contain the text, read as bytes, free pages and write-ahead logs included. */
function filesWith(folder: string, text: string): ReadonlyArray<string> {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, "latin1").includes(text));
}

test("an e-mail, name, phone and street go into an order and are found in the customer and order tables only", async () => {
  const place = async (buyer: string, outcome: "approved" | "declined") => {
    const held = await shop.secret("POST", "/v1/holds", {
      body: { lines: [{ sku: "LAMP-1", quantity: 1 }], buyer },
      idempotencyKey: `hold-${buyer}`,
    });
    return shop.secret("POST", "/v1/orders", {
      body: {
        ...orderBody(held.body["id"] as string),
        customer: { email: canaries.email, name: canaries.name, phone: canaries.phone },
        shipping_address: {
          ...shippingAddress,
          name: canaries.name,
          phone: canaries.phone,
          line1: canaries.line1,
        },
        payment: { provider: "manual", outcome },
      },
      idempotencyKey: `order-${buyer}`,
    });
  };
  const placed = await place("buyer-1", "approved");
  expect(placed.status).toBe(201);
  expect((await place("buyer-2", "declined")).status).toBe(402);
  // A body that fits no schema must not be quoted back into a log either.
  const odd = await shop.secret("POST", "/v1/orders", {
    body: { hold: 7, customer: { email: canaries.email }, surprise: canaries.phone },
    idempotencyKey: "order-odd",
  });
  expect(odd.status).toBe(422);

  const done = await until(
    () => shop.secret("GET", `/v1/orders/${String(placed.body["id"])}`),
    ({ body }) => body["status"] === "completed",
  );
  expect(done.body["status"]).toBe("completed");
  // Seen where it belongs: the search below would find it.
  expect(JSON.stringify(done.body)).toContain(canaries.email);
  await shop.engine.fireCron("* * * * *");

  const metrics = JSON.stringify((await shop.secret("GET", "/metrics")).body);
  for (const [name, canary] of Object.entries(canaries)) {
    expect([name, metrics.includes(canary)]).toEqual([name, false]);
    expect([name, shop.logs.filter(({ message }) => message.includes(canary))]).toEqual([name, []]);
    const elsewhere = (await tablesWith(canary)).filter((table) => !personalTables.has(table));
    expect([name, elsewhere]).toEqual([name, []]);
    expect([name, filesWith(path.join(shop.stateDir, "do"), canary)]).toEqual([name, []]);
    const inFiles = filesWith(shop.stateDir, canary).map((file) => path.relative(shop.stateDir, file));
    expect([name, inFiles.filter((file) => !file.startsWith("d1/"))]).toEqual([name, []]);
  }
});
