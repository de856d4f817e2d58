import { noHoldProblem, refusalSeenBy } from "../../contract/hold-view.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { holdKey, planHold, RecentRequests, type HoldPlan } from "../../domain/inventory/hold-plan.ts";
import type { HoldLine } from "../../domain/inventory/hold.ts";
import type { SkuPort, TakeHold } from "../../domain/inventory/sku-port.ts";
import type { HoldSkus, NoHold, TakenHold } from "../../domain/inventory/take-basket.ts";
import { takeInOrder, type HoldOutcome, type Unanswered } from "../../domain/inventory/take-in-order.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { ClaimLane, type LaneAnswer } from "./claim-lane.ts";
import type { GateCaller } from "./port.ts";

/** Beyond so many SKUs, those that nobody claims at the moment are forgotten. */
const LANES_MAX = 1_000;

export type Claim = {
  readonly buyer: BuyerKey;
  readonly idempotency_key: string;
  readonly lines: ReadonlyArray<HoldLine>;
  readonly ttl_seconds: number;
  readonly location?: TakeHold["location"] | undefined;
  readonly device?: string | undefined;
};
export type ClaimOutcome = Result<TakenHold, Problem>;
export type ClaimAnswer = (outcomes: ReadonlyArray<ClaimOutcome>) => void;

/** Who may claim now; a gate without a waiting room lets everybody. */
export type Door = {
  /** @returns The refusal of a buyer who has to wait. */
  readonly enter: (buyer: BuyerKey, nowMs: number) => Problem | null;
  /** What the buyer came for was decided. */
  readonly decided: (buyer: BuyerKey, outcome: ClaimOutcome, nowMs: number) => void;
};

type Prepared = Result<HoldPlan, Problem>;

/** Takes claims from sockets and from calls to the objects of their SKUs, many at a time, and answers each. */
export class Claims {
  readonly #sku: (sku: Sku) => SkuPort;
  readonly #door: Door;
  readonly #nowMs: () => number;
  readonly #onFailure: (sku: Sku, error: unknown) => void;
  readonly #lanes = new Map<Sku, ClaimLane>();
  readonly #recent = new RecentRequests();
  #lastSoldOut: { readonly facts: string; readonly problem: Problem } | null = null;
  /** The objects as a basket uses them: what it takes goes through the lanes, in its turn. */
  readonly #laneSkus: HoldSkus = (sku) => ({
    takeHolds: (claims) => this.#takeInLane(sku, claims),
    readHold: (key) => this.#sku(sku).readHold(key),
    releaseHold: (key) => this.#sku(sku).releaseHold(key),
  });

  constructor(
    sku: (sku: Sku) => SkuPort,
    door: Door,
    nowMs: () => number,
    onFailure: (sku: Sku, error: unknown) => void,
  ) {
    this.#sku = sku;
    this.#door = door;
    this.#nowMs = nowMs;
    this.#onFailure = onFailure;
  }

  /** Decides each claim by itself, in order. `answer` is called once, with an outcome for each. */
  take(caller: GateCaller, show: string | null, claims: ReadonlyArray<Claim>, answer: ClaimAnswer): void {
    const nowMs = this.#nowMs();
    const prepared = claims.map((claim) => this.#prepare(caller, show, claim, nowMs));
    const finish = (outcomes: ReadonlyArray<HoldOutcome | null>) =>
      answer(prepared.map((plan, index) => this.#conclude(caller, plan, outcomes[index] ?? null)));
    const plans = prepared.filter((plan) => plan.ok).map(({ value }) => value);
    if (plans.length === 0) return finish([]);
    if (plans.some(({ others }) => others.length > 0)) {
      void this.#takeInOrder(prepared, plans, finish);
      return;
    }
    this.#takeSingles(prepared, finish);
  }

  #prepare(caller: GateCaller, show: string | null, claim: Claim, nowMs: number): Prepared {
    const plan = planHold(holdKey(caller.principalId, claim.idempotency_key), {
      buyer: claim.buyer,
      lines: claim.lines,
      ttlSeconds: claim.ttl_seconds,
      show,
      location: claim.location ?? null,
      device: claim.device ?? caller.device,
      arrivedAtMs: nowMs,
      isGuarded: caller.viewer === "publishable",
    });
    const queued = this.#door.enter(claim.buyer, nowMs);
    if (queued !== null) return err(queued);
    return this.#recent.isFirstContent(plan) ? ok(plan) : err(problem("idempotency_key_reused"));
  }

  #conclude(caller: GateCaller, plan: Prepared, outcome: HoldOutcome | null): ClaimOutcome {
    if (!plan.ok) return plan;
    if (outcome === null) return err(problem("unavailable"));
    const { buyer } = plan.value.home.command;
    if (outcome.ok) {
      this.#door.decided(buyer, outcome, this.#nowMs());
      return outcome;
    }
    this.#recent.refused(plan.value, outcome.error.code);
    const refusal = err(this.#refusal(caller, outcome.error));
    this.#door.decided(buyer, refusal, this.#nowMs());
    return refusal;
  }

  /** Once a SKU is sold out, a crowd is told the same thing: it is put into words once. */
  #refusal({ viewer }: GateCaller, refused: NoHold | Unanswered): Problem {
    if (refused.code !== "sold_out") return refusalSeenBy(viewer, noHoldProblem(refused));
    const { sku, requested, available } = refused;
    const facts = `${viewer} ${sku} ${requested} ${available}`;
    if (this.#lastSoldOut?.facts !== facts) {
      this.#lastSoldOut = { facts, problem: refusalSeenBy(viewer, noHoldProblem(refused)) };
    }
    return this.#lastSoldOut.problem;
  }

  /** What nearly every message is: claims on one SKU each. */
  #takeSingles(
    prepared: ReadonlyArray<Prepared>,
    finish: (outcomes: ReadonlyArray<HoldOutcome | null>) => void,
  ): void {
    const groups = new Map<Sku, { readonly indexes: Array<number>; readonly claims: Array<TakeHold> }>();
    for (const [index, plan] of prepared.entries()) {
      if (!plan.ok) continue;
      const { sku, command } = plan.value.home;
      const group = groups.get(sku);
      if (group === undefined) groups.set(sku, { indexes: [index], claims: [command] });
      else {
        group.indexes.push(index);
        group.claims.push(command);
      }
    }
    const outcomes: Array<HoldOutcome | null> = prepared.map(() => null);
    let open = groups.size;
    for (const [sku, { indexes, claims }] of groups) {
      this.#lane(sku).submit(claims, (taken) => {
        for (const [position, index] of indexes.entries()) outcomes[index] = outcomeAt(taken, position);
        open -= 1;
        if (open === 0) finish(outcomes);
      });
    }
  }

  async #takeInOrder(
    prepared: ReadonlyArray<Prepared>,
    plans: ReadonlyArray<HoldPlan>,
    finish: (outcomes: ReadonlyArray<HoldOutcome | null>) => void,
  ): Promise<void> {
    const taken = await takeInOrder(this.#laneSkus, plans, (error) => {
      if (!(error instanceof LaneFailure)) this.#onFailure(plans[0]?.home.sku as Sku, error);
      return true;
    });
    let next = 0;
    finish(
      prepared.map((plan) => {
        if (!plan.ok) return null;
        next += 1;
        return taken[next - 1] ?? null;
      }),
    );
  }

  #takeInLane(sku: Sku, claims: ReadonlyArray<TakeHold>): ReturnType<SkuPort["takeHolds"]> {
    return new Promise((resolve, reject) => {
      this.#lane(sku).submit(claims, (taken) => {
        if (taken === null) reject(new LaneFailure());
        else resolve([...taken]);
      });
    });
  }

  #lane(sku: Sku): ClaimLane {
    const known = this.#lanes.get(sku);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES_MAX) {
      for (const [other, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(other);
    }
    const lane = new ClaimLane(
      (claims) => this.#sku(sku).takeHolds(claims),
      (error) => this.#onFailure(sku, error),
    );
    this.#lanes.set(sku, lane);
    return lane;
  }
}

/** The lane has said why already. */
class LaneFailure extends Error {}

function outcomeAt(taken: LaneAnswer, position: number): HoldOutcome | null {
  const part = taken?.[position];
  if (part === undefined) return null;
  return part.ok ? ok({ home: part.value, parts: [part.value] }) : part;
}
