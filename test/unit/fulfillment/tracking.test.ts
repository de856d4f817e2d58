import fc from "fast-check";
import { expect, test } from "vitest";

import { trackingStatuses, type TrackingStatus } from "../../../src/domain/fulfillment/fulfillment.ts";
import {
  deliveredAtMsOf,
  isAfterShipping,
  nextTrackingStatus,
  trackingStatusOf,
} from "../../../src/domain/fulfillment/tracking.ts";

const heard = (...entries: ReadonlyArray<readonly [TrackingStatus, number]>) =>
  entries.map(([status, occurredAtMs]) => ({ status, occurredAtMs }));

test.each([
  ["nothing heard", heard(), "unknown"],
  ["the latest scan", heard(["in_transit", 2], ["pre_transit", 1]), "in_transit"],
  ["a scan that arrives late", heard(["out_for_delivery", 5], ["in_transit", 2]), "out_for_delivery"],
  ["two at one moment", heard(["delivered", 5], ["out_for_delivery", 5]), "delivered"],
  ["a stray scan after delivery", heard(["delivered", 5], ["in_transit", 9]), "delivered"],
  [
    "sent back after delivery",
    heard(["delivered", 5], ["return_to_sender", 9], ["in_transit", 11]),
    "in_transit",
  ],
  ["a failure, then another attempt", heard(["failure", 5], ["out_for_delivery", 9]), "out_for_delivery"],
] as const)("of %s", (_name, entries, status) => {
  expect(trackingStatusOf(entries)).toBe(status);
});

test("late, repeated and shuffled news changes nothing", () => {
  const entry = fc.record({
    status: fc.constantFrom(...trackingStatuses),
    occurredAtMs: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (entries, random) => {
      const shuffled = [...entries, ...entries, ...entries]
        .map((one) => ({ one, key: random.next().value as number }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one);
      expect(trackingStatusOf(shuffled)).toBe(trackingStatusOf(entries));
      expect(deliveredAtMsOf(shuffled)).toBe(deliveredAtMsOf(entries));
    }),
    { numRuns: 500, seed: 20261123 },
  );
});

test("delivery is the first time it was reported, and a return to sender does not undo it", () => {
  expect(deliveredAtMsOf(heard(["delivered", 9], ["delivered", 5], ["return_to_sender", 12]))).toBe(5);
  expect(deliveredAtMsOf(heard(["in_transit", 9]))).toBeNull();
});

test("where nobody reports, a parcel goes on until it is delivered", () => {
  const way: Array<TrackingStatus> = ["pre_transit"];
  for (let next = nextTrackingStatus("pre_transit"); next !== null; next = nextTrackingStatus(next))
    way.push(next);
  expect(way).toEqual(["pre_transit", "in_transit", "out_for_delivery", "delivered"]);
  expect(way.map(isAfterShipping)).toEqual([false, true, true, true]);
});
