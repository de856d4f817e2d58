import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { openLive, type LiveMessage } from "../support/live-client.ts";

const SECRET = "sk_test_hostile-gate";
const PAGE = "pk_test_hostile-gate";
const SKU = "HOSTILE";
const api = apiClient(SECRET);
beforeAll(async () => {
  await seedKey(SECRET);
  await seedKey(PAGE);
  await stockUp(api, SKU, 100_000);
});

let buyers = 0;
async function page() {
  buyers += 1;
  const buyer = `hostile-${buyers}`;
  const socket = await openLive(`/v1/live?skus=${SKU}&key=${PAGE}&buyer=${buyer}`);
  await socket.ofType("snapshot");
  return { buyer, socket };
}
const item = (rest: object = {}) => ({
  idempotency_key: crypto.randomUUID(),
  lines: [{ sku: SKU, quantity: 1 }],
  ...rest,
});
const hold = (rest: object = {}) => ({ type: "hold", ref: "r", ...item(rest) });
const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test.each([
  ["nothing", "", null, "malformed"],
  ["no JSON", "hold me", null, "malformed"],
  ["half a message", '{"type":"hold"', null, "malformed"],
  ["a number that is none", '{"type":"ping","x":1e400}', null, "request_invalid"],
  ["a list", "[]", null, "request_invalid"],
  ["null", "null", null, "request_invalid"],
  ["a deep list", deep(1_500), null, "request_invalid"],
  ["no type", '{"ref":"a"}', "a", "request_invalid"],
  ["an unknown type", '{"type":"buy","ref":"a"}', "a", "request_invalid"],
  ["no ref", JSON.stringify(hold({ ref: undefined })), null, "request_invalid"],
  ["a ref that is a number", JSON.stringify(hold({ ref: 7 })), null, "request_invalid"],
  ["an empty basket", JSON.stringify(hold({ lines: [] })), "r", "request_invalid"],
  ["nothing of a SKU", JSON.stringify(hold({ lines: [{ sku: SKU, quantity: 0 }] })), "r", "request_invalid"],
  [
    "less than nothing",
    JSON.stringify(hold({ lines: [{ sku: SKU, quantity: -1 }] })),
    "r",
    "request_invalid",
  ],
  ["half a unit", JSON.stringify(hold({ lines: [{ sku: SKU, quantity: 1.5 }] })), "r", "request_invalid"],
  ["units in words", JSON.stringify(hold({ lines: [{ sku: SKU, quantity: "1" }] })), "r", "request_invalid"],
  [
    "a SKU with a line break",
    JSON.stringify(hold({ lines: [{ sku: "A\n", quantity: 1 }] })),
    "r",
    "request_invalid",
  ],
  ["a member too many", JSON.stringify(hold({ price: 0 })), "r", "request_invalid"],
  ["another's prototype", '{"type":"hold","ref":"r","__proto__":{"lines":[]}}', "r", "request_invalid"],
  ["a key with a space", JSON.stringify(hold({ idempotency_key: "a b" })), "r", "request_invalid"],
  ["a long life", JSON.stringify(hold({ ttl_seconds: 1e9 })), "r", "request_invalid"],
  ["another buyer", JSON.stringify(hold({ buyer: "victim" })), "r", "forbidden"],
  ["many claims of a page", JSON.stringify({ type: "holds", ref: "r", items: [item()] }), "r", "forbidden"],
  ["somebody's hold", '{"type":"release","ref":"r","hold":"hold_0"}', "r", "hold_unknown"],
  [
    "somebody's place",
    `{"type":"leave","ref":"r","sku":"${SKU}","waitlist":"wtl_0"}`,
    "r",
    "waitlist_unknown",
  ],
])("%s is refused, and the socket stays", async (_, text, ref, code) => {
  const { socket } = await page();
  socket.sendRaw(text);
  const answer = await socket.ofType("result");
  expect({ ref: answer.ref, ok: answer.ok, code: answer.problem.code }).toEqual({ ref, ok: false, code });
  expect((await socket.ask(hold())).ok).toBe(true);
});

test("a binary message, a large one and a flood end the socket with a reason", async () => {
  const binary = await page();
  binary.socket.sendRaw(new Uint8Array([123, 125]).buffer);
  expect(await binary.socket.closed).toMatchObject({ code: 1003 });

  const large = await page();
  large.socket.sendRaw(JSON.stringify({ type: "ping", padding: "x".repeat(4_096) }));
  expect(await large.socket.closed).toMatchObject({ code: 1009 });
  // Bytes count, and not characters.
  const wide = await page();
  wide.socket.sendRaw(JSON.stringify({ type: "ping", padding: "€".repeat(1_500) }));
  expect(await wide.socket.closed).toMatchObject({ code: 1009 });

  const flood = await page();
  for (let sent = 0; sent < 40; sent += 1) flood.socket.send(hold({ ref: String(sent) }));
  expect(await flood.socket.closed).toMatchObject({ code: 1008, reason: "too many messages" });
});

test("a server may send a hundred claims of 64 KB, and not one more", async () => {
  const socket = await openLive(`/v1/live?skus=${SKU}&key=${SECRET}`);
  const items = Array.from({ length: 101 }, (_, index) => item({ buyer: `b${index}-${"x".repeat(100)}` }));
  const whole = await socket.ask({ type: "holds", items: items.slice(0, 100) });
  expect(whole.items.filter(({ ok }: LiveMessage) => ok)).toHaveLength(100);
  expect((await socket.ask({ type: "holds", items })).problem.code).toBe("request_invalid");
  expect((await socket.ask({ type: "holds", items: [] })).problem.code).toBe("request_invalid");
  const nameless = await socket.ask({ type: "holds", items: [{ ...items[0], buyer: undefined }, items[1]] });
  expect(nameless.items.map(({ ok, problem }: LiveMessage) => ok || problem.code)).toEqual([
    "request_invalid",
    true,
  ]);
  socket.sendRaw("x".repeat(65_537));
  expect(await socket.closed).toMatchObject({ code: 1009 });
});

test("a ping is answered, by the platform where it is spelled as documented", async () => {
  const { socket } = await page();
  socket.send({ type: "ping" });
  expect(await socket.ofType("pong")).toEqual({ type: "pong" });
  socket.sendRaw('{ "type": "ping" }');
  expect(await socket.ofType("pong")).toEqual({ type: "pong" });
});
