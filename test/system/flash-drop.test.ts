import { afterAll, beforeAll, expect, test } from "vitest";

import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { type Connection, openConnection, type RawAnswer } from "../bench/connection.ts";
import { startTestEngine, stockShop, type TestEngine } from "./support/engine.ts";

const ROUNDS = 20;
const UNITS = 50;
const BUYERS = 500;

let shop: TestEngine;
let crowd: ReadonlyArray<Connection>;

beforeAll(async () => {
  shop = await startTestEngine();
  const skus = Array.from({ length: ROUNDS }, (_, round) => [`DROP-${round}`, UNITS] as const);
  await stockShop(shop.secret, Object.fromEntries(skus));
  crowd = await Promise.all(Array.from({ length: BUYERS }, () => openConnection(shop.port)));
});
afterAll(async () => {
  for (const connection of crowd) connection.close();
  await shop.end();
});

/** Every buyer at once, each on a connection of their own. */
function askAtOnce(sku: string): Promise<Array<RawAnswer>> {
  return Promise.all(
    crowd.map((connection, buyer) =>
      connection.send(
        "POST",
        "/v1/holds",
        `authorization: Bearer ${LOCAL_SECRET_KEY}\r\ncontent-type: application/json\r\nidempotency-key: ${sku}-${buyer}\r\n`,
        JSON.stringify({ lines: [{ sku, quantity: 1 }], buyer: `buyer-${buyer}` }),
      ),
    ),
  );
}

test("of 500 concurrent buyers for 50 units exactly 50 are accepted, 20 rounds long, and each retry is answered the same", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const sku = `DROP-${round}`;
    const answers = await askAtOnce(sku);
    const accepted = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status, body }) => status === 409 && body.includes('"sold_out"'));
    expect([round, accepted.length, refused.length]).toEqual([round, UNITS, BUYERS - UNITS]);

    const repeats = await askAtOnce(sku);
    // A refusal carries the id of its own request; a hold is the same to the last byte.
    const otherwise = repeats.filter(({ status, body }, buyer) => {
      const first = answers[buyer];
      return status !== first?.status || (status === 201 && body !== first.body);
    });
    expect(otherwise).toEqual([]);

    const { body: stock } = await shop.secret("GET", `/v1/skus/${sku}/stock`);
    expect(stock).toMatchObject({ available: 0, held: UNITS, committed: 0 });
  }
});
