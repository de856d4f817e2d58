import type { HoldBatchItem, HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { holdView } from "./hold-view.ts";
import { mapInParallel } from "./in-parallel.ts";
import { isOutage } from "./outage.ts";
import {
  prepareHold,
  refuseHold,
  refusePickup,
  takePlanned,
  type HoldCaller,
  type HoldPlan,
} from "./take-hold.ts";

type Outcome = Result<HoldView, Problem>;
type Placed = { readonly index: number; readonly plan: HoldPlan };

/**
 * Decides each item by itself, in order. Items for one SKU share one call to its object; a basket waits for all items
 * before it, and those after it wait for the basket, so that no item overtakes another that wants the same units.
 */
export async function takeHoldBatch(
  services: Pick<Services, "sku" | "locationNamed" | "nowMs">,
  caller: HoldCaller,
  items: ReadonlyArray<HoldBatchItem>,
): Promise<ReadonlyArray<Outcome>> {
  const outcomes = new Map<number, Outcome>();
  let run: Array<Placed> = [];
  for (const [index, { idempotency_key: key, ...request }] of items.entries()) {
    const refusal = await refusePickup(services, request);
    const plan = refusal === null ? prepareHold(caller, key, request, services.nowMs()) : err(refusal);
    if (!plan.ok) outcomes.set(index, plan);
    else if (plan.value.others.length === 0) run.push({ index, plan: plan.value });
    else {
      await takeRun(services, run, outcomes);
      run = [];
      outcomes.set(index, await orUnavailable(() => takePlanned(services, plan.value)));
    }
  }
  await takeRun(services, run, outcomes);
  return items.map((_, index) => outcomes.get(index) ?? err(problem("unavailable")));
}

/** Holds over one SKU each: one call for each SKU. */
async function takeRun(
  services: Pick<Services, "sku">,
  run: ReadonlyArray<Placed>,
  outcomes: Map<number, Outcome>,
): Promise<void> {
  const groups = new Map<Sku, Array<Placed>>();
  for (const placed of run) {
    const group = groups.get(placed.plan.home.sku);
    if (group === undefined) groups.set(placed.plan.home.sku, [placed]);
    else group.push(placed);
  }
  await mapInParallel([...groups], async ([sku, group]) => {
    const taken = await orUnavailable(async () =>
      ok(await services.sku(sku).takeHolds(group.map(({ plan }) => plan.home.command))),
    );
    for (const [position, { index, plan }] of group.entries()) {
      if (!taken.ok) {
        outcomes.set(index, taken);
        continue;
      }
      const part = taken.value[position];
      if (part === undefined) continue;
      outcomes.set(index, part.ok ? ok(holdView(part.value, [part.value])) : refuseHold(plan, part.error));
    }
  });
}

/** One object that cannot be reached must not take the answers of the others with it. */
async function orUnavailable<Value>(
  work: () => Promise<Result<Value, Problem>>,
): Promise<Result<Value, Problem>> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    return err(problem("unavailable"));
  }
}
