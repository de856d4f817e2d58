import type { HoldBatchItem, HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { HoldPlan } from "../../domain/inventory/hold-plan.ts";
import { takeInOrder } from "../../domain/inventory/take-in-order.ts";
import { err, type Result } from "../../domain/result.ts";
import { isOutage } from "./outage.ts";
import {
  holdAnswer,
  prepareHold,
  refusePickup,
  takeInShow,
  type HoldCaller,
  type HoldServices,
} from "./take-hold.ts";

type Outcome = Result<HoldView, Problem>;
type Placed = { readonly index: number; readonly item: HoldBatchItem };

/** Decides each item by itself, in order: no item overtakes another that wants the same units. */
export async function takeHoldBatch(
  services: HoldServices,
  caller: HoldCaller,
  items: ReadonlyArray<HoldBatchItem>,
): Promise<ReadonlyArray<Outcome>> {
  const outcomes = new Map<number, Outcome>();
  for (const run of runsOfOneShow(items)) {
    const placed: Array<Placed> = [];
    for (const { index, item } of run) {
      const refusal = await refusePickup(services, item);
      if (refusal === null) placed.push({ index, item });
      else outcomes.set(index, err(refusal));
    }
    const show = placed[0]?.item.show;
    if (show === undefined) await takeRun(services, caller, placed, outcomes);
    else await takeRunInShow(services, caller, show, placed, outcomes);
  }
  return items.map((_, index) => outcomes.get(index) ?? err(problem("unavailable")));
}

/** Neighbours that name the same show, or none: they can be asked for together. */
function runsOfOneShow(items: ReadonlyArray<HoldBatchItem>): ReadonlyArray<ReadonlyArray<Placed>> {
  const runs: Array<Array<Placed>> = [];
  for (const [index, item] of items.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.item.show === item.show) last.push({ index, item });
    else runs.push([{ index, item }]);
  }
  return runs;
}

async function takeRun(
  services: HoldServices,
  caller: HoldCaller,
  run: ReadonlyArray<Placed>,
  outcomes: Map<number, Outcome>,
): Promise<void> {
  const plans: Array<HoldPlan> = [];
  const indexes: Array<number> = [];
  const nowMs = services.nowMs();
  for (const { index, item } of run) {
    const plan = prepareHold(caller, item.idempotency_key, item, nowMs);
    if (plan.ok) {
      plans.push(plan.value);
      indexes.push(index);
    } else outcomes.set(index, plan);
  }
  const taken = await takeInOrder(services.sku, plans, isOutage);
  for (const [position, outcome] of taken.entries()) {
    const plan = plans[position];
    if (plan !== undefined) outcomes.set(indexes[position] ?? -1, holdAnswer(caller, plan, outcome));
  }
}

async function takeRunInShow(
  services: HoldServices,
  caller: HoldCaller,
  show: string,
  run: ReadonlyArray<Placed>,
  outcomes: Map<number, Outcome>,
): Promise<void> {
  try {
    const items = run.map(({ item }) => item);
    // One gate for all of them, so that their order is kept.
    const taken = await takeInShow(services, caller, show, caller.principalId, items);
    for (const [position, { index }] of run.entries()) {
      const outcome = taken[position];
      if (outcome !== undefined) outcomes.set(index, outcome);
    }
  } catch (error) {
    if (!isOutage(error)) throw error;
  }
}
