import { expect, test } from "vitest";

import {
  channelQuantity,
  EVERYTHING,
  nextRevisionMs,
  nextTellingMs,
} from "../../../src/domain/channels/allocation.ts";

test.each([
  ["everything by default", 7, {}, 7],
  ["never below none", -3, {}, 0],
  ["a buffer is kept back first", 10, { buffer: 4 }, 6],
  ["a buffer above what is there leaves none", 3, { buffer: 4 }, 0],
  ["a share of what is left, rounded down", 11, { buffer: 1, shareBps: 3_300 }, 3],
  ["the floor raises a share", 20, { shareBps: 1_000, floor: 5 }, 5],
  ["the floor does not invent units", 3, { shareBps: 1_000, floor: 5 }, 3],
  ["the cap bounds", 1_000, { cap: 50 }, 50],
  ["few are hidden", 4, { hideBelow: 5 }, 0],
  ["enough are shown", 5, { hideBelow: 5 }, 5],
  ["a cap below the hiding limit hides all", 100, { cap: 2, hideBelow: 5 }, 0],
])("%s", (_, available, rule, shown) => {
  expect(channelQuantity(available, { ...EVERYTHING, ...rule })).toBe(shown);
});

const DAY_MS = 86_400_000;
const NOON_MS = 100 * DAY_MS + DAY_MS / 2;

test("the revisions of a day are never more than the platform allows, and falls come through longest", () => {
  const revise = (direction: "rise" | "fall") => {
    let used = 0;
    let lastAtMs = 100 * DAY_MS;
    for (let nowMs = lastAtMs; nowMs < 101 * DAY_MS; nowMs += 30_000) {
      if (nextRevisionMs({ perDay: 250, usedToday: used, lastAtMs }, direction, nowMs) > nowMs) continue;
      used += 1;
      lastAtMs = nowMs;
    }
    return used;
  };
  expect(revise("rise")).toBeLessThanOrEqual(200);
  expect(revise("rise")).toBeGreaterThan(150);
  expect(revise("fall")).toBeLessThanOrEqual(250);
  expect(revise("fall")).toBeGreaterThan(revise("rise"));
});

test("a listing whose revisions are spent waits for the next day, and may be revised then", () => {
  const spent = { perDay: 250, usedToday: 250, lastAtMs: NOON_MS };
  expect(nextRevisionMs(spent, "fall", NOON_MS + 1)).toBe(101 * DAY_MS);
  expect(nextRevisionMs(spent, "fall", 101 * DAY_MS)).toBe(101 * DAY_MS);
});

test.each([
  ["a unit or two at once", { wanted: 99, told: 100, toldAtMs: 900 }, 1_000],
  ["a crowd's purchases every two seconds and a half", { wanted: 900, told: 950, toldAtMs: 900 }, 3_400],
  ["the last of them at once", { wanted: 90, told: 140, toldAtMs: 900 }, 1_000],
  ["none at once", { wanted: 0, told: 500, toldAtMs: 900 }, 1_000],
  ["what nobody was told yet at once", { wanted: 500, told: null, toldAtMs: 0 }, 1_000],
  ["many units that arrived, after a while", { wanted: 900, told: 100, toldAtMs: 900 }, 3_400],
])("a listing is told %s", (_name, listing, atMs) => {
  expect(nextTellingMs(listing, 1_000)).toBe(atMs);
});

test.each([5, 10, 20, 40, 60])(
  "a thousand units sold in %i seconds are told in fewer than thirty calls",
  (seconds) => {
    const shown = (atMs: number) => Math.max(0, 1_000 - Math.floor(atMs / seconds));
    let [told, toldAtMs, calls] = [1_000, -60_000, 0];
    // The object says once a second what it has; what is put off is looked at twice as often.
    for (let atMs = 0; atMs <= seconds * 1_000 + 5_000; atMs += 500) {
      const wanted = shown(Math.floor(atMs / 1_000) * 1_000);
      if (wanted === told || nextTellingMs({ wanted, told, toldAtMs }, atMs) > atMs) continue;
      [told, toldAtMs, calls] = [wanted, atMs, calls + 1];
    }
    expect(told).toBe(0);
    expect(calls).toBeLessThan(30);
  },
);
