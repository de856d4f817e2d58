import type { Sku } from "../brand.ts";
import { err, ok, type Result } from "../result.ts";
import type { HoldPlan } from "./hold-plan.ts";
import { takeBasket, type HoldSkus, type NoHold, type TakenHold } from "./take-basket.ts";

/** Nobody knows what became of a claim: its repeat, with the same key, finds out. */
export type Unanswered = { readonly code: "unavailable" };
export type HoldOutcome = Result<TakenHold, NoHold | Unanswered>;

const unanswered: HoldOutcome = err({ code: "unavailable" });

type Placed = { readonly index: number; readonly plan: HoldPlan };

/**
 * Decides each plan by itself, in order. Plans for one SKU share one call to its object; a basket waits for all plans
 * before it, and those after it wait for the basket, so that none overtakes another that wants the same units.
 *
 * @param isOutage - Whether what was thrown may be gone at the next try. Anything else is thrown on.
 * @returns An outcome for each plan, in order.
 */
export async function takeInOrder(
  skus: HoldSkus,
  plans: ReadonlyArray<HoldPlan>,
  isOutage: (error: unknown) => boolean,
): Promise<ReadonlyArray<HoldOutcome>> {
  const outcomes = new Map<number, HoldOutcome>();
  const attempt = async (work: () => Promise<void>, indexes: ReadonlyArray<number>) => {
    try {
      await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      for (const index of indexes) outcomes.set(index, unanswered);
    }
  };
  const takeRun = async (run: ReadonlyArray<Placed>) => {
    // One object that cannot be reached must not take the answers of the others with it.
    await Promise.all(
      [...groupedBySku(run)].map(([sku, group]) =>
        attempt(
          async () => {
            const taken = await skus(sku).takeHolds(group.map(({ plan }) => plan.home.command));
            for (const [position, { index }] of group.entries()) {
              const part = taken[position];
              if (part === undefined) continue;
              outcomes.set(index, part.ok ? ok({ home: part.value, parts: [part.value] }) : part);
            }
          },
          group.map(({ index }) => index),
        ),
      ),
    );
  };

  let run: Array<Placed> = [];
  for (const [index, plan] of plans.entries()) {
    if (plan.others.length === 0) {
      run.push({ index, plan });
      continue;
    }
    await takeRun(run);
    run = [];
    await attempt(async () => {
      outcomes.set(index, await takeBasket(skus, plan));
    }, [index]);
  }
  await takeRun(run);
  return plans.map((_, index) => outcomes.get(index) ?? unanswered);
}

function groupedBySku(run: ReadonlyArray<Placed>): Map<Sku, Array<Placed>> {
  const groups = new Map<Sku, Array<Placed>>();
  for (const placed of run) {
    const group = groups.get(placed.plan.home.sku);
    if (group === undefined) groups.set(placed.plan.home.sku, [placed]);
    else group.push(placed);
  }
  return groups;
}
