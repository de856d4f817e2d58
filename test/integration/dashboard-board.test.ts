import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { tellSockets } from "../../src/durable-objects/board/client.ts";
import { createApp } from "../../src/worker/app.ts";
import { roleScopes } from "../../src/worker/dashboard/roles.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const ORIGIN = "https://holdfast.test";
const app = createApp();
const api = apiClient("sk_test_admin");

beforeAll(async () => {
  await seedKey("sk_test_admin");
  await seedKey("sk_test_shows-only", ["shows:read"]);
  await seedKey("sk_test_viewer", roleScopes.viewer);
});

async function sessionOf(secret: string): Promise<string> {
  const reply = await apiClient(null).send("POST", "/admin/sign-in", {
    body: new URLSearchParams({ secret }).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "cf-connecting-ip": `203.0.113.${secret.length}`,
      origin: ORIGIN,
    },
  });
  return /^[^;]+/.exec(reply.headers.get("set-cookie") ?? "")?.[0] ?? "";
}

function upgrade(path: string, headers: Record<string, string>): Promise<Response> {
  const request = new Request(`${ORIGIN}${path}`, {
    headers: { upgrade: "websocket", origin: ORIGIN, ...headers },
  });
  return Promise.resolve(app.fetch(request, env, createExecutionContext()));
}

/** Messages as they come; each call of `next` waits for one more. */
async function watch(path: string, secret: string) {
  const { webSocket } = await upgrade(path, { cookie: await sessionOf(secret) });
  if (webSocket === null) throw new Error("no socket");
  const waiting: Array<(message: unknown) => void> = [];
  const arrived: Array<unknown> = [];
  webSocket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(data as string);
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(message);
    else taker(message);
  });
  webSocket.accept();
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into messages, and fails where they are not as it says
  const next = (): Promise<any> => {
    const first = arrived.shift();
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
  };
  return { next, close: () => webSocket.close(1000) };
}

test("a board is opened by our own page, by who is signed in and may see it", async () => {
  const viewer = await sessionOf("sk_test_viewer");
  const showsOnly = await sessionOf("sk_test_shows-only");
  const status = async (path: string, headers: Record<string, string>) =>
    (await upgrade(path, headers)).status;
  expect(await status("/admin/live/now", {})).toBe(401);
  expect(await status("/admin/live/now", { cookie: viewer, origin: "https://evil.example" })).toBe(403);
  expect(await status("/admin/live/now", { cookie: showsOnly })).toBe(403);
  expect(await status("/admin/live/now", { cookie: viewer, upgrade: "no" })).toBe(426);
  expect(await status("/admin/live/shows/%2E%2E", { cookie: viewer })).toBe(404);
  const opened = await upgrade("/admin/live/now", { cookie: viewer });
  expect(opened.status).toBe(101);
  opened.webSocket?.accept();
  opened.webSocket?.close();
});

test("everybody who watches a show is told of claims, holds and sales, and of nobody's hold id", async () => {
  await stockUp(api, "BOARD-1", 10);
  await api.put("/v1/shows/board-show", { title: "Board", drops: [{ sku: "BOARD-1", quantity: 5 }] });
  await api.post("/v1/shows/board-show/open", undefined);
  const one = await watch("/admin/live/shows/board-show", "sk_test_viewer");
  const other = await watch("/admin/live/shows/board-show", "sk_test_shows-only");
  expect((await one.next()).show.counters).toMatchObject({ claims: 0, units_held: 0 });

  const claim = { lines: [{ sku: "BOARD-1", quantity: 2 }], buyer: "ada", show: "board-show" };
  const hold = await api.post("/v1/holds", claim);
  for (const watcher of [one, other]) {
    let seen = await watcher.next();
    while (seen.show.counters.units_held === 0) seen = await watcher.next();
    expect(seen.show.drops[0]).toMatchObject({ sku: "BOARD-1", left: 3, quantity: 5 });
    expect(seen.holds).toMatchObject([{ sku: "BOARD-1", buyer: "ada", quantity: 2, status: "active" }]);
    expect(JSON.stringify(seen)).not.toContain(hold.body.id.split(".")[0]);
    watcher.close();
  }
});

test("a board has an answer for a show that is not there", async () => {
  const watcher = await watch("/admin/live/shows/nowhere", "sk_test_viewer");
  expect(await watcher.next()).toMatchObject({ kind: "show", show: null, holds: [] });
  watcher.close();
});

test("what is going on counts gates' sockets, the newest word of each", async () => {
  await tellSockets(env, "gate-1", 40);
  await tellSockets(env, "gate-2", 7);
  await tellSockets(env, "gate-1", 30);
  const watcher = await watch("/admin/live/now", "sk_test_viewer");
  const board = await watcher.next();
  expect(board).toMatchObject({ kind: "now", sockets: 37 });
  expect(board.minutes).toHaveLength(60);
  await tellSockets(env, "gate-1", 0);
  let seen = await watcher.next();
  while (seen.sockets !== 7) seen = await watcher.next();
  watcher.close();
});

test("whoever watches may not speak", async () => {
  const { webSocket } = await upgrade("/admin/live/now", { cookie: await sessionOf("sk_test_viewer") });
  const closed = new Promise<CloseEvent>((resolve) => webSocket?.addEventListener("close", resolve));
  webSocket?.accept();
  webSocket?.send("hold everything");
  expect((await closed).code).toBe(1008);
});
