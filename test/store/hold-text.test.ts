import fc from "fast-check";
import { expect, test } from "vitest";

import {
  readClaims,
  readOutcomes,
  writeClaims,
  writeOutcomes,
} from "../../src/durable-objects/sku/hold-text.ts";
import { BERLIN, buyer, MUG, putDropCommand, takeHoldCommand } from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

const claim = fc
  .record({
    key: fc.integer({ min: 0, max: 9 }),
    buyer: fc.constantFrom("ann", "bob", "cyd"),
    quantity: fc.integer({ min: 1, max: 3 }),
    show: fc.constantFrom("S", "CHECKOUT", "NONE", null),
    location: fc.constantFrom(BERLIN, null),
    device: fc.constantFrom("phone", null),
    arrivedAtMs: fc.constantFrom(1_700_000_000_000, null),
    isGuarded: fc.boolean(),
    basket: fc.constantFrom([{ sku: MUG, quantity: 1 }], null),
  })
  .map(({ key, buyer: name, ...rest }) => takeHoldCommand(`key-${key}`, { buyer: buyer(name), ...rest }));
const change = fc.tuple(
  fc.constantFrom("release", "extend", "pay", "buy", "secure"),
  fc.integer({ min: 0, max: 9 }),
);

test("claims and what became of them are the same after they went as text, whatever happened to a hold meanwhile", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(claim, { minLength: 1, maxLength: 6 }), change), { maxLength: 12 }),
      (rounds) => {
        const sku = new SkuHarness({ sku: MUG, buyerLimit: 5, backorderLimit: 0 });
        sku.move({ id: "in", kind: "received", location: BERLIN, quantity: 14, reason: null });
        sku.putDrop(putDropCommand("S", { quantity: 4, buyerLimit: 2 }));
        sku.putDrop(putDropCommand("CHECKOUT", { quantity: 3, policy: "hold_on_checkout" }));
        for (const [claims, [verb, number]] of rounds) {
          expect(readClaims(writeClaims(claims))).toEqual(claims);
          const outcomes = sku.takeHolds(claims);
          expect(readOutcomes(writeOutcomes(outcomes, claims), claims, MUG)).toEqual(outcomes);
          const key = `key-${number}`;
          if (verb === "release") sku.release(key);
          if (verb === "extend") sku.extend(key, 60);
          if (verb === "pay") sku.startPaying(key, "ord_1");
          if (verb === "buy") sku.convert(key, "ord_2");
          if (verb === "secure") sku.secure(key);
        }
      },
    ),
  );
});
