import { Random } from "./random.ts";

/*
 * A crowd on one SKU: buyers reach gates, each gate has one call to the SKU's object under way and gathers what comes
 * meanwhile, the object takes calls one after the other. Times in milliseconds.
 */

/** What a call with so many claims takes the object: `callMs + claims × claimMs`. */
export type ServiceLaw = { readonly callMs: number; readonly claimMs: number };

export type Surge = {
  readonly buyers: number;
  readonly overMs: number;
  readonly units: number;
  readonly gates: number;
  readonly batchMax: number;
  /** Claims that may wait at a gate; whoever comes then is told to come back. */
  readonly waitingMax: number;
  /** What a message takes its gate. */
  readonly gateMs: number;
  /** Between gate and object, there and back. */
  readonly roundTripMs: number;
  /** Until what the object stored is confirmed; its answers wait for that, its next call does not. */
  readonly flushMs: number;
  readonly law: ServiceLaw;
};

export type SurgeResult = {
  readonly accepted: number;
  readonly refused: number;
  readonly turnedAway: number;
  readonly acceptedP99Ms: number;
  readonly refusedP99Ms: number;
  /** When the last unit was given out. */
  readonly soldOutMs: number | null;
  readonly calls: number;
  readonly claimsPerCall: number;
  /** Of the time until its last answer, what the object worked. */
  readonly objectBusy: number;
};

type Gate = {
  readonly arrivals: Float64Array;
  /** Index of the next buyer who has not reached the gate's queue. */
  next: number;
  /** Arrival times of those who wait, oldest first from `head`. */
  readonly queue: Array<number>;
  head: number;
  /** When the gate is through with the messages before. */
  freeMs: number;
  returnMs: number;
  sendMs: number;
};

export function simulateSurge(surge: Surge, seed = 1): SurgeResult {
  const gates = gatesOf(surge, new Random(seed));
  const acceptedMs: Array<number> = [];
  const refusedMs: Array<number> = [];
  let turnedAway = 0;
  let left = surge.units;
  let objectFreeMs = 0;
  let objectWorkedMs = 0;
  let soldOutMs: number | null = null;
  let calls = 0;
  const waiting = new Heap(gates);
  for (let gate = waiting.pop(); gate !== null; gate = waiting.pop()) {
    turnedAway += takeArrivals(gate, gate.sendMs, surge);
    const batch = gate.queue.slice(gate.head, gate.head + surge.batchMax);
    gate.head += batch.length;
    const startMs = Math.max(gate.sendMs + surge.roundTripMs / 2, objectFreeMs);
    const workMs = surge.law.callMs + batch.length * surge.law.claimMs;
    objectFreeMs = startMs + workMs;
    objectWorkedMs += workMs;
    calls += 1;
    const granted = Math.min(left, batch.length);
    left -= granted;
    if (left === 0) soldOutMs ??= objectFreeMs;
    gate.returnMs = objectFreeMs + (granted > 0 ? surge.flushMs : 0) + surge.roundTripMs / 2;
    for (const [index, atMs] of batch.entries()) {
      (index < granted ? acceptedMs : refusedMs).push(gate.returnMs - atMs);
    }
    gate.sendMs = nextSendMs(gate, surge);
    if (gate.sendMs < Infinity) waiting.push(gate);
  }
  return {
    accepted: acceptedMs.length,
    refused: refusedMs.length,
    turnedAway,
    acceptedP99Ms: percentile(acceptedMs, 0.99),
    refusedP99Ms: percentile(refusedMs, 0.99),
    soldOutMs,
    calls,
    claimsPerCall: (acceptedMs.length + refusedMs.length) / Math.max(1, calls),
    objectBusy: objectWorkedMs / Math.max(1, objectFreeMs),
  };
}

function gatesOf(surge: Surge, random: Random): Array<Gate> {
  const perGate = Array.from({ length: surge.gates }, (): Array<number> => []);
  for (let buyer = 0; buyer < surge.buyers; buyer += 1) {
    perGate[random.integer(0, surge.gates - 1)]?.push(random.next() * surge.overMs);
  }
  return perGate.map((times) => {
    const gate: Gate = {
      arrivals: Float64Array.from(times).sort(),
      next: 0,
      queue: [],
      head: 0,
      freeMs: 0,
      returnMs: 0,
      sendMs: 0,
    };
    gate.sendMs = nextSendMs(gate, surge);
    return gate;
  });
}

/** When the gate can send its next call: it has its answer, and somebody waits. Infinity when nobody comes any more. */
function nextSendMs(gate: Gate, surge: Surge): number {
  if (gate.queue.length > gate.head) return gate.returnMs;
  const arrivalMs = gate.arrivals[gate.next];
  if (arrivalMs === undefined) return Infinity;
  return Math.max(gate.returnMs, Math.max(arrivalMs, gate.freeMs) + surge.gateMs);
}

/** @returns How many were told to come back. */
function takeArrivals(gate: Gate, untilMs: number, { waitingMax, gateMs }: Surge): number {
  let turnedAway = 0;
  for (;;) {
    const arrivalMs = gate.arrivals[gate.next];
    if (arrivalMs === undefined) return turnedAway;
    const readMs = Math.max(arrivalMs, gate.freeMs) + gateMs;
    if (readMs > untilMs) return turnedAway;
    gate.freeMs = readMs;
    gate.next += 1;
    if (gate.queue.length - gate.head >= waitingMax) turnedAway += 1;
    else gate.queue.push(arrivalMs);
  }
}

/** The gate whose call goes out first. */
class Heap {
  readonly #gates: Array<Gate> = [];

  constructor(gates: ReadonlyArray<Gate>) {
    for (const gate of gates) if (gate.sendMs < Infinity) this.push(gate);
  }

  push(gate: Gate): void {
    // There are hundreds of gates at most, and one of them changes at a time.
    let at = this.#gates.length;
    this.#gates.push(gate);
    while (at > 0) {
      const before = this.#gates[at - 1];
      if (before === undefined || before.sendMs >= gate.sendMs) break;
      this.#gates[at] = before;
      at -= 1;
    }
    this.#gates[at] = gate;
  }

  pop(): Gate | null {
    return this.#gates.pop() ?? null;
  }
}

function percentile(values: Array<number>, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
}
