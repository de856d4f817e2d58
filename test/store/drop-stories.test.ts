import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import {
  composeWaitlistId,
  parseWaitlistId,
  waitlistTransitions,
  type WaitlistStatus,
} from "../../src/domain/inventory/waitlist-entry.ts";
import {
  BERLIN,
  buyer,
  joinWaitlistCommand,
  MUG,
  putDropCommand,
  takeHoldCommand,
} from "../support/sku-fixture.ts";
import { SkuHarness } from "../support/sku-harness.ts";

function shop(units: number, buyerLimit: number | null = null): SkuHarness {
  const sku = new SkuHarness({ sku: MUG, buyerLimit, backorderLimit: 0 });
  sku.move({ id: "delivery", kind: "received", location: BERLIN, quantity: units, reason: null });
  return sku;
}

const claim = (sku: SkuHarness, key: string, rest: Parameters<typeof takeHoldCommand>[1] = {}) => {
  const [result] = sku.takeHolds([takeHoldCommand(key, { show: "S", ...rest })]);
  return result?.ok === true ? result.value.status : result?.error.code;
};
const buy = (sku: SkuHarness, key: string) => {
  expect(sku.startPaying(key, `ord_${key}`).ok).toBe(true);
  expect(sku.convert(key, `ord_${key}`).ok).toBe(true);
};
const line = (sku: SkuHarness, ...keys: ReadonlyArray<string>) =>
  keys.map((key) => sku.place(key)?.entry.status);

describe("a drop", () => {
  test("takes its units out of everybody's pool and gives back what is left when it ends", () => {
    const sku = shop(10);
    expect(sku.putDrop(putDropCommand("S", { quantity: 6 })).ok).toBe(true);
    expect(sku.report()).toMatchObject({ available: 4, ringFenced: 6 });
    expect(claim(sku, "a", { quantity: 2 })).toBe("active");
    buy(sku, "a");
    expect(claim(sku, "b")).toBe("active");
    expect(sku.report()).toMatchObject({ available: 4, ringFenced: 3, held: 1, committed: 2 });
    expect(claim(sku, "public", { show: null, quantity: 5 })).toBe("sold_out");
    sku.closeDrop("S");
    expect(sku.report()).toMatchObject({ available: 7, ringFenced: 0, held: 1, committed: 2 });
    // Whoever held when it ended can still pay.
    buy(sku, "b");
    expect(sku.dropReport("S")).toMatchObject({
      status: "closed",
      left: 0,
      tally: { paidHolds: 2, soldUnits: 3 },
    });
  });

  test.each([
    ["before it opens", { opensAtMs: 1_900_000_000_000 }, "drop_not_open"],
    ["that nobody opened", { opensAtMs: null }, "drop_not_open"],
    ["that has ended", { endsAtMs: 1_700_000_000_000 }, "drop_not_open"],
    ["that is open", {}, "active"],
  ])("%s", (_name, times, outcome) => {
    const sku = shop(5);
    sku.putDrop(putDropCommand("S", times));
    expect(claim(sku, "a")).toBe(outcome);
  });

  test("opens and ends by itself, to the millisecond, alarm or no alarm", () => {
    const sku = shop(5);
    const startMs = sku.nowMs;
    sku.putDrop(putDropCommand("S", { opensAtMs: startMs + 1_000, endsAtMs: startMs + 2_000 }));
    sku.nowMs = startMs + 999;
    expect(claim(sku, "early")).toBe("drop_not_open");
    sku.nowMs = startMs + 1_000;
    expect(claim(sku, "in-time")).toBe("active");
    sku.nowMs = startMs + 1_999;
    expect(sku.stock.nextDueMs(sku.nowMs)).toBe(startMs + 2_000);
    sku.nowMs = startMs + 2_000;
    expect(claim(sku, "late")).toBe("drop_not_open");
    expect(sku.report()).toMatchObject({ available: 4, held: 1, ringFenced: 0 });
  });

  test("fences in all there is, and nothing more", () => {
    const sku = shop(10);
    expect(sku.putDrop(putDropCommand("S", { quantity: 11 }))).toMatchObject({
      ok: false,
      error: { code: "stock_insufficient", requested: 11, available: 10 },
    });
    expect(sku.putDrop(putDropCommand("S", { quantity: 10 })).ok).toBe(true);
  });

  test("never becomes smaller than what it sold, and is not set up again once it ended", () => {
    const sku = shop(10);
    sku.putDrop(putDropCommand("S", { quantity: 4 }));
    claim(sku, "a", { quantity: 3 });
    expect(sku.putDrop(putDropCommand("S", { quantity: 2 }))).toMatchObject({
      ok: false,
      error: { code: "stock_insufficient", available: 3 },
    });
    expect(sku.putDrop(putDropCommand("S", { quantity: 3 })).ok).toBe(true);
    expect(sku.putDrop(putDropCommand("S", { quantity: 3, policy: "lottery" }))).toMatchObject({
      ok: false,
      error: { code: "drop_under_way" },
    });
    sku.closeDrop("S");
    sku.closeDrop("S");
    expect(sku.putDrop(putDropCommand("S"))).toMatchObject({ ok: false, error: { code: "drop_closed" } });
    expect(sku.report()).toMatchObject({ available: 7, held: 3 });
  });

  test("sends nobody away over the safety of its stock: what it fenced in cannot be taken out of the shelf", () => {
    const sku = shop(10);
    sku.putDrop(putDropCommand("S", { quantity: 8 }));
    const adjusted = (quantity: number) =>
      sku.move({ id: `adjust-${quantity}`, kind: "adjusted", location: BERLIN, quantity, reason: null });
    expect(adjusted(-3)).toMatchObject({ ok: false, error: { code: "stock_insufficient", available: 2 } });
    expect(adjusted(-2).ok).toBe(true);
  });

  test("counts holds, unpaid and paid, against its limit, across keys, retries and restarts, and canceled units no more", () => {
    const sku = shop(10);
    sku.putDrop(putDropCommand("S", { quantity: 9, buyerLimit: 2 }));
    const ann = { buyer: buyer("ann") };
    expect(claim(sku, "a", ann)).toBe("active");
    expect(claim(sku, "a", ann)).toBe("active");
    expect(claim(sku, "b", ann)).toBe("active");
    expect(claim(sku, "c", ann)).toBe("limit_reached");
    buy(sku, "a");
    sku.restart();
    expect(claim(sku, "d", ann)).toBe("limit_reached");
    sku.release("b");
    expect(claim(sku, "e", ann)).toBe("active");
    sku.releaseOrder("ord_a", "a");
    expect(claim(sku, "f", ann)).toBe("active");
    expect(claim(sku, "g", ann)).toBe("limit_reached");
    expect(sku.dropReport("S").tally).toMatchObject({ refusedLimit: 3, soldUnits: 0, recycledUnits: 2 });
  });

  test("keeps holds no longer than it allows, and an extension neither", () => {
    const sku = shop(3);
    sku.putDrop(putDropCommand("S", { ttlSeconds: 30 }));
    claim(sku, "a", { ttlSeconds: 600 });
    expect(sku.readHold("a")?.expiresAtMs).toBe(sku.nowMs + 30_000);
    sku.nowMs += 10_000;
    expect(sku.extend("a", 600)).toMatchObject({ ok: true, value: { expiresAtMs: sku.nowMs + 30_000 } });
  });

  test("says how fairly it awarded: 1 where who came first was served first", () => {
    const sku = shop(5);
    sku.putDrop(putDropCommand("S", { quantity: 5 }));
    for (const [index, key] of ["a", "b", "c", "d"].entries()) {
      sku.nowMs += 10;
      claim(sku, key, { arrivedAtMs: sku.nowMs - (index === 3 ? 15 : 1) });
    }
    // One of six pairs stands the other way round: (5 − 1) / 6.
    expect(sku.dropReport("S").fairness).toBeCloseTo(4 / 6, 10);
  });

  test("has the same figures after a restart", () => {
    const sku = shop(6, 5);
    sku.putDrop(putDropCommand("S", { quantity: 4 }));
    for (const key of ["a", "b", "c", "d", "e"]) claim(sku, key, { ttlSeconds: 60 });
    sku.join(joinWaitlistCommand("w1", { show: "S" }));
    sku.join(joinWaitlistCommand("w2", { show: "S" }));
    buy(sku, "a");
    sku.release("b");
    sku.releaseOrder("ord_a", "a");
    sku.nowMs += 61_000;
    const before = sku.dropReport("S");
    sku.restart();
    expect(sku.dropReport("S")).toEqual(before);
    expect(before.tally).toMatchObject({ claims: 5, refusedSoldOut: 1, expiredHolds: 2, waitlisted: 2 });
  });
});

describe("a claim", () => {
  test("under hold_on_checkout has no units until its buyer checks out", () => {
    const sku = shop(3);
    sku.putDrop(putDropCommand("S", { quantity: 1, policy: "hold_on_checkout" }));
    expect([claim(sku, "a"), claim(sku, "b")]).toEqual(["active", "active"]);
    expect(sku.report()).toMatchObject({ held: 0, ringFenced: 1 });
    expect(sku.secure("b")).toMatchObject({ ok: true, value: { isSecured: true } });
    expect(sku.secure("b").ok).toBe(true);
    expect(sku.secure("a")).toEqual({
      ok: false,
      error: { code: "sold_out", sku: MUG, requested: 1, available: 0 },
    });
    expect(sku.startPaying("a", "ord_a").ok).toBe(false);
    buy(sku, "b");
    expect(sku.dropReport("S").left).toBe(0);
  });

  test("under first_paid has units while it is being paid for, and a payment that fails gives them to the next", () => {
    const sku = shop(3);
    sku.putDrop(putDropCommand("S", { quantity: 1, policy: "first_paid" }));
    expect([claim(sku, "a"), claim(sku, "b")]).toEqual(["active", "active"]);
    expect(sku.startPaying("a", "ord_a").ok).toBe(true);
    expect(sku.startPaying("b", "ord_b")).toMatchObject({ ok: false, error: { code: "sold_out" } });
    sku.stopPaying("a", "ord_a");
    buy(sku, "b");
    expect(sku.startPaying("a", "ord_a")).toMatchObject({ ok: false, error: { code: "sold_out" } });
    sku.closeDrop("S");
    expect(sku.readHold("a")?.status).toBe("expired");
  });

  test("of a page that lets hold after hold lapse has to pause, and a purchase makes good", () => {
    const sku = shop(30);
    const page = { show: null, buyer: buyer("squatter"), isGuarded: true };
    for (let index = 0; index < 10; index += 1) {
      expect(claim(sku, `k${index}`, page)).toBe("active");
      sku.release(`k${index}`);
    }
    expect(claim(sku, "k10", page)).toBe("rate_limited");
    expect(claim(sku, "k10", { ...page, isGuarded: false })).toBe("active");
    buy(sku, "k10");
    expect(claim(sku, "k11", page)).toBe("active");
  });

  test("of a device that has its fill is refused, whatever buyer it names", () => {
    const sku = shop(100);
    const page = { show: null, isGuarded: true, device: "phone" };
    expect(claim(sku, "a", { ...page, quantity: 50 })).toBe("active");
    expect(claim(sku, "b", page)).toBe("rate_limited");
    expect(claim(sku, "c", { ...page, device: "other" })).toBe("active");
  });
});

describe("a waitlist", () => {
  test("gives units that come free to those who wait, in order, before anybody else", () => {
    const sku = shop(2);
    claim(sku, "a", { show: null });
    claim(sku, "b", { show: null });
    for (const key of ["w1", "w2", "w3"]) sku.join(joinWaitlistCommand(key));
    expect(sku.place("w3")?.position).toBe(3);
    sku.release("a");
    expect(line(sku, "w1", "w2", "w3")).toEqual(["offered", "waiting", "waiting"]);
    expect(claim(sku, "outsider", { show: null })).toBe("sold_out");
    expect(sku.readHold("w1")).toMatchObject({ status: "active", buyer: buyer("buyer-w1") });
    // The offer lapses to the next, exactly on time, without an alarm.
    sku.nowMs += 300_000;
    expect(line(sku, "w1", "w2", "w3")).toEqual(["lapsed", "offered", "waiting"]);
    buy(sku, "w2");
    sku.move({ id: "restock", kind: "received", location: BERLIN, quantity: 1, reason: null });
    expect(line(sku, "w2", "w3")).toEqual(["converted", "offered"]);
    sku.releaseOrder("ord_w2", "w2");
    sku.join(joinWaitlistCommand("w4"));
    expect(line(sku, "w4")).toEqual(["offered"]);
  });

  test("keeps the place of a bigger wish, and lets smaller ones have what is left", () => {
    const sku = shop(3);
    claim(sku, "a", { show: null, quantity: 3 });
    sku.join(joinWaitlistCommand("two", { quantity: 2 }));
    sku.join(joinWaitlistCommand("one", { quantity: 1 }));
    sku.move({ id: "restock", kind: "received", location: BERLIN, quantity: 1, reason: null });
    expect(line(sku, "two", "one")).toEqual(["waiting", "offered"]);
    sku.release("a");
    expect(line(sku, "two")).toEqual(["offered"]);
    expect(sku.report().available).toBe(1);
  });

  test("has one place for each buyer, tells a buyer who claims so, and is left once", () => {
    const sku = shop(1);
    claim(sku, "a", { show: null });
    const first = sku.join(joinWaitlistCommand("w1", { buyer: buyer("ann") }));
    const again = sku.join(joinWaitlistCommand("w2", { buyer: buyer("ann"), quantity: 3 }));
    expect(again).toEqual(first);
    expect(claim(sku, "b", { show: null, buyer: buyer("ann") })).toBe("waitlisted");
    expect(sku.leave("w1")?.entry.status).toBe("left");
    expect(sku.leave("w1")?.entry.status).toBe("left");
    sku.release("a");
    expect(sku.report().available).toBe(1);
  });

  test("takes a declined offer to the next, but not from a buyer who is paying", () => {
    const sku = shop(1);
    claim(sku, "a", { show: null });
    for (const key of ["w1", "w2"]) sku.join(joinWaitlistCommand(key));
    sku.release("a");
    sku.leave("w1");
    expect(line(sku, "w1", "w2")).toEqual(["lapsed", "offered"]);
    sku.startPaying("w2", "ord_w2");
    sku.leave("w2");
    expect(sku.readHold("w2")?.status).toBe("paying");
  });

  test("of a drop does not get the units for everybody, nor the other way round, and ends with the drop", () => {
    const sku = shop(2);
    sku.putDrop(putDropCommand("S", { quantity: 1 }));
    claim(sku, "a");
    claim(sku, "p", { show: null });
    sku.join(joinWaitlistCommand("ws", { show: "S" }));
    sku.join(joinWaitlistCommand("wp"));
    sku.release("p");
    expect(line(sku, "ws", "wp")).toEqual(["waiting", "offered"]);
    sku.release("a");
    expect(line(sku, "ws")).toEqual(["offered"]);
    sku.join(joinWaitlistCommand("ws2", { show: "S" }));
    sku.closeDrop("S");
    expect(line(sku, "ws", "ws2")).toEqual(["offered", "left"]);
    expect(sku.join(joinWaitlistCommand("ws3", { show: "S" }))).toMatchObject({
      ok: false,
      error: { code: "drop_not_open" },
    });
  });

  test("passes over a buyer who has reached the limit meanwhile", () => {
    const sku = shop(3, 1);
    sku.putDrop(putDropCommand("S", { quantity: 1 }));
    claim(sku, "a", { show: null, quantity: 1 });
    claim(sku, "b", { show: null, quantity: 1 });
    sku.join(joinWaitlistCommand("w1", { buyer: buyer("ann") }));
    sku.join(joinWaitlistCommand("w2"));
    expect(claim(sku, "in-the-show", { buyer: buyer("ann") })).toBe("active");
    sku.release("a");
    expect(line(sku, "w1", "w2")).toEqual(["left", "offered"]);
  });

  test("its states move along the table and nowhere else", () => {
    const ends: ReadonlyArray<WaitlistStatus> = ["converted", "lapsed", "left"];
    for (const [from, to] of Object.entries(waitlistTransitions)) {
      expect(to.length === 0).toBe(ends.includes(from as WaitlistStatus));
    }
    const id = composeWaitlistId({ createdAtMs: 1_800_000_000_000, key: "0123456789abcdefghjk" });
    expect(parseWaitlistId(id)).toEqual({ createdAtMs: 1_800_000_000_000, key: "0123456789abcdefghjk" });
    expect(parseWaitlistId("hold_x")).toBeNull();
  });
});

describe("a lottery", () => {
  function lottery(entrants: number): SkuHarness {
    const sku = shop(10);
    sku.putDrop(putDropCommand("S", { quantity: 2, policy: "lottery", buyerLimit: 1 }));
    for (let index = 0; index < entrants; index += 1) {
      sku.nowMs += 1;
      expect(claim(sku, `e${index}`)).toBe("waitlisted");
    }
    return sku;
  }
  const entries = (sku: SkuHarness) => sku.store.waitlist.readDraw("S");

  test("gives nothing away before it is drawn, keeps its seed, and can be drawn again by anybody afterwards", () => {
    const sku = lottery(9);
    expect(sku.report()).toMatchObject({ held: 0, ringFenced: 2 });
    const before = sku.dropReport("S").drop;
    expect(before.seed).toBeNull();
    sku.drawDrop("S");
    const { drop } = sku.dropReport("S");
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    expect(sha256(drop.seed ?? "")).toBe(before.seedHash);
    const drawn = entries(sku).map((entry) => ({
      rank: sha256(`${drop.seed}:${composeWaitlistId(entry)}`),
      status: entry.status,
    }));
    const inOrder = drawn.toSorted((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ status }) => status);
    expect(inOrder).toEqual(["offered", "offered", ...Array.from({ length: 7 }, () => "waiting")]);
  });

  test("goes on in the order drawn when offers lapse, also after a restart; who comes later stands behind", () => {
    const sku = lottery(9);
    sku.drawDrop("S");
    const order = entries(sku).toSorted((a, b) => ((a.rank ?? "") < (b.rank ?? "") ? -1 : 1));
    sku.join(joinWaitlistCommand("late", { show: "S" }));
    for (let round = 0; round < 4; round += 1) {
      const offered = [...sku.stock.waitlist.offered()].map(({ key }) => key);
      expect(offered.toSorted()).toEqual(
        order
          .slice(2 * round, 2 * round + 2)
          .map(({ key }) => key)
          .toSorted(),
      );
      sku.restart();
      sku.nowMs += 600_000;
      sku.report();
    }
    expect([...sku.stock.waitlist.offered()].map(({ key }) => key)).toEqual([order[8]?.key, "late"]);
  });

  test("counts one entry for each buyer, is drawn by itself at its time, and is open to all once everybody had a chance", () => {
    const sku = shop(10);
    const drawsAtMs = sku.nowMs + 60_000;
    sku.putDrop(putDropCommand("S", { quantity: 3, policy: "lottery", drawsAtMs }));
    claim(sku, "e1", { buyer: buyer("ann") });
    claim(sku, "e2", { buyer: buyer("ann") });
    claim(sku, "e3", { buyer: buyer("bob") });
    expect(entries(sku)).toHaveLength(2);
    sku.nowMs = drawsAtMs;
    expect(claim(sku, "late")).toBe("active");
    expect(line(sku, "e1", "e3")).toEqual(["offered", "offered"]);
    expect(claim(sku, "later")).toBe("sold_out");
  });

  test("that ends while nobody looks was drawn in time all the same", () => {
    const sku = shop(10);
    const startMs = sku.nowMs;
    sku.putDrop(
      putDropCommand("S", { policy: "lottery", drawsAtMs: startMs + 1_000, endsAtMs: startMs + 5_000 }),
    );
    claim(sku, "e1");
    sku.nowMs += 10_000;
    expect(line(sku, "e1")).toEqual(["offered"]);
    expect(sku.report()).toMatchObject({ held: 1, ringFenced: 0, available: 9 });
  });
});
