import { describe, expect, test } from "vitest";

import { simulateSurge, type Surge } from "./surge.ts";

const surge: Surge = {
  buyers: 100_000,
  overMs: 10_000,
  units: 10_000,
  gates: 18,
  batchMax: 500,
  waitingMax: 5_000,
  gateMs: 0.1,
  roundTripMs: 40,
  flushMs: 10,
  law: { callMs: 2, claimMs: 0.06 },
};

describe("a crowd on one SKU", () => {
  test("every buyer has one answer, and every unit is sold once", () => {
    for (const gates of [1, 18, 256]) {
      const result = simulateSurge({ ...surge, gates });
      expect(result.accepted).toBe(surge.units);
      expect(result.accepted + result.refused + result.turnedAway).toBe(surge.buyers);
    }
  });

  test("of a million buyers in ten seconds, those who get a unit have their answer within two", () => {
    const result = simulateSurge({ ...surge, buyers: 1_000_000 });
    expect(result.accepted).toBe(surge.units);
    expect(result.acceptedP99Ms).toBeLessThan(2_000);
  });

  test("a lone buyer waits for the way, the call and the store, and for nobody", () => {
    const alone = simulateSurge({ ...surge, buyers: 1 });
    expect(alone.acceptedP99Ms).toBeCloseTo(0.1 + 20 + 2.06 + 10 + 20, 6);
  });

  test("more gates than the object answers within a round trip make every buyer wait longer", () => {
    const p99 = (gates: number) => simulateSurge({ ...surge, gates }).acceptedP99Ms;
    expect(p99(64)).toBeGreaterThan(2 * p99(18));
    expect(p99(256)).toBeGreaterThan(2 * p99(64));
  });

  test("a full gate turns buyers away instead of letting them wait without end", () => {
    const result = simulateSurge({ ...surge, gates: 2, waitingMax: 100, law: { callMs: 2, claimMs: 1 } });
    expect(result.turnedAway).toBeGreaterThan(0);
    expect(result.refusedP99Ms).toBeLessThan(1_000);
  });
});
