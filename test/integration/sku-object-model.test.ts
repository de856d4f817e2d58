import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { replayLedger } from "../../src/domain/inventory/ledger.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { BERLIN, buyer, takeHoldCommand } from "../support/sku-fixture.ts";

const UNITS = 8;
const LIMIT = 4;
type Claim = {
  readonly buyer: string;
  readonly quantity: number;
  status: "active" | "paying" | "converted" | "released" | "canceled";
  open: number;
};

const key = fc.integer({ min: 0, max: 9 }).map((n) => `key-${n}`);
const command = fc.oneof(
  fc.record({
    verb: fc.constant("take" as const),
    requests: fc.array(
      fc.record({
        key,
        buyer: fc.constantFrom("ann", "bob", "cyd"),
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
  fc.record({
    verb: fc.constantFrom(
      "release" as const,
      "startPaying" as const,
      "stopPaying" as const,
      "convert" as const,
      "ship" as const,
      "cancel" as const,
    ),
    key,
  }),
  fc.record({ verb: fc.constant("kill" as const) }),
);

// The store's model test in Node walks far more sequences; this one proves that the object in workerd is the same thing.
test("random commands to the object, killed at random, do what a model in a few lines does", async () => {
  let serial = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
      serial += 1;
      const sku = `MODEL-${serial}` as Sku;
      const port = skuClient(env, sku);
      await port.configure({ sku, buyerLimit: LIMIT, backorderLimit: 0 });
      await port.move([
        { id: "delivery", kind: "received", location: BERLIN, quantity: UNITS, reason: null },
      ]);
      const claims = new Map<string, Claim>();
      let shipped = 0;
      let version = 0;
      const isOpen = (claim: Claim) => claim.status === "active" || claim.status === "paying";
      const promised = () =>
        [...claims.values()].reduce((sum, claim) => sum + (isOpen(claim) ? claim.quantity : claim.open), 0);
      const counted = (name: string) =>
        [...claims.values()].reduce(
          (sum, claim) =>
            sum +
            (claim.buyer === name && claim.status !== "released" && claim.status !== "canceled"
              ? claim.quantity
              : 0),
          0,
        );

      for (const step of commands) {
        if (step.verb === "kill") await abortAllDurableObjects();
        else if (step.verb === "take") {
          const answers = await port.takeHolds(
            step.requests.map(({ key: holdKey, buyer: name, quantity }) =>
              takeHoldCommand(holdKey, { buyer: buyer(name), quantity }),
            ),
          );
          for (const [index, request] of step.requests.entries()) {
            const earlier = claims.get(request.key);
            const answer = answers[index];
            const said = answer?.ok === true ? "ok" : answer?.error.code;
            if (earlier !== undefined) {
              expect(said).toBe(
                earlier.buyer === request.buyer && earlier.quantity === request.quantity
                  ? "ok"
                  : "idempotency_key_reused",
              );
              continue;
            }
            const expected =
              counted(request.buyer) + request.quantity > LIMIT
                ? "limit_reached"
                : request.quantity > UNITS - shipped - promised()
                  ? "sold_out"
                  : "ok";
            expect(said).toBe(expected);
            if (expected === "ok")
              claims.set(request.key, {
                buyer: request.buyer,
                quantity: request.quantity,
                status: "active",
                open: 0,
              });
          }
        } else {
          const claim = claims.get(step.key);
          const orderId = `ord_${step.key}`;
          if (step.verb === "release") {
            const { ok } = await port.releaseHold(step.key);
            expect(ok).toBe(claim?.status === "active" || claim?.status === "released");
            if (claim !== undefined && ok) claim.status = "released";
          }
          if (
            step.verb === "startPaying" &&
            (await port.startPaying(step.key, orderId)).ok &&
            claim !== undefined
          )
            claim.status = "paying";
          if (
            step.verb === "stopPaying" &&
            (await port.stopPaying(step.key, orderId)).ok &&
            claim !== undefined
          )
            claim.status = "active";
          if (step.verb === "convert") {
            const { ok } = await port.convertHold(step.key, orderId);
            expect(ok).toBe(claim !== undefined && claim.status !== "released");
            if (claim !== undefined && isOpen(claim))
              Object.assign(claim, { status: "converted", open: claim.quantity });
          }
          if (step.verb === "ship" && claim?.status === "converted" && claim.open > 0) {
            expect(
              (
                await port.allocate({
                  orderId,
                  allocationId: `ful_${step.key}`,
                  location: BERLIN,
                  quantity: claim.open,
                })
              ).ok,
            ).toBe(true);
            expect((await port.ship({ allocationId: `ful_${step.key}` })).ok).toBe(true);
            shipped += claim.open;
            claim.open = 0;
          }
          if (step.verb === "cancel" && claim?.status === "converted" && claim.open > 0) {
            await port.releaseOrder({ orderId, holdKey: step.key });
            Object.assign(claim, { status: "canceled", open: 0 });
          }
        }
        const stock = await port.stock();
        expect(stock?.available).toBe(UNITS - shipped - promised());
        expect(stock?.version).toBeGreaterThanOrEqual(version);
        version = stock?.version ?? 0;
      }
      const ledger = replayLedger(await port.movements({ afterSeq: 0, limit: 1000 }));
      expect(ledger.committed).toBe((await port.stock())?.committed);
      expect(ledger.locations.get(BERLIN)?.onHand).toBe(UNITS - shipped);
    }),
    { numRuns: 40, seed: 20_261_125 },
  );
}, 60_000);
