import { percentile } from "../../scripts/random.ts";

/** What one visit came to. */
export type Outcome =
  | { readonly kind: "accepted"; readonly decisions: number; readonly accepted: number }
  | { readonly kind: "refused"; readonly decisions: number }
  | { readonly kind: "failed"; readonly decisions: number; readonly why: string };

/** A connection or socket that one visitor after another uses. */
export type Lane = { readonly isClosed: () => boolean; readonly close: () => void };

export type LoadResult = {
  readonly seconds: number;
  readonly decisions: number;
  readonly decisionsPerSecond: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
  /** The first few reasons. */
  readonly failures: ReadonlyArray<string>;
  readonly acceptedPerSecondUntilSoldOut: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Stopped by the time bound before every visit was made. */
  readonly isCut: boolean;
  /** Of one core, what the load generator used: near 1, it was the limit. */
  readonly clientCores: number;
};

/**
 * A closed loop: each lane makes its next visit when it has the answer to the last, so that a slow server is asked less
 * and latency is what a caller of this concurrency waits.
 */
export async function runLoad<Used extends Lane>(options: {
  readonly open: () => Promise<Used>;
  readonly lanes: number;
  readonly visits: number;
  readonly secondsMax: number;
  readonly visit: (lane: Used, index: number) => Promise<Outcome>;
}): Promise<LoadResult> {
  const lanes = await openAll(options.lanes, options.open);
  const latencies: Array<number> = [];
  const failures: Array<string> = [];
  const counts = { decisions: 0, accepted: 0, failed: 0 };
  let next = 0;
  let lastAcceptedMs = 0;
  let isCut = false;

  const startMs = performance.now();
  const cpuStart = process.cpuUsage();
  const runLane = async (first: Used) => {
    let lane = first;
    while (next < options.visits) {
      const beginMs = performance.now();
      if (beginMs - startMs > options.secondsMax * 1000) {
        isCut = true;
        return;
      }
      const index = next++;
      let outcome = await options.visit(lane, index).catch(broken);
      if (lane.isClosed()) {
        // A server may close an idle connection just as the next request is on its way. Keys make the repeat harmless.
        lane = await options.open();
        lanes.push(lane);
        outcome = await options.visit(lane, index).catch(broken);
      }
      const endMs = performance.now();
      latencies.push(endMs - beginMs);
      counts.decisions += outcome.decisions;
      if (outcome.kind === "accepted") {
        counts.accepted += outcome.accepted;
        lastAcceptedMs = endMs - startMs;
      }
      if (outcome.kind === "failed") {
        counts.failed += outcome.decisions;
        if (failures.length < 5) failures.push(outcome.why);
      }
    }
  };
  await Promise.all(lanes.slice().map(runLane));
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  for (const lane of lanes) lane.close();

  return {
    seconds,
    decisions: counts.decisions,
    decisionsPerSecond: (counts.decisions - counts.failed) / seconds,
    accepted: counts.accepted,
    refused: counts.decisions - counts.accepted - counts.failed,
    failed: counts.failed,
    failures,
    acceptedPerSecondUntilSoldOut: lastAcceptedMs === 0 ? 0 : counts.accepted / (lastAcceptedMs / 1000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    isCut,
    clientCores: (cpu.user + cpu.system) / 1e6 / seconds,
  };
}

/** A few at a time: a server's queue of connections is not what is measured. */
export async function openAll<Opened>(count: number, open: () => Promise<Opened>): Promise<Array<Opened>> {
  const opened: Array<Opened> = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(64, count - opened.length) }, open);
    opened.push(...(await Promise.all(some)));
  }
  return opened;
}

function broken(error: Error): Outcome {
  return { kind: "failed", decisions: 1, why: error.message };
}
