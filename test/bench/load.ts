import { percentile } from "../../scripts/random.ts";
import { openConnection, type Connection } from "./connection.ts";

/** What one buyer's visit came to: units by SKU when accepted. */
export type Outcome =
  | { readonly kind: "accepted"; readonly decisions: number; readonly accepted: number }
  | { readonly kind: "refused"; readonly decisions: number }
  | { readonly kind: "failed"; readonly decisions: number; readonly why: string };

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
};

/**
 * A closed loop: each connection makes its next visit when it has the answer to the last, so that a slow server is asked less
 * and latency is what a caller of this concurrency waits.
 */
export async function runLoad(options: {
  readonly port: number;
  readonly connections: number;
  readonly visits: number;
  readonly secondsMax: number;
  readonly visit: (connection: Connection, index: number) => Promise<Outcome>;
}): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => openConnection(options.port)),
  );
  const latencies: Array<number> = [];
  const failures: Array<string> = [];
  const counts = { decisions: 0, accepted: 0, failed: 0 };
  let next = 0;
  let lastAcceptedMs = 0;
  let isCut = false;

  const startMs = performance.now();
  const lane = async (first: Connection) => {
    let connection = first;
    while (next < options.visits) {
      const beginMs = performance.now();
      if (beginMs - startMs > options.secondsMax * 1000) {
        isCut = true;
        return;
      }
      const index = next++;
      let outcome = await options.visit(connection, index).catch(brokenConnection);
      if (connection.isClosed()) {
        // A server may close an idle connection just as the next request is on its way. Keys make the repeat harmless.
        connection = await openConnection(options.port);
        connections.push(connection);
        outcome = await options.visit(connection, index).catch(brokenConnection);
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
  await Promise.all(connections.map(lane));
  const seconds = (performance.now() - startMs) / 1000;
  for (const connection of connections) connection.close();

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
  };
}

function brokenConnection(error: Error): Outcome {
  return { kind: "failed", decisions: 1, why: error.message };
}
