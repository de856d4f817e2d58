import { holdView, noHoldProblem, refusalSeenBy } from "../../contract/hold-view.ts";
import type { HoldBatchItem, HoldRequest, HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { holdKey, planHold, RecentRequests, type HoldPlan } from "../../domain/inventory/hold-plan.ts";
import { takeBasket } from "../../domain/inventory/take-basket.ts";
import type { HoldOutcome } from "../../domain/inventory/take-in-order.ts";
import type { Region } from "../../domain/live/gate-choice.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { GateCaller } from "../../durable-objects/gate/port.ts";
import type { Services } from "../services.ts";

/** Who asks, as far as a hold has to know, and from where. */
export type HoldCaller = GateCaller & { readonly region: Region | null };
export type HoldServices = Pick<Services, "sku" | "gate" | "liveShow" | "locationNamed" | "nowMs">;

const recentRequests = new RecentRequests();

/** Takes a hold over one SKU or several: whole or not at all (I7). A repeat with the same key finds the same hold. */
export async function takeHold(
  services: HoldServices,
  caller: HoldCaller,
  idempotencyKey: string,
  request: HoldRequest,
): Promise<Result<HoldView, Problem>> {
  const refusal = await refusePickup(services, request);
  if (refusal !== null) return err(refusal);
  if (request.show !== undefined) {
    const item = { ...request, idempotency_key: idempotencyKey };
    const [outcome] = await takeInShow(services, caller, request.show, request.buyer, [item]);
    return outcome ?? err(problem("unavailable"));
  }
  const plan = prepareHold(caller, idempotencyKey, request, services.nowMs());
  return plan.ok ? holdAnswer(caller, plan.value, await takeBasket(services.sku, plan.value)) : plan;
}

/**
 * Claims of a show go through its gates, where they are gathered with those from sockets.
 *
 * @param through - Whose gate: the buyer's, or that of whoever speaks for many.
 */
export async function takeInShow(
  { gate, liveShow }: Pick<Services, "gate" | "liveShow">,
  caller: HoldCaller,
  code: string,
  through: string,
  items: ReadonlyArray<HoldBatchItem>,
): Promise<ReadonlyArray<Result<HoldView, Problem>>> {
  const show = await liveShow(code);
  if (show === null) {
    const unknown = err(problem("drop_not_open", { show: code, drop_status: null, opens_at: null }));
    return items.map(() => unknown);
  }
  const { region, principalId, viewer, device } = caller;
  const port = gate({ show: code, region, caller: through });
  return port.takeHolds({ caller: { principalId, viewer, device }, show, items });
}

/** What can be answered without asking any object, or what to ask. */
export function prepareHold(
  caller: HoldCaller,
  idempotencyKey: string,
  request: HoldRequest,
  nowMs: number,
): Result<HoldPlan, Problem> {
  const plan = planHold(holdKey(caller.principalId, idempotencyKey), {
    buyer: request.buyer,
    lines: request.lines,
    ttlSeconds: request.ttl_seconds,
    show: request.show ?? null,
    location: request.location ?? null,
    device: request.device ?? caller.device,
    arrivedAtMs: nowMs,
    isGuarded: caller.viewer === "publishable",
  });
  return recentRequests.isFirstContent(plan) ? ok(plan) : err(problem("idempotency_key_reused"));
}

export function holdAnswer(
  { viewer }: HoldCaller,
  plan: HoldPlan,
  outcome: HoldOutcome,
): Result<HoldView, Problem> {
  if (outcome.ok) return ok(holdView(outcome.value.home, outcome.value.parts));
  recentRequests.refused(plan, outcome.error.code);
  return err(refusalSeenBy(viewer, noHoldProblem(outcome.error)));
}

/** A location that is not there, or hands nothing over, would only ever look sold out. */
export async function refusePickup(
  { locationNamed }: Pick<Services, "locationNamed">,
  { location }: HoldRequest,
): Promise<Problem | null> {
  if (location === undefined) return null;
  const row = await locationNamed(location);
  if (row?.pickup === true) return null;
  const detail = row === null ? "No location has this code." : "Nothing can be picked up at this location.";
  return problem("location_unknown", { location, detail });
}
