import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, expect, test } from "vitest";

import { orderBody, startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

/**
 * Resend as other people imitate it, with its idempotency keys. What stands in between passes every call on, and loses
 * some of the answers: then nobody but Resend knows that the mail went out.
 */
let resend: Emulator;
let shop: TestEngine;
const LOST_MAX = 6;
let calls = 0;
const seen = new Set<string>();

const relay = createServer((request, response) => {
  void (async () => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const key = String(request.headers["idempotency-key"]);
    const answer = await fetch(`${resend.url}${request.url ?? ""}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: String(request.headers.authorization),
        "idempotency-key": key,
      },
      body,
    });
    calls += 1;
    const isFirst = !seen.has(key);
    seen.add(key);
    if (isFirst && seen.size <= LOST_MAX) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  })();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  resend = await createEmulator({
    service: "resend",
    port: 0,
    seed: { resend: { domains: [{ name: "shop.example" }] } },
  });
  const { port } = relay.address() as AddressInfo;
  shop = await startTestEngine({
    vars: {
      MAIL_PROVIDER: "resend",
      RESEND_API_KEY: "re_emulator",
      RESEND_API_BASE: `http://127.0.0.1:${port}`,
    },
  });
  await stockShop(shop.secret, { "LAMP-1": 50 });
});
afterAll(async () => {
  await shop.end();
  await resend.close();
  await new Promise((resolve) => relay.close(resolve));
});

type Sent = { readonly to: ReadonlyArray<string>; readonly subject: string };

async function mailbox(): Promise<ReadonlyArray<Sent>> {
  const answer = await fetch(`${resend.url}/emails`, { headers: { authorization: "Bearer re_emulator" } });
  return ((await answer.json()) as { data: ReadonlyArray<Sent> }).data;
}

test("each buyer gets one mail of each kind, though answers are lost", async () => {
  const brand = { name: "Lumen", sender_email: "orders@shop.example" };
  expect((await shop.secret("PUT", "/v1/brands/main", { body: brand })).status).toBe(200);
  const buyers = Array.from({ length: 5 }, (_, index) => `buyer-${index}@mail.example`);
  for (const email of buyers) {
    const held = await shop.secret("POST", "/v1/holds", {
      body: { lines: [{ sku: "LAMP-1", quantity: 1 }], buyer: email.replace("@", ".") },
      idempotencyKey: `hold-${email.replace("@", ".")}`,
    });
    const placed = await shop.secret("POST", "/v1/orders", {
      body: { ...orderBody(String(held.body["id"])), customer: { email } },
      idempotencyKey: `order-${email.replace("@", ".")}`,
    });
    expect(placed.status).toBe(201);
  }
  const wanted = buyers.flatMap((email) =>
    ["Your order", "is on its way", "was delivered"].map((said) => `${email}: ${said}`),
  );
  const kinds = (mails: ReadonlyArray<Sent>) =>
    mails.flatMap(({ to, subject }) =>
      ["Your order", "is on its way", "was delivered"]
        .filter((said) => subject.includes(said))
        .map((said) => `${String(to[0])}: ${said}`),
    );
  const arrived = await until(
    async () => {
      await shop.engine.fireCron("* * * * *");
      return kinds(await mailbox());
    },
    (mails) => new Set(mails).size >= wanted.length,
    170,
  );
  expect(arrived.toSorted()).toEqual(wanted.toSorted());
  expect(calls).toBeGreaterThan(arrived.length);
  const listed = await shop.secret("GET", "/v1/messages?status=failed");
  expect(listed.body["data"]).toEqual([]);
});
