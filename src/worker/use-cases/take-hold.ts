import type { HoldRequest, HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Sku } from "../../domain/brand.ts";
import { encodeBytes } from "../../domain/ids.ts";
import { invariant } from "../../domain/invariant.ts";
import type { HoldRefusal } from "../../domain/inventory/errors.ts";
import { isLive, type HoldKey, type HoldLine, type HoldPart } from "../../domain/inventory/hold.ts";
import type { TakeHold } from "../../domain/inventory/sku-port.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { sha256 } from "../../domain/sha256.ts";
import type { Principal } from "../http/principal.ts";
import type { Services } from "../services.ts";
import { holdRefusalProblem, holdView, worstStatus } from "./hold-view.ts";
import { mapInParallel, settleInParallel, valuesOf } from "./in-parallel.ts";

const HOLD_KEY_LENGTH = 20;

/** What one hold asks of each SKU's object. The home SKU, whose part knows the whole basket, comes first. */
export type HoldPlan = {
  readonly home: { readonly sku: Sku; readonly command: TakeHold };
  readonly others: ReadonlyArray<{ readonly sku: Sku; readonly command: TakeHold }>;
};

/** Twenty characters, a hundred bits: nobody finds another's hold by guessing, and each caller has keys of its own. */
export function holdKey(principalId: string, idempotencyKey: string): HoldKey {
  return encodeBytes(sha256(`${principalId}\n${idempotencyKey}`), HOLD_KEY_LENGTH);
}

/** Who asks, as far as a hold has to know. Pages are not trusted: what they hold and let lapse is limited. */
export type HoldCaller = Pick<Principal, "id" | "kind">;

/** Lines of one SKU are merged, and SKUs are sorted, so that the same wish in another order is the same hold. */
export function planHold(
  caller: HoldCaller,
  idempotencyKey: string,
  request: HoldRequest,
  nowMs: number,
): HoldPlan {
  const key = holdKey(caller.id, idempotencyKey);
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of request.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const lines: ReadonlyArray<HoldLine> = [...quantities]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  const [first, ...rest] = lines;
  invariant(first !== undefined, "a hold has a line");
  const command = ({ quantity }: HoldLine): TakeHold => ({
    key,
    buyer: request.buyer,
    quantity,
    ttlSeconds: request.ttl_seconds,
    location: request.location ?? null,
    show: request.show ?? null,
    home: first.sku,
    basket: null,
    device: request.device ?? null,
    arrivedAtMs: nowMs,
    isGuarded: caller.kind === "publishable",
  });
  return {
    home: {
      sku: first.sku,
      command: { ...command(first), home: null, basket: rest.length === 0 ? null : lines },
    },
    others: rest.map((line) => ({ sku: line.sku, command: command(line) })),
  };
}

/**
 * What an isolate remembers of recent requests. Inside one SKU the object knows every key that it holds; a key that
 * comes back for other SKUs is recognised here only, so as a best effort: another isolate does not know it.
 */
const recentRequests = new Map<HoldKey, string>();
const RECENT_REQUESTS_MAX = 10_000;

/** Remembers the content of the key's hold; false where the key came with other content before. */
function isFirstContent(plan: HoldPlan): boolean {
  const { key } = plan.home.command;
  const { buyer, ttlSeconds, location, show } = plan.home.command;
  const lines = [plan.home, ...plan.others].map(({ sku, command }) => `${sku} ${command.quantity}`);
  const content = [buyer, ttlSeconds, location, show, ...lines].join(" ");
  const earlier = recentRequests.get(key);
  if (earlier !== undefined) return earlier === content;
  const [oldest] = recentRequests.keys();
  if (recentRequests.size >= RECENT_REQUESTS_MAX && oldest !== undefined) recentRequests.delete(oldest);
  recentRequests.set(key, content);
  return true;
}

/**
 * What can be answered without asking any object, or what to ask.
 *
 * @returns The refusal, or the plan.
 */
export function prepareHold(
  caller: HoldCaller,
  idempotencyKey: string,
  request: HoldRequest,
  nowMs: number,
): Result<HoldPlan, Problem> {
  const plan = planHold(caller, idempotencyKey, request, nowMs);
  return isFirstContent(plan) ? ok(plan) : err(problem("idempotency_key_reused"));
}

/** A refused request leaves nothing behind, so its key is free for a better one. */
export function refuseHold(plan: HoldPlan, refusal: HoldRefusal): Result<HoldView, Problem> {
  if (refusal.code !== "idempotency_key_reused") recentRequests.delete(plan.home.command.key);
  return err(holdRefusalProblem(refusal));
}

/** Takes a hold over one SKU or several: whole or not at all (I7). A repeat with the same key finds the same hold. */
export async function takeHold(
  services: Pick<Services, "sku" | "locationNamed" | "nowMs">,
  caller: HoldCaller,
  idempotencyKey: string,
  request: HoldRequest,
): Promise<Result<HoldView, Problem>> {
  const refusal = await refusePickup(services, request);
  if (refusal !== null) return err(refusal);
  const plan = prepareHold(caller, idempotencyKey, request, services.nowMs());
  return plan.ok ? takePlanned(services, plan.value) : plan;
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

export async function takePlanned(
  services: Pick<Services, "sku">,
  plan: HoldPlan,
): Promise<Result<HoldView, Problem>> {
  let missing: HoldPlan["home"] | undefined;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const current = round === 0 ? plan : renewedPlan(plan, round);
    // What was short last time is asked first, so that a basket which is still short uses no key up.
    const { sku } = missing ?? plan.home;
    const asked = [current.home, ...current.others].find((part) => part.sku === sku) ?? current.home;
    const first = await takePart(services, asked.sku, asked.command);
    if (!first.ok) return refuseHold(plan, first.error);
    const home =
      asked === current.home ? first : await takePart(services, current.home.sku, current.home.command);
    const taken = home.ok
      ? await takeOthers(services, current, home.value)
      : ({ refusal: home.error } as const);
    if ("hold" in taken) return ok(taken.hold);
    if ("ended" in taken) return err(taken.ended);
    if ("refusal" in taken) {
      await giveBack(services, current);
      return refuseHold(plan, taken.refusal);
    }
    missing = taken.missing;
  }
  return err(ended("released"));
}

/** How often a basket may be refused half-way, each time for another SKU, before its key is worn out. */
const ROUNDS_MAX = 8;

/**
 * The same wish under another key. What a refused basket had taken was given back, and a hold that is resolved stays
 * so: under the key that its parts know, the basket could never be taken again.
 */
function renewedPlan(plan: HoldPlan, round: number): HoldPlan {
  // No idempotency key has a line break in it, so nobody else comes to the same digest.
  const key = holdKey(plan.home.command.key, `\n${round}`);
  return {
    home: { ...plan.home, command: { ...plan.home.command, key } },
    others: plan.others.map(({ sku, command }) => ({ sku, command: { ...command, key } })),
  };
}

type TakenBasket =
  | { readonly hold: HoldView }
  /** What was taken has to be given back. */
  | { readonly refusal: HoldRefusal }
  /** An earlier request was refused half-way: this part it never had. */
  | { readonly missing: HoldPlan["home"] }
  | { readonly ended: Problem };

/** Takes what a hold wants beside its home part, or finds the hold as it ended. */
async function takeOthers(
  services: Pick<Services, "sku">,
  plan: HoldPlan,
  home: HoldPart,
): Promise<TakenBasket> {
  if (plan.others.length === 0) return { hold: holdView(home, [home]) };
  if (!isLive(home.status)) return findEnded(services, plan, home);

  const outcomes = await settleInParallel(plan.others, ({ sku, command }) =>
    takePart(services, sku, command),
  );
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" && !outcome.value.ok ? [outcome.value.error] : [],
  );
  const refusal = refusalPrecedence
    .map((code) => refusals.find((candidate) => candidate.code === code))
    .find((candidate) => candidate !== undefined);
  if (refusal !== undefined) return { refusal };
  // Nobody knows what became of a part whose object failed. The caller repeats, and finds or completes the hold.
  const parts = [home, ...valuesOf(outcomes).flatMap((outcome) => (outcome.ok ? [outcome.value] : []))];
  if (isLive(worstStatus(parts))) return { hold: holdView(home, parts) };
  await giveBack(services, plan);
  return { ended: ended(worstStatus(parts)) };
}

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
  services: Pick<Services, "sku">,
  sku: Sku,
  command: TakeHold,
): Promise<Result<HoldPart, HoldRefusal>> {
  const [outcome] = await services.sku(sku).takeHolds([command]);
  invariant(outcome !== undefined, "one command has one outcome");
  return outcome;
}

/**
 * The hold under this key has ended. It is found again as it is, unless an earlier request was refused half-way and
 * gave back what it had taken.
 */
async function findEnded(
  services: Pick<Services, "sku">,
  plan: HoldPlan,
  home: HoldPart,
): Promise<TakenBasket> {
  const others = await mapInParallel(plan.others, ({ sku, command }) =>
    services.sku(sku).readHold(command.key),
  );
  const parts = others.filter((part) => part !== null);
  if (parts.length === others.length) return { hold: holdView(home, [home, ...parts]) };
  const missing = plan.others[others.indexOf(null)];
  // What was paid for is never taken a second time, whatever else is forgotten.
  return missing === undefined || home.status === "converted" ? { ended: ended(home.status) } : { missing };
}

function ended(status: HoldPart["status"]): Problem {
  return problem("hold_resolved", {
    hold_status: status,
    detail: "What was held under this key was given back. Use a new key.",
  });
}

/** Gives every part back before the refusal is answered. A part whose object cannot be reached expires by itself. */
async function giveBack(services: Pick<Services, "sku">, plan: HoldPlan): Promise<void> {
  await settleInParallel([plan.home, ...plan.others], ({ sku, command }) =>
    services.sku(sku).releaseHold(command.key),
  );
}
