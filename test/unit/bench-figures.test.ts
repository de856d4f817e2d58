import { describe, expect, test } from "vitest";

import { findFrame, textFrame } from "../bench/frames.ts";
import type { LoadResult } from "../bench/load.ts";
import { pageOf } from "../bench/page.ts";
import { plotOf } from "../bench/plot.ts";
import { pricePerMillion } from "../bench/price.ts";
import { emptyBill } from "../bench/tally.ts";
import { type Entry, isMet, type Report, REDIS, verdictsOf } from "../bench/targets.ts";

describe("frames of a socket", () => {
  test.each([0, 125, 126, 65_535, 65_536])("a text of %i bytes is framed and found again", (length) => {
    const frame = textFrame("x".repeat(length));
    // The client's mask stands between length and text; a server sends none.
    const headLength = frame.length - length - 4;
    const sent = new Uint8Array([...frame.subarray(0, headLength), ...frame.subarray(headLength + 4)]);
    sent[1] = (sent[1] ?? 0) & 0x7f;
    expect(findFrame(sent, 0)).toEqual({ opcode: 1, start: headLength, end: headLength + length });
    expect(findFrame(sent.subarray(0, sent.length - 1), 0)).toBeNull();
  });

  test("frames are found one after the other, and half a head is none", () => {
    const two = Uint8Array.of(0x81, 1, 65, 0x89, 0);
    expect(findFrame(two, 0)).toEqual({ opcode: 1, start: 2, end: 3 });
    expect(findFrame(two, 3)).toEqual({ opcode: 9, start: 5, end: 5 });
    expect(findFrame(two, 5)).toBeNull();
    expect(findFrame(Uint8Array.of(0x81, 126, 1), 0)).toBeNull();
  });
});

function load(decisionsPerSecond: number, p99Ms = 10): LoadResult {
  return {
    seconds: 1,
    decisions: 1,
    decisionsPerSecond,
    accepted: 1,
    refused: 0,
    failed: 0,
    failures: [],
    acceptedPerSecondUntilSoldOut: 1,
    p50Ms: 1,
    p99Ms,
    isCut: false,
    clientCores: 0.2,
  };
}

function entry(round: number, subject: string, perSecond: number, door: Entry["door"] = "HTTP"): Entry {
  const result = { load: load(perSecond), oversold: 0, unsold: 0, broken: [] };
  return { round, workload: "W1", subject, door, result };
}

const report: Report = {
  at: "2026-01-02T03:04:05.000Z",
  machine: { cpus: 2, model: "Test", node: "v0" },
  scale: 1,
  floors: [{ round: 1, kind: "sockets", load: load(2_000) }],
  entries: [
    entry(1, "Holdfast", 1_000, "sockets"),
    entry(1, REDIS, 2_000),
    entry(2, "Holdfast", 3_000, "sockets"),
    entry(2, REDIS, 1_000),
    entry(3, "Holdfast", 900, "sockets"),
    entry(3, REDIS, 1_000),
  ],
  watchers: null,
  growth: null,
  pages: null,
  fulfillment: { orders: 5, ordersPerSecond: 120, lost: 0, duplicated: 0 },
  rows: null,
  skipped: ["PostgreSQL, function: missing a lot"],
};

describe("the report", () => {
  const verdict = (what: string) => verdictsOf(report).find((each) => each.what === what);

  test("a ratio is the median of the rounds' own ratios", () => {
    expect(verdict(`W1 sockets, against ${REDIS}`)?.measured).toBe(0.9);
    expect(verdict("W1 sockets, against the floor of sockets")?.measured).toBe(0.5);
  });

  test("what was not measured is neither reached nor missed", () => {
    const verdicts = verdictsOf(report);
    const missing = verdicts.filter(({ measured }) => measured === null);
    expect(missing.length).toBeGreaterThan(5);
    expect(missing.map(isMet)).toEqual(missing.map(() => null));
    expect(verdicts.filter((each) => isMet(each) === true).map(({ what }) => what)).toContain(
      "W6, orders placed to labelled",
    );
  });

  test("the page and the plot say what was measured, and what was not and why", () => {
    const page = pageOf(report);
    expect(page).toContain("| W1 | Holdfast | sockets | 1,000 |");
    expect(page).toContain("- PostgreSQL, function: missing a lot");
    expect(page).not.toMatch(/NaN|undefined|null/);
    expect(plotOf(report)).toMatch(/^<svg [\s\S]*Redis, fsync always, HTTP[\s\S]*<\/svg>\n$/);
  });
});

test("a price adds every meter up, at list price", () => {
  const bill = {
    ...emptyBill(),
    workerRequests: 1,
    objectRequests: 2,
    objectRowsWritten: 3,
    queueMessages: 1,
  };
  expect(pricePerMillion({ bill, cpuMs: 10, objectSeconds: 0.01 })).toBeCloseTo(
    0.3 + 0.3 + 3 + 1.2 + 0.2 + 0.016,
    9,
  );
});
