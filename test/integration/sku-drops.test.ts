import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { objectName } from "../../src/durable-objects/shared/object-name.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { BERLIN, joinWaitlistCommand, putDropCommand, takeHoldCommand } from "../support/sku-fixture.ts";

let serial = 0;

async function shop(units: number) {
  serial += 1;
  const sku = `DROP-${serial}` as Sku;
  const port = skuClient(env, sku);
  await port.configure({ sku, buyerLimit: null, backorderLimit: 0 });
  await port.move([{ id: "delivery", kind: "received", location: BERLIN, quantity: units, reason: null }]);
  return { sku, port, stub: env.SKU.getByName(objectName("sku", sku)) };
}

test("a drop, its holds and its line survive eviction and a crash, and go on where they were", async () => {
  const { port, stub } = await shop(3);
  await port.putDrop(putDropCommand("S", { quantity: 2, buyerLimit: 1 }));
  const [taken] = await port.takeHolds([
    takeHoldCommand("a", { show: "S" }),
    takeHoldCommand("b", { show: "S" }),
  ]);
  expect(taken?.ok).toBe(true);
  for (const key of ["w1", "w2"]) await port.joinWaitlist(joinWaitlistCommand(key, { show: "S" }));
  const before = await port.readDrop("S", "figures");
  await evictDurableObject(stub);
  expect(await port.readDrop("S", "figures")).toEqual(before);
  await port.releaseHold("a");
  await abortAllDurableObjects();
  expect((await port.readWaitlist("w1"))?.entry.status).toBe("offered");
  expect(await port.readWaitlist("w2")).toMatchObject({ entry: { status: "waiting" }, position: 1 });
  expect(await port.takeHolds([takeHoldCommand("late", { show: "S" })])).toMatchObject([
    { ok: false, error: { code: "sold_out" } },
  ]);
  expect(await port.stock()).toMatchObject({ available: 1, held: 2, ringFenced: 0 });
});

test("a buyer who joins while units are there is offered them in the same answer", async () => {
  const { port } = await shop(1);
  const joined = await port.joinWaitlist(joinWaitlistCommand("w"));
  expect(joined).toMatchObject({ ok: true, value: { entry: { status: "offered" }, position: null } });
  expect(await port.readHold("w")).toMatchObject({ status: "active", quantity: 1 });
  // A repeat finds the entry, whatever became of it.
  await port.leaveWaitlist("w");
  expect(await port.joinWaitlist(joinWaitlistCommand("w"))).toMatchObject({
    ok: true,
    value: { entry: { status: "lapsed" } },
  });
});

test("the alarm is set for what comes first: a hold's end, a drop's opening, draw or end", async () => {
  const { port, stub } = await shop(3);
  const alarm = () => runInDurableObject(stub, (_object, state) => state.storage.getAlarm());
  const nowMs = Date.now();
  await port.putDrop(putDropCommand("S", { opensAtMs: nowMs + 500_000, endsAtMs: nowMs + 900_000 }));
  expect(await alarm()).toBe(nowMs + 500_000);
  await port.putDrop(putDropCommand("S", { opensAtMs: nowMs + 400_000, endsAtMs: nowMs + 900_000 }));
  expect(await alarm()).toBe(nowMs + 400_000);
});

test("a lottery's seed is made once, hidden before the draw, and the draw shows what is needed to repeat it", async () => {
  const { port } = await shop(5);
  const put = await port.putDrop(putDropCommand("S", { policy: "lottery", quantity: 1 }));
  const again = await port.putDrop(putDropCommand("S", { policy: "lottery", quantity: 2 }));
  const hash = put.ok ? put.value.drop.seedHash : null;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toMatchObject({ ok: true, value: { drop: { seedHash: hash, seed: null } } });
  for (const key of ["e1", "e2", "e3"]) await port.takeHolds([takeHoldCommand(key, { show: "S" })]);
  expect(await port.readDraw("S", { afterPosition: 0, limit: 100 })).toMatchObject({
    seed: null,
    seedHash: hash,
    drawnAtMs: null,
  });
  await port.drawDrop("S");
  const draw = await port.readDraw("S", { afterPosition: 0, limit: 100 });
  expect(draw?.seed).toMatch(/^[0-9a-z]{51}$/);
  expect(draw?.entries.map(({ status }) => status)).toEqual(["offered", "offered", "waiting"]);
});

test("whoever begins to watch is told what is, with the offers that live", async () => {
  const { sku, port } = await shop(3);
  await port.putDrop(putDropCommand("S", { quantity: 1 }));
  await port.takeHolds([takeHoldCommand("a", { show: "S" })]);
  await port.joinWaitlist(joinWaitlistCommand("w", { show: "S" }));
  await port.releaseHold("a");
  expect(await port.watch("gate/test")).toMatchObject({
    sku,
    available: 2,
    drops: [{ show: "S", status: "open", left: 0 }],
    events: [{ type: "offered", buyer: "buyer-w", hold: { key: "w", show: "S" } }],
  });
  await port.unwatch("gate/test");
});
