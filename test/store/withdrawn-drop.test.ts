import { expect, test } from "vitest";

import type { PutDrop } from "../../src/domain/inventory/sku-port.ts";
import { BERLIN, MUG, takeHoldCommand } from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

const drop = (rest: Partial<PutDrop> = {}): PutDrop => ({
  show: "friday",
  quantity: 6,
  policy: "hold_on_claim",
  buyerLimit: null,
  ttlSeconds: 600,
  opensAtMs: null,
  endsAtMs: null,
  drawsAtMs: null,
  ...rest,
});

function stocked(): SkuHarness {
  const harness = new SkuHarness({ sku: MUG, buyerLimit: null, backorderLimit: 0 });
  harness.move({ id: "mov_1", kind: "received", location: BERLIN, quantity: 10, reason: null });
  return harness;
}

test("a drop that was closed before it began can be set up once more, with its units fenced in once", () => {
  const harness = stocked();
  for (const opensAtMs of [null, harness.nowMs + 60_000]) {
    expect(harness.putDrop(drop({ opensAtMs })).ok).toBe(true);
    harness.closeDrop("friday");
    expect(harness.report()).toMatchObject({ available: 10, ringFenced: 0 });
    expect(harness.putDrop(drop({ quantity: 9, opensAtMs })).ok).toBe(true);
    expect(harness.report()).toMatchObject({ available: 1, ringFenced: 9 });
    harness.closeDrop("friday");
  }
  expect(harness.putDrop(drop({ quantity: 11 }))).toMatchObject({
    ok: false,
    error: { code: "stock_insufficient", available: 10 },
  });
  expect(harness.putDrop(drop({ opensAtMs: harness.nowMs })).ok).toBe(true);
  expect(harness.takeHolds([takeHoldCommand("k1", { show: "friday" })])[0]?.ok).toBe(true);
});

test("a drop that had begun stays closed", () => {
  const harness = stocked();
  expect(harness.putDrop(drop({ opensAtMs: harness.nowMs })).ok).toBe(true);
  harness.closeDrop("friday");
  expect(harness.putDrop(drop())).toMatchObject({ ok: false, error: { code: "drop_closed" } });
});

test("a lottery that is set up once more keeps the seed whose hash was published", () => {
  const harness = stocked();
  const first = harness.putDrop(drop({ policy: "lottery" }));
  harness.closeDrop("friday");
  const second = harness.putDrop(drop({ policy: "lottery" }));
  expect(first.ok && second.ok && second.value.seedHash === first.value.seedHash).toBe(true);
});
