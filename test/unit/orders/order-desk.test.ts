import { describe, expect, test } from "vitest";

import {
  ATTEMPT_LEASE_MS,
  attemptMigrations,
  AttemptStore,
} from "../../../src/durable-objects/order-desk/attempt-store.ts";
import { GroupCommit } from "../../../src/durable-objects/order-desk/group-commit.ts";
import type { BeginAttempt } from "../../../src/durable-objects/order-desk/port.ts";
import { migrate } from "../../../src/durable-objects/shared/migrate.ts";
import { MemoryAttempts } from "../../support/memory-attempts.ts";
import { nodeSql } from "../../support/node-sql.ts";

const limits = { itemsMax: 3, weightMax: 100, queueMax: 5, lingerMs: 0 };
const still = { nowMs: () => 0, wait: () => Promise.resolve() };

/** A writer whose writes end when the test says so. */
function heldWriter() {
  const groups: Array<ReadonlyArray<number>> = [];
  const release: Array<() => void> = [];
  const commit = async (items: ReadonlyArray<number>): Promise<ReadonlyArray<number>> => {
    groups.push(items);
    await new Promise<void>((resolve) => release.push(resolve));
    if (items.includes(13)) throw new Error("no");
    return items.map((item) => item * 10);
  };
  const next = async () => {
    release.shift()?.();
    // Enough turns for the next group to be taken.
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { groups, commit, next };
}

describe("group commit", () => {
  test("a lone item goes at once; what arrives meanwhile goes together next", async () => {
    const { groups, commit, next } = heldWriter();
    const desk = new GroupCommit(commit, () => 1, limits, still);
    const outcomes = [1, 2, 3].map((item) => desk.submit(item) ?? Promise.resolve(-1));
    expect(groups).toEqual([[1]]);
    await next();
    expect(groups).toEqual([[1], [2, 3]]);
    await next();
    expect(await Promise.all(outcomes)).toEqual([10, 20, 30]);
  });

  test("a group is bounded by its count and its weight, and one item above the weight goes alone", async () => {
    const { groups, commit, next } = heldWriter();
    const desk = new GroupCommit(commit, (item) => item, { ...limits, queueMax: 20 }, still);
    for (const item of [1, 2, 3, 4, 5, 60, 50, 500]) void desk.submit(item);
    for (let turn = 0; turn < 6; turn += 1) await next();
    expect(groups).toEqual([[1], [2, 3, 4], [5, 60], [50], [500]]);
  });

  test("more than may wait are refused at once, and those that wait are served", async () => {
    const { commit, next } = heldWriter();
    const desk = new GroupCommit(commit, () => 1, limits, still);
    const outcomes = Array.from({ length: 8 }, (_, item) => desk.submit(item) ?? Promise.resolve("refused"));
    // One is under way, five wait.
    for (let turn = 0; turn < 4; turn += 1) await next();
    expect(await Promise.all(outcomes)).toEqual([0, 10, 20, 30, 40, 50, "refused", "refused"]);
  });

  test("while items come in close together, a group waits for more of them; a late one waits for nobody", async () => {
    const { groups, commit, next } = heldWriter();
    let nowMs = 0;
    const waits: Array<() => void> = [];
    const clock = { nowMs: () => nowMs, wait: () => new Promise<void>((resolve) => waits.push(resolve)) };
    const desk = new GroupCommit(commit, () => 1, { ...limits, lingerMs: 10 }, clock);
    const submit = (item: number, atMs: number) => {
      nowMs = atMs;
      void desk.submit(item);
    };
    submit(1, 0);
    expect(groups).toEqual([[1]]);
    submit(2, 5);
    await next();
    submit(3, 14);
    expect(groups).toEqual([[1]]);
    waits.shift()?.();
    await Promise.resolve();
    expect(groups).toEqual([[1], [2, 3]]);
    await next();
    submit(4, 30);
    expect(groups).toEqual([[1], [2, 3], [4]]);
  });

  test("a failed write fails its group, and the next group is written", async () => {
    const { commit, next } = heldWriter();
    const desk = new GroupCommit(commit, () => 1, limits, still);
    const bad = desk.submit(13);
    const good = desk.submit(1);
    const settled = Promise.allSettled([bad, good]);
    await next();
    await next();
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});

const stores = {
  "on SQLite": () => {
    const sql = nodeSql();
    migrate(sql, attemptMigrations);
    return new AttemptStore(sql);
  },
  "in memory, as the fault tests use it": () => new MemoryAttempts(),
};

let nonces = 0;
function begin(attempts: Pick<AttemptStore, "begin">, wanted: BeginAttempt, nowMs: number) {
  nonces += 1;
  return attempts.begin(wanted, String(nonces), nowMs);
}

describe.each(Object.entries(stores))("attempts %s", (_name, create) => {
  const mine = { orderId: "ord_1", attempt: "a1", home: "A", holdKey: "k", provider: "manual" };
  const theirs = { ...mine, attempt: "a2" };

  test("whoever begins is alone until it is settled", () => {
    const attempts = create();
    expect(begin(attempts, mine, 0).status).toBe("begun");
    expect(begin(attempts, mine, 1).status).toBe("in_progress");
    expect(begin(attempts, theirs, 1).status).toBe("taken");
    expect(begin(attempts, theirs, ATTEMPT_LEASE_MS * 10).status).toBe("taken");
    attempts.settle("ord_1", "a2");
    expect(begin(attempts, theirs, 1).status).toBe("taken");
    attempts.settle("ord_1", "a1");
    expect(begin(attempts, theirs, 1).status).toBe("begun");
  });

  test("the same attempt goes on with the same payment key when its first caller is gone, and only then", () => {
    const attempts = create();
    const first = begin(attempts, mine, 0);
    expect(begin(attempts, mine, ATTEMPT_LEASE_MS - 1).status).toBe("in_progress");
    expect(begin(attempts, mine, ATTEMPT_LEASE_MS)).toEqual(first);
    expect(begin(attempts, mine, ATTEMPT_LEASE_MS + 1).status).toBe("in_progress");
  });

  test("an attempt that was undone and is made again never has the payment key that was taken back", () => {
    const attempts = create();
    const first = begin(attempts, mine, 0);
    attempts.settle("ord_1", "a1");
    expect(begin(attempts, mine, 0)).not.toEqual(first);
  });

  test("a revoked attempt can neither be committed nor begun again", () => {
    const attempts = create();
    begin(attempts, mine, 0);
    expect(attempts.isCommittable("ord_1", "a1")).toBe(true);
    expect(attempts.isCommittable("ord_1", "a2")).toBe(false);
    attempts.revoke("ord_1", "a1");
    expect(attempts.isCommittable("ord_1", "a1")).toBe(false);
    expect(begin(attempts, mine, ATTEMPT_LEASE_MS * 2).status).toBe("in_progress");
  });

  test("an attempt is stale when its lease is over", () => {
    const attempts = create();
    const begun = begin(attempts, mine, 0);
    expect(attempts.stale(ATTEMPT_LEASE_MS - 1, 10)).toEqual([]);
    const paymentKey = begun.status === "begun" ? begun.paymentKey : "";
    expect(attempts.stale(ATTEMPT_LEASE_MS, 10)).toMatchObject([{ ...mine, paymentKey, startedAtMs: 0 }]);
  });
});
