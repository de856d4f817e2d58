import type { HoldRefusal } from "../../domain/inventory/errors.ts";
import type { HoldPart } from "../../domain/inventory/hold.ts";
import type { TakeHold } from "../../domain/inventory/sku-port.ts";
import {
  BATCH_CLAIMS_MAX,
  BATCH_DEADLINE_MS,
  lingerMs,
  WAITING_CLAIMS_MAX,
} from "../../domain/live/batching.ts";
import type { Result } from "../../domain/result.ts";

/** One for each claim, in order; null where nobody knows what became of them. */
export type LaneAnswer = ReadonlyArray<Result<HoldPart, HoldRefusal>> | null;

type Group = {
  readonly claims: ReadonlyArray<TakeHold>;
  readonly answer: (outcomes: LaneAnswer) => void;
};

/**
 * The claims on one SKU, in the order in which they came. While one call to its object is under way, what arrives
 * gathers for the next. Bounded at both ends: what cannot wait is turned away at once, and what is not answered in time
 * is answered for.
 */
export class ClaimLane {
  readonly #take: (claims: ReadonlyArray<TakeHold>) => Promise<Array<Result<HoldPart, HoldRefusal>>>;
  readonly #onFailure: (error: unknown) => void;
  #groups: Array<Group> = [];
  #waitingClaims = 0;
  #lastBatchClaims = 0;
  #isBusy = false;

  constructor(
    take: (claims: ReadonlyArray<TakeHold>) => Promise<Array<Result<HoldPart, HoldRefusal>>>,
    onFailure: (error: unknown) => void,
  ) {
    this.#take = take;
    this.#onFailure = onFailure;
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  /** `answer` is called once: at once with null where too many wait. */
  submit(claims: ReadonlyArray<TakeHold>, answer: (outcomes: LaneAnswer) => void): void {
    if (this.#waitingClaims + claims.length > WAITING_CLAIMS_MAX) return answer(null);
    this.#groups.push({ claims, answer });
    this.#waitingClaims += claims.length;
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#groups.length > 0) {
      const pauseMs = lingerMs(this.#lastBatchClaims, this.#waitingClaims);
      if (pauseMs > 0) await scheduler.wait(pauseMs);
      const batch = this.#nextBatch();
      await this.#decide(batch);
    }
    this.#isBusy = false;
  }

  #nextBatch(): ReadonlyArray<Group> {
    let claims = 0;
    let count = 0;
    for (const group of this.#groups) {
      if (count > 0 && claims + group.claims.length > BATCH_CLAIMS_MAX) break;
      claims += group.claims.length;
      count += 1;
    }
    this.#waitingClaims -= claims;
    this.#lastBatchClaims = claims;
    if (count < this.#groups.length) return this.#groups.splice(0, count);
    const batch = this.#groups;
    this.#groups = [];
    return batch;
  }

  async #decide(batch: ReadonlyArray<Group>): Promise<void> {
    let outcomes: LaneAnswer = null;
    try {
      const claims = batch.length === 1 ? (batch[0]?.claims ?? []) : batch.flatMap((group) => group.claims);
      outcomes = await withinDeadline(this.#take(claims));
    } catch (error) {
      this.#onFailure(error);
    }
    let start = 0;
    for (const { claims, answer } of batch) {
      try {
        answer(outcomes?.slice(start, start + claims.length) ?? null);
      } catch (error) {
        // One answer that goes wrong must not keep the others from theirs, nor stop the lane.
        this.#onFailure(error);
      }
      start += claims.length;
    }
  }
}

/** @throws where there is no answer in time. The call may have been carried out all the same. */
async function withinDeadline<Value>(call: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the object did not answer in time")), BATCH_DEADLINE_MS);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
