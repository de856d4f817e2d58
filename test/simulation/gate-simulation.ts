import type { Sku } from "../../src/domain/brand.ts";
import type { HoldRefusal } from "../../src/domain/inventory/errors.ts";
import type { HoldPart } from "../../src/domain/inventory/hold.ts";
import type { TakeHold } from "../../src/domain/inventory/sku-port.ts";
import type { Result } from "../../src/domain/result.ts";
import { ClaimLane, type LaneAnswer } from "../../src/durable-objects/gate/claim-lane.ts";
import { BERLIN, buyer, putDropCommand, takeHoldCommand } from "../support/sku-fixture.ts";
import { Crash, SkuHarness } from "../support/sku-harness.ts";
import { SkuAudit } from "./audit.ts";
import { promise } from "./promise.ts";
import { Random } from "./random.ts";
import { VirtualTime } from "./virtual-time.ts";

const LIMIT = 3;
const GATES = 3;
const BUYERS = 40;
/** Servers that speak for many: together more than one batch holds. */
const CROWDS = 8;
const CROWD_SIZE = 90;
const TRIES_MAX = 60;
/** A claim that a gate keeps in silence for so long was lost. */
const SILENCE_MS = 5_000;

type Outcome = Result<HoldPart, HoldRefusal>;
type Gate = { readonly lane: ClaimLane; readonly gone: Promise<null>; readonly kill: () => void };

/**
 * One drop behind several gates, from one seed: calls and replies lost, an object that crashes before and after it commits,
 * gates that die with claims in them. The batching and the decisions are the product's own.
 */
class GateSimulation {
  readonly #random: Random;
  readonly #time = new VirtualTime();
  readonly #sku: SkuHarness;
  readonly #audit: SkuAudit;
  readonly #units: number;
  readonly #gates: Array<Gate>;
  readonly #accepted = new Map<string, HoldPart>();
  readonly #soldOut: Array<number> = [];
  #isHostile = true;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#sku = new SkuHarness({ sku: "RED" as Sku, buyerLimit: LIMIT, backorderLimit: 0 });
    this.#audit = new SkuAudit(this.#sku);
    this.#units = this.#random.integer(10, 300);
    const quantity = this.#units + this.#random.integer(0, 5);
    this.#sku.move({ id: "delivery", kind: "received", location: BERLIN, quantity, reason: null });
    this.#sku.putDrop(putDropCommand("S", { quantity: this.#units, buyerLimit: 2, ttlSeconds: 3600 }));
    this.#gates = Array.from({ length: GATES }, () => this.#openGate());
  }

  run(): Promise<void> {
    // What the runtime has and Node keeps in a module.
    Object.assign(globalThis, { scheduler: { wait: (ms: number) => this.#time.wait(ms) } });
    return this.#time.run(this.#play());
  }

  async #play(): Promise<void> {
    const people = Array.from({ length: BUYERS }, (_, index) =>
      this.#insist([this.#claim(`key-${index}`, `buyer-${index % 25}`)]),
    );
    const crowds = Array.from({ length: CROWDS }, (_, crowd) =>
      this.#insist(
        Array.from({ length: CROWD_SIZE }, (_each, index) =>
          this.#claim(`crowd-${crowd}-${index}`, `fan-${(crowd * CROWD_SIZE + index) % 500}`),
        ),
      ),
    );
    await Promise.all([...people, ...crowds, this.#killGates()]);
    this.#isHostile = false;
    this.#checkEnd();
  }

  #claim(key: string, name: string): TakeHold {
    const quantity = this.#random.integer(1, 2);
    return takeHoldCommand(key, { buyer: buyer(name), quantity, show: "S", ttlSeconds: 3600 });
  }

  /** Repeats what was not answered, through any gate, with the same keys; and asks once more afterwards. */
  async #insist(claims: ReadonlyArray<TakeHold>): Promise<void> {
    await this.#time.wait(this.#random.integer(0, 6));
    let open = claims;
    for (let tries = 0; open.length > 0; tries += 1) {
      promise(tries < TRIES_MAX, "I10 a claim was never answered", { claims: open.length });
      const answer = await this.#ask(open);
      if (answer === null) continue;
      promise(answer.length === open.length, "I5 an answer for each claim", {
        asked: open.length,
        said: answer.length,
      });
      for (const [index, outcome] of answer.entries()) this.#note(open[index] as TakeHold, outcome);
      const isRepeated = tries === 0 && this.#random.chance(0.2);
      open = isRepeated ? open : [];
    }
  }

  async #ask(claims: ReadonlyArray<TakeHold>): Promise<LaneAnswer> {
    const gate = this.#random.pick(this.#gates);
    const answered = new Promise<LaneAnswer>((resolve) => gate.lane.submit(claims, resolve));
    const silence = new AbortController();
    const kept = this.#time.wait(SILENCE_MS, silence.signal).then(() => "kept" as const);
    const said = await Promise.race([answered, gate.gone, kept]);
    silence.abort();
    promise(said !== "kept", "I10 a gate kept a claim in silence", { claims: claims.length });
    return said as LaneAnswer;
  }

  #note(claim: TakeHold, outcome: Outcome | undefined): void {
    promise(outcome !== undefined, "I5 an answer without an outcome", claim);
    if (outcome === undefined) return;
    const earlier = this.#accepted.get(claim.key);
    if (!outcome.ok) {
      promise(earlier === undefined, "I5 what was accepted is refused when it is asked again", {
        claim,
        outcome,
      });
      if (outcome.error.code === "sold_out") this.#soldOut.push(claim.quantity);
      return;
    }
    const { key, buyer: name, quantity } = outcome.value;
    promise(
      key === claim.key && name === claim.buyer && quantity === claim.quantity,
      "I5 somebody was given another's answer",
      { claim, key },
    );
    this.#accepted.set(claim.key, outcome.value);
  }

  #openGate(): Gate {
    let kill = () => {};
    const gone = new Promise<null>((resolve) => (kill = () => resolve(null)));
    return {
      lane: new ClaimLane(
        (claims) => this.#call(claims),
        () => {},
      ),
      gone,
      kill,
    };
  }

  async #killGates(): Promise<void> {
    for (let deaths = 0; deaths < 3; deaths += 1) {
      await this.#time.wait(this.#random.integer(1, 8));
      const index = this.#random.integer(0, GATES - 1);
      this.#gates[index]?.kill();
      this.#gates[index] = this.#openGate();
    }
  }

  async #call(claims: ReadonlyArray<TakeHold>): Promise<Array<Outcome>> {
    await this.#time.wait(this.#random.integer(0, 2));
    if (this.#isHostile && this.#random.chance(0.1)) throw new Error("the call was lost");
    if (this.#isHostile && this.#random.chance(0.1))
      this.#sku.crashNext = this.#random.pick(["before", "after"] as const);
    if (this.#isHostile && this.#random.chance(0.1)) this.#sku.restart();
    const outcomes = this.#decide(claims);
    if (this.#isHostile && this.#random.chance(0.1)) throw new Error("the reply was lost");
    return outcomes;
  }

  #decide(claims: ReadonlyArray<TakeHold>): Array<Outcome> {
    try {
      return this.#sku.takeHolds(claims);
    } catch (error) {
      if (error instanceof Crash) throw new Error("the object died", { cause: error });
      throw error;
    } finally {
      this.#audit.check(LIMIT);
    }
  }

  #checkEnd(): void {
    const rows = this.#sku.sql
      .exec<{ key: string; quantity: number }>("SELECT key, quantity FROM hold")
      .toArray();
    const phantoms = rows.filter(({ key }) => !this.#accepted.has(key));
    promise(phantoms.length === 0, "I14 units are held that nobody was told of", phantoms.slice(0, 3));
    promise(rows.length === this.#accepted.size, "I10 an acknowledged hold is gone", {
      rows: rows.length,
      accepted: this.#accepted.size,
    });
    const held = rows.reduce((sum, { quantity }) => sum + quantity, 0);
    promise(held <= this.#units, "I2 oversold", { held, units: this.#units });
    // Nothing was given back, so what is left now was there for everybody who was told that it was not.
    const left = this.#units - held;
    const turnedAway = this.#soldOut.find((quantity) => quantity <= left);
    promise(turnedAway === undefined, "I14 a buyer was turned away from units that are there", {
      turnedAway,
      left,
    });
  }
}

/** @throws Violation naming the invariant, or whatever the product's own assertions threw. */
export function simulateGates(seed: number): Promise<void> {
  return new GateSimulation(seed).run();
}
