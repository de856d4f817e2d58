import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";

import { buildClient } from "../../scripts/build-client.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { answered, createClient, type HoldfastClient } from "../../src/client/client.ts";
import { startTestEngine, stockShop, type TestEngine } from "./support/engine.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
let shop: TestEngine;
let client: HoldfastClient;
beforeAll(async () => {
  shop = await startTestEngine();
  client = createClient({ url: shop.engine.url, key: LOCAL_SECRET_KEY });
  await stockShop(shop.secret, { "MUG-BLUE": 5, "MUG-RED": 5, "MUG-TEAL": 5 });
});
afterAll(() => shop.end());

test("the package, packed and put into a project of its own, type-checks there and does what its page says", async () => {
  const project = mkdtempSync(path.join(os.tmpdir(), "holdfast-client-"));
  try {
    await buildClient(path.join(project, "node_modules/@holdfast/client"));
    symlinkSync(path.join(ROOT, "node_modules/zod"), path.join(project, "node_modules/zod"));
    const page = readFileSync(path.join(ROOT, "docs/client.md"), "utf8");
    const [example = ""] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    const wrong = `
      // @ts-expect-error -- the contract has no such operation
      void (() => shop.call("takeHoldz"));
      // @ts-expect-error -- a quantity is a number
      void (() => shop.call("takeHold", { body: { lines: [{ sku: "MUG-BLUE", quantity: "1" }], buyer: "ada" } }));
      // @ts-expect-error -- what is answered has no such member
      void (() => answered(shop.call("listSkus")).then(({ nothing }) => nothing));
    `;
    mkdirSync(path.join(project, "src"));
    writeFileSync(path.join(project, "package.json"), '{"type":"module"}');
    writeFileSync(
      path.join(project, "src/example.ts"),
      example.replaceAll("http://localhost:8787", shop.engine.url) + wrong,
    );
    const strict = {
      compilerOptions: {
        module: "nodenext",
        target: "es2023",
        lib: ["es2023", "dom"],
        strict: true,
        noEmit: true,
        types: [],
      },
      include: ["src"],
    };
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(strict));
    await run(process.execPath, [path.join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project]);
    const { stdout } = await run(process.execPath, [path.join(project, "src/example.ts")], { cwd: project });
    expect(stdout).toMatch(/^hold_\w+\.MUG-BLUE \d{4}-.*Z\n4\n$/);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});

test("a list is read to its end, and a refusal is a value, or thrown where it is taken for granted", async () => {
  const skus: Array<string> = [];
  for await (const { sku } of client.list("listSkus", { query: { limit: 1 } })) skus.push(sku);
  expect(skus).toEqual(["MUG-BLUE", "MUG-RED", "MUG-TEAL"]);
  const unknown = { params: { sku: "MUG-NONE" } };
  expect(await client.call("getStock", unknown)).toMatchObject({
    ok: false,
    problem: { code: "sku_unknown", status: 404 },
  });
  await expect(answered(client.call("getStock", unknown))).rejects.toThrow("sku_unknown");
});

test("a live connection tells of stock, and claims by it are those of HTTP", async () => {
  const seen: Array<number> = [];
  const live = client.live({
    on: { skus: ["MUG-RED"] },
    buyer: "ada",
    onNews: (news) => {
      if (news.type === "stock") seen.push(news.available);
    },
  });
  const wish = { lines: [{ sku: "MUG-RED", quantity: 2 }] };
  const first = await live.ask({ type: "hold", idempotency_key: "live-1", ...wish });
  expect(first).toMatchObject({ ok: true, hold: { status: "active", buyer: "ada" } });
  const again = await client.call("takeHold", { body: { ...wish, buyer: "ada" }, idempotencyKey: "live-1" });
  expect(again.ok && first.ok ? again.body.id : null).toBe(first.ok ? first.hold?.id : undefined);
  expect(
    await live.ask({ type: "hold", idempotency_key: "live-2", lines: [{ sku: "MUG-RED", quantity: 9 }] }),
  ).toMatchObject({
    ok: false,
    problem: { code: "sold_out", available: 3 },
  });
  await expect.poll(() => seen, { timeout: 45_000 }).toEqual([3]);
  live.close();
  expect(await live.ask({ type: "hold", idempotency_key: "live-3", ...wish })).toMatchObject({
    problem: { code: "unreachable" },
  });
});
