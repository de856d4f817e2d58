import type { Sku } from "../brand.ts";
import { invariant } from "../invariant.ts";
import { err, ok, type Result } from "../result.ts";
import type { HoldRefusal } from "./errors.ts";
import { renewedPlan, type HoldPlan, type HoldPlanPart } from "./hold-plan.ts";
import { isLive, worstStatus, type HoldPart, type HoldStatus } from "./hold.ts";
import type { SkuPort } from "./sku-port.ts";

/** The objects that a hold is taken from. */
export type HoldSkus = (sku: Sku) => Pick<SkuPort, "takeHolds" | "readHold" | "releaseHold">;

/** A hold with all its parts, the home part among them. */
export type TakenHold = { readonly home: HoldPart; readonly parts: ReadonlyArray<HoldPart> };

/** Why there is no hold: it was refused, or the hold under this key was given back before. */
export type NoHold = HoldRefusal | { readonly code: "hold_resolved"; readonly status: HoldStatus };

/** How often a basket may be refused half-way, each time for another SKU, before its key is worn out. */
const ROUNDS_MAX = 8;

/**
 * Takes a hold over one SKU or several: whole or not at all (I7). A repeat with the same key finds the same hold.
 *
 * @throws What an object's call throws. Nobody knows then what became of its part: the caller repeats, and finds or
 * completes the hold, or each part expires by itself.
 */
export async function takeBasket(skus: HoldSkus, plan: HoldPlan): Promise<Result<TakenHold, NoHold>> {
  let missing: HoldPlanPart | undefined;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const current = round === 0 ? plan : renewedPlan(plan, round);
    // What was short last time is asked first, so that a basket which is still short uses no key up.
    const { sku } = missing ?? plan.home;
    const asked = [current.home, ...current.others].find((part) => part.sku === sku) ?? current.home;
    const first = await takePart(skus, asked);
    if (!first.ok) return first;
    const home = asked === current.home ? first : await takePart(skus, current.home);
    const taken = home.ok ? await takeOthers(skus, current, home.value) : ({ refusal: home.error } as const);
    if ("hold" in taken) return ok(taken.hold);
    if ("ended" in taken) return err({ code: "hold_resolved", status: taken.ended });
    if ("refusal" in taken) {
      await giveBack(skus, current);
      return err(taken.refusal);
    }
    missing = taken.missing;
  }
  return err({ code: "hold_resolved", status: "released" });
}

type TakenBasket =
  | { readonly hold: TakenHold }
  /** What was taken has to be given back. */
  | { readonly refusal: HoldRefusal }
  /** An earlier request was refused half-way: this part it never had. */
  | { readonly missing: HoldPlanPart }
  | { readonly ended: HoldStatus };

/** Takes what a hold wants beside its home part, or finds the hold as it ended. */
async function takeOthers(skus: HoldSkus, plan: HoldPlan, home: HoldPart): Promise<TakenBasket> {
  if (plan.others.length === 0) return { hold: { home, parts: [home] } };
  if (!isLive(home.status)) return findEnded(skus, plan, home);

  const outcomes = await Promise.allSettled(plan.others.map((part) => takePart(skus, part)));
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" && !outcome.value.ok ? [outcome.value.error] : [],
  );
  const refusal = refusalPrecedence
    .map((code) => refusals.find((candidate) => candidate.code === code))
    .find((candidate) => candidate !== undefined);
  if (refusal !== undefined) return { refusal };
  // Nobody knows what became of a part whose object failed. The caller repeats, and finds or completes the hold.
  const others = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason as Error;
    return outcome.value;
  });
  const parts = [home, ...others.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))];
  const status = worstStatus(parts);
  if (isLive(status)) return { hold: { home, parts } };
  await giveBack(skus, plan);
  return { ended: status };
}

/** In the order in which {@link HoldRefusal} lists them. */
const refusalPrecedence: ReadonlyArray<HoldRefusal["code"]> = [
  "sku_unknown",
  "idempotency_key_reused",
  "drop_not_open",
  "rate_limited",
  "limit_reached",
  "waitlisted",
  "sold_out",
];

async function takePart(
  skus: HoldSkus,
  { sku, command }: HoldPlanPart,
): Promise<Result<HoldPart, HoldRefusal>> {
  const [outcome] = await skus(sku).takeHolds([command]);
  invariant(outcome !== undefined, "one command has one outcome");
  return outcome;
}

/**
 * The hold under this key has ended. It is found again as it is, unless an earlier request was refused half-way and
 * gave back what it had taken.
 */
async function findEnded(skus: HoldSkus, plan: HoldPlan, home: HoldPart): Promise<TakenBasket> {
  const others = await Promise.all(plan.others.map(({ sku, command }) => skus(sku).readHold(command.key)));
  const parts = others.filter((part) => part !== null);
  if (parts.length === others.length) return { hold: { home, parts: [home, ...parts] } };
  const missing = plan.others[others.indexOf(null)];
  // What was paid for is never taken a second time, whatever else is forgotten.
  return missing === undefined || home.status === "converted" ? { ended: home.status } : { missing };
}

/** Gives every part back before the refusal is answered. A part whose object cannot be reached expires by itself. */
async function giveBack(skus: HoldSkus, plan: HoldPlan): Promise<void> {
  await Promise.allSettled(
    [plan.home, ...plan.others].map(({ sku, command }) => skus(sku).releaseHold(command.key)),
  );
}
