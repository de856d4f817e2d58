import fc from "fast-check";
import { expect, test } from "vitest";

import type { BuyerKey, Sku } from "../../../src/domain/brand.ts";
import type { DropStatus } from "../../../src/domain/inventory/drop.ts";
import type { SkuNews } from "../../../src/domain/inventory/sku-port.ts";
import { lingerMs } from "../../../src/domain/live/batching.ts";
import { fanOutPauseMs } from "../../../src/domain/live/fan-out.ts";
import { gateName, regionOf, showOfGate } from "../../../src/domain/live/gate-choice.ts";
import { fullBucket, messageRates, takeMessage } from "../../../src/domain/live/message-rate.ts";
import {
  countSent,
  newReading,
  proveReading,
  readingLimits,
} from "../../../src/domain/live/reading-proof.ts";
import { laterNews, looksDifferent, seenStock, showStatus } from "../../../src/domain/live/seen-stock.ts";
import { ADMISSION_MS, admissionCapacity, WaitingRoom } from "../../../src/domain/live/waiting-room.ts";

const buyer = (name: string | number) => String(name) as BuyerKey;

test("a page may send twenty messages at once, and then ten a second", () => {
  const limit = messageRates.publishable;
  const bucket = fullBucket(limit, 0);
  const taken = (nowMs: number, tries: number) =>
    Array.from({ length: tries }, () => takeMessage(bucket, limit, nowMs)).filter(Boolean).length;
  expect(taken(0, 30)).toBe(20);
  expect(taken(50, 5)).toBe(0);
  expect(taken(1_050, 30)).toBe(10);
  // A clock that jumps back neither gives nor takes.
  expect(taken(0, 5)).toBe(0);
  expect(taken(1_000_000, 30)).toBe(20);
});

test("a lone claim never waits; in a crowd the first of a batch waits for others", () => {
  expect(lingerMs(0, 1)).toBe(0);
  expect(lingerMs(1, 1)).toBe(0);
  expect(lingerMs(60, 10)).toBeGreaterThan(0);
  expect(lingerMs(60, 400)).toBe(0);
});

test("the more watch, the longer the pause, within a tenth of a second and a second", () => {
  const pauses = [0, 100, 5_000, 12_000, 1e6].map((sockets) => fanOutPauseMs(sockets, false));
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect([pauses[0], pauses.at(-1)]).toEqual([100, 1_000]);
  expect(fanOutPauseMs(5_000, false)).toBeLessThanOrEqual(300);
  // Nobody hears late that a SKU is sold out.
  expect(fanOutPauseMs(1e6, true)).toBe(100);
});

test("a reader is asked for a proof, and dropped only where it gives none", () => {
  const limit = readingLimits.publishable;
  const honest = newReading();
  const silent = newReading();
  const liar = newReading();
  let honestDropped = false;
  const verdicts = { silent: new Set<string>(), liar: new Set<string>() };
  for (let sent = 0; sent < 2_000_000; sent += 500) {
    const verdict = countSent(honest, 500, limit);
    if (verdict === "check") proveReading(honest, honest.checkedAtChars ?? -1);
    honestDropped ||= verdict === "drop";
    verdicts.silent.add(countSent(silent, 500, limit));
    verdicts.liar.add(countSent(liar, 500, limit));
    proveReading(liar, sent + 1);
  }
  expect(honestDropped).toBe(false);
  expect(verdicts.silent).toEqual(new Set(["fine", "check", "drop"]));
  expect(verdicts.liar).toEqual(new Set(["fine", "check", "drop"]));
});

const news = (
  version: number,
  available: number,
  drops: ReadonlyArray<[string, DropStatus, number]> = [],
): SkuNews => ({
  sku: "A" as Sku,
  version,
  available,
  drops: drops.map(([show, status, left]) => ({
    show,
    status,
    left,
    policy: "hold_on_claim",
    opensAtMs: null,
    endsAtMs: null,
  })),
  events: [],
});

test.each([
  ["a page sees ten and no more", 500, null, "publishable", { available: 10, state: "in_stock" }],
  ["a page sees few exactly", 4, null, "publishable", { available: 4, state: "low" }],
  ["a server sees all", 500, null, "secret", { available: 500, state: "in_stock" }],
  ["nothing is sold out", 0, null, "secret", { available: 0, state: "sold_out" }],
  ["less than nothing is nothing", -3, null, "secret", { available: 0, state: "sold_out" }],
  ["a show sees its own drop", 500, "friday", "secret", { available: 3, state: "low" }],
  ["a show without a drop sees nothing", 500, "monday", "secret", { available: 0, state: "sold_out" }],
] as const)("%s", (_, available, show, viewer, seen) => {
  expect(seenStock(news(1, available, [["friday", "open", 3]]), show, viewer)).toEqual({
    sku: "A",
    version: 1,
    ...seen,
  });
});

test("news that were overtaken change nothing, and a drop that is no longer told of is over", () => {
  const later = news(5, 7);
  expect(laterNews(later, news(4, 9))).toBe(later);
  expect(laterNews(null, later)).toBe(later);
  // A drop opens by the clock, without a new version.
  const scheduled = news(5, 7, [["friday", "scheduled", 3]]);
  expect(laterNews(scheduled, news(5, 7, [["friday", "open", 3]])).drops).toMatchObject([{ status: "open" }]);
  expect(laterNews(scheduled, news(6, 10)).drops).toMatchObject([
    { show: "friday", status: "closed", left: 0 },
  ]);
  const seen = seenStock(news(5, 500), null, "publishable");
  expect(looksDifferent(seen, seenStock(news(6, 400), null, "publishable"))).toBe(false);
  expect(looksDifferent(seen, seenStock(news(6, 9), null, "publishable"))).toBe(true);
  expect(looksDifferent(null, seen)).toBe(true);
});

test.each([
  ["open as soon as one drop is", ["scheduled", "open", "closed"], "open"],
  ["closed when all are", ["closed", "closed"], "closed"],
  ["scheduled while one still is", ["scheduled", "closed"], "scheduled"],
  ["unknown where nobody says", [], null],
] as const)("a show is %s", (_, statuses, expected) => {
  expect(
    showStatus(
      statuses.map((status) => news(1, 0, [["friday", status, 1]])),
      "friday",
    ),
  ).toBe(expected);
});

test("nobody waits where there is no room to wait in, or nothing to wait for", () => {
  expect(admissionCapacity(null, 5, 1)).toBeNull();
  expect(admissionCapacity(3, 0, 1)).toBeNull();
  expect(admissionCapacity(3, 5, 2)).toBe(8);
  expect(admissionCapacity(1, 1, 4)).toBe(1);
});

test("buyers are let in as they came, as others are decided, leave or do nothing", () => {
  const present = new Set<BuyerKey>([buyer("d")]);
  const room = new WaitingRoom((who) => present.has(who));
  const enter = (who: string, nowMs: number) => {
    const entry = room.enter(buyer(who), 2, nowMs);
    return entry.isAdmitted ? "in" : entry.position;
  };
  expect(["a", "b", "c", "d", "e"].map((who) => enter(who, 0))).toEqual(["in", "in", 1, 2, 3]);
  // Asking again keeps the place.
  expect(["a", "c", "e"].map((who) => enter(who, 1))).toEqual(["in", 1, 3]);
  room.leave(buyer("a"));
  // Whoever comes now does not pass those in line.
  expect(enter("f", 2)).toBe(4);
  expect(room.admit(2, 3)).toEqual([buyer("c")]);
  expect(enter("c", 4)).toBe("in");
  // b and c do nothing for a minute; e and f were not heard of, and d is still on a socket.
  expect(room.admit(2, ADMISSION_MS + 10)).toEqual([buyer("d")]);
  expect(enter("g", ADMISSION_MS + 11)).toBe("in");
  const again = new WaitingRoom(() => true, room.rows());
  expect(again.rows()).toEqual(room.rows());
});

test("never are more inside than there is room for, and everybody gets in in the end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 6 })), { maxLength: 120 }),
      (steps) => {
        const room = new WaitingRoom(() => true);
        const inside = new Set<BuyerKey>();
        let nowMs = 0;
        for (const [who, capacity] of steps) {
          nowMs += 10;
          const before = inside.size;
          if (room.enter(buyer(who), capacity, nowMs).isAdmitted) inside.add(buyer(who));
          for (const admitted of room.admit(capacity, nowMs)) inside.add(admitted);
          expect(inside.size).toBeLessThanOrEqual(Math.max(before, capacity));
          const [first] = inside;
          if (who % 3 === 0 && first !== undefined) {
            room.leave(first);
            inside.delete(first);
          }
        }
        for (const admitted of room.admit(null, nowMs)) inside.add(admitted);
        expect(room.rows().line).toEqual([]);
      },
    ),
    { numRuns: 300, seed: 3 },
  );
});

test.each([
  ["Berlin", { continent: "EU", country: "DE", longitude: 13.4 }, "weur"],
  ["Warsaw", { continent: "EU", country: "PL", longitude: 21 }, "eeur"],
  ["New York", { continent: "NA", country: "US", longitude: -74 }, "enam"],
  ["Seattle", { continent: "NA", country: "US", longitude: -122 }, "wnam"],
  ["Dubai", { continent: "AS", country: "AE", longitude: 55 }, "me"],
  ["Tokyo", { continent: "AS", country: "JP", longitude: 139 }, "apac"],
  ["São Paulo", { continent: "SA", country: "BR", longitude: -46 }, "sam"],
  ["a machine of one's own", { continent: null, country: null, longitude: null }, null],
] as const)("a caller in %s is served in its region", (_, origin, region) => {
  expect(regionOf(origin)).toBe(region);
});

test("a buyer's tabs share a gate, buyers spread over the gates of their region, and no show is another's", () => {
  const names = new Set(
    Array.from({ length: 200 }, (_, index) => gateName("friday", "weur", `b${index}`, 2)),
  );
  expect([...names].toSorted()).toEqual(["show/friday/weur/0", "show/friday/weur/1"]);
  expect(gateName("friday", "weur", "ada", 2)).toBe(gateName("friday", "weur", "ada", 2));
  expect(gateName(null, null, "ada", 1)).toBe("live/any/0");
  expect([showOfGate("show/friday/weur/1"), showOfGate("live/any/0")]).toEqual(["friday", null]);
});
