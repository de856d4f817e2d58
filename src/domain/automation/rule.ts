import type { Action } from "./action.ts";
import { areMet, type Conditions, type Facts } from "./condition.ts";

/** When one of these happens, if the conditions are met, then these are done, in order. */
export type Rule = {
  readonly code: string;
  readonly version: number;
  readonly on: ReadonlyArray<string>;
  readonly conditions: Conditions;
  readonly actions: ReadonlyArray<Action>;
  /** Runs for one order, SKU or show in 24 hours. */
  readonly runsMax: number;
};

/** A run that an event may follow from: how deep it stands, and the rules of it and of every run before it. */
export type Cause = { readonly depth: number; readonly rules: ReadonlyArray<string> };

/** Something that happened, with what is known of it. */
export type Occurrence = {
  readonly eventId: string;
  readonly type: string;
  /** The order, SKU, hold or show. */
  readonly subject: string;
  /** Null where no rule brought it about. */
  readonly cause: Cause | null;
  readonly facts: Facts;
};

/** Why a rule that fits is not run. */
export type SkipReason =
  /** The event follows from this rule. */
  | "loop"
  /** The event follows from a chain of rules that is as long as one may be. */
  | "too_deep"
  | "too_often";

export type PlannedRun = {
  readonly rule: Rule;
  readonly eventId: string;
  readonly subject: string;
  readonly cause: Cause;
  readonly skip: SkipReason | null;
};

/** Rules in one chain: what a rule does may set off another, and that a third. */
export const DEPTH_MAX = 3;

/**
 * Which rules run for what happened.
 *
 * Nothing runs for ever: no rule runs for what itself brought about, no chain is longer than {@link DEPTH_MAX}, and
 * where a chain cannot be followed (a cancel that gives back stock that runs low again) the number of runs for one
 * subject in a day is bounded.
 *
 * @param runsOf - Runs of a rule for a subject in the last 24 hours.
 */
export function planRuns(
  occurrences: ReadonlyArray<Occurrence>,
  rules: ReadonlyArray<Rule>,
  runsOf: (rule: string, subject: string) => number,
): ReadonlyArray<PlannedRun> {
  const added = new Map<string, number>();
  const planned: Array<PlannedRun> = [];
  for (const { eventId, type, subject, cause, facts } of occurrences) {
    for (const rule of rules) {
      if (!rule.on.includes(type) || !areMet(rule.conditions, facts)) continue;
      const key = `${rule.code} ${subject}`;
      const runs = runsOf(rule.code, subject) + (added.get(key) ?? 0);
      const skip = skipReason(rule, cause, runs);
      if (skip === null) added.set(key, (added.get(key) ?? 0) + 1);
      planned.push({
        rule,
        eventId,
        subject,
        skip,
        cause: { depth: (cause?.depth ?? 0) + 1, rules: [...(cause?.rules ?? []), rule.code] },
      });
    }
  }
  return planned;
}

function skipReason({ code, runsMax }: Rule, cause: Cause | null, runs: number): SkipReason | null {
  if (cause?.rules.includes(code) === true) return "loop";
  if (cause !== null && cause.depth >= DEPTH_MAX) return "too_deep";
  return runs >= runsMax ? "too_often" : null;
}
