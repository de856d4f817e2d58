import fc from "fast-check";
import { expect, test } from "vitest";

import {
  isMet,
  numberFacts,
  setFacts,
  wordFacts,
  type Condition,
  type Facts,
} from "../../../src/domain/automation/condition.ts";
import {
  DEPTH_MAX,
  planRuns,
  type Cause,
  type Occurrence,
  type Rule,
} from "../../../src/domain/automation/rule.ts";

const nothing = Object.fromEntries([
  ...[...numberFacts, ...wordFacts].map((name) => [name, null]),
  ...setFacts.map((name) => [name, []]),
]) as unknown as Facts;
const facts: Facts = {
  ...nothing,
  "order.total": 5_000,
  "order.country": "DE",
  "order.skus": ["MUG", "SHIRT"],
};

test.each<[string, Condition, boolean]>([
  ["at least what it is", { fact: "order.total", is: "at_least", number: 5_000 }, true],
  ["at least one more", { fact: "order.total", is: "at_least", number: 5_001 }, false],
  ["at most what it is", { fact: "order.total", is: "at_most", number: 5_000 }, true],
  ["exactly", { fact: "order.total", is: "exactly", number: 4_999 }, false],
  ["a number that nobody knows is not small", { fact: "event.available", is: "at_most", number: 9 }, false],
  ["one of some words", { fact: "order.country", is: "one_of", words: ["AT", "DE"] }, true],
  ["none of some words", { fact: "order.country", is: "none_of", words: ["AT", "DE"] }, false],
  [
    "a word that nobody knows is none of them neither",
    { fact: "order.region", is: "none_of", words: ["BE"] },
    false,
  ],
  ["absent", { fact: "order.region", is: "is_absent" }, true],
  ["present", { fact: "order.country", is: "is_present" }, true],
  ["begins with", { fact: "order.country", is: "starts_with", words: ["D"] }, true],
  ["has any", { fact: "order.skus", is: "has_any", words: ["HAT", "MUG"] }, true],
  ["has all", { fact: "order.skus", is: "has_all", words: ["HAT", "MUG"] }, false],
  ["has none", { fact: "order.tags", is: "has_none", words: ["vip"] }, true],
])("%s", (_name, condition, expected) => {
  expect(isMet(condition, facts)).toBe(expected);
});

const always = { all: [], any: [], none: [] };
const ruleOn = (code: string, on: ReadonlyArray<string>, runsMax = 10): Rule => ({
  code,
  version: 1,
  on,
  conditions: always,
  actions: [],
  runsMax,
});
const happened = (eventId: string, type: string, cause: Cause | null = null): Occurrence => ({
  eventId,
  type,
  subject: "order:1",
  cause,
  facts,
});

test("all, any and none have to agree", () => {
  const fits: Condition = { fact: "order.country", is: "one_of", words: ["DE"] };
  const fails: Condition = { fact: "order.country", is: "one_of", words: ["FR"] };
  const runs = (conditions: Partial<Rule["conditions"]>) =>
    planRuns(
      [happened("e", "x")],
      [{ ...ruleOn("r", ["x"]), conditions: { ...always, ...conditions } }],
      () => 0,
    ).length;
  expect(runs({ all: [fits, fails] })).toBe(0);
  expect(runs({ all: [fits], any: [fails, fits], none: [fails] })).toBe(1);
  expect(runs({ any: [fails] })).toBe(0);
  expect(runs({ none: [fits] })).toBe(0);
});

test("a rule does not run for what it brought about, by itself or through another", () => {
  const rules = [ruleOn("a", ["x"]), ruleOn("b", ["x"])];
  const skips = planRuns([happened("e", "x", { depth: 2, rules: ["a", "c"] })], rules, () => 0);
  expect(skips.map(({ rule, skip }) => [rule.code, skip])).toEqual([
    ["a", "loop"],
    ["b", null],
  ]);
});

test("more runs for one subject than allowed are skipped, those of the same batch counted", () => {
  const events = [1, 2, 3, 4].map((index) => happened(`e${index}`, "x"));
  const planned = planRuns(events, [ruleOn("a", ["x"], 3)], () => 1);
  expect(planned.map(({ skip }) => skip)).toEqual([null, null, "too_often", "too_often"]);
});

test("whatever rules there are, and whatever they bring about, what one event sets off comes to an end", () => {
  const type = fc.constantFrom("a", "b", "c", "d");
  const world = fc.array(
    fc.record({ on: fc.uniqueArray(type, { minLength: 1 }), emits: fc.array(type, { maxLength: 3 }) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(world, fc.boolean(), (specs, isCauseLost) => {
      const rules = specs.map(({ on }, index) => ruleOn(String(index), on, 4));
      const runs = new Map<string, number>();
      const queue = [happened("0", "a")];
      let handled = 0;
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
        handled += 1;
        expect(handled).toBeLessThan(2_000);
        for (const { rule, cause, skip } of planRuns([event], rules, (code) => runs.get(code) ?? 0)) {
          if (skip !== null) continue;
          expect(cause.depth).toBeLessThanOrEqual(DEPTH_MAX);
          expect(new Set(cause.rules).size).toBe(cause.rules.length);
          runs.set(rule.code, (runs.get(rule.code) ?? 0) + 1);
          for (const emitted of specs[Number(rule.code)]?.emits ?? [])
            queue.push(happened(`${handled}`, emitted, isCauseLost ? null : cause));
        }
      }
      for (const count of runs.values()) expect(count).toBeLessThanOrEqual(4);
    }),
    { numRuns: 500 },
  );
});
