import type { FulfillmentResult } from "./fulfillment.ts";
import type { GrowthResult } from "./growth.ts";
import type { LoadResult } from "./load.ts";
import { steepest, type PagesResult } from "./pages.ts";
import type { RowCounts } from "./rows.ts";
import type { WatchersResult } from "./watchers.ts";
import type { WorkloadResult } from "./workloads.ts";

export type DoorName = "HTTP" | "sockets" | "batches by HTTP" | "batches by socket" | "HTTP and queues";
export type WorkloadName = "W1" | "W2" | "W3";

/** One run of one workload in one round. */
export type Entry = {
  readonly round: number;
  readonly workload: WorkloadName;
  readonly subject: string;
  readonly door: DoorName;
  readonly result: WorkloadResult;
};

export type Floor = { readonly round: number; readonly kind: "HTTP" | "sockets"; readonly load: LoadResult };

export type Report = {
  readonly at: string;
  readonly machine: { readonly cpus: number; readonly model: string | undefined; readonly node: string };
  readonly scale: number;
  readonly floors: ReadonlyArray<Floor>;
  readonly entries: ReadonlyArray<Entry>;
  readonly watchers: WatchersResult | null;
  readonly growth: GrowthResult | null;
  readonly pages: PagesResult | null;
  readonly fulfillment: FulfillmentResult | null;
  readonly rows: RowCounts | null;
  /** What could not be measured, and why. */
  readonly skipped: ReadonlyArray<string>;
};

export type Verdict = {
  readonly what: string;
  readonly measured: number | null;
  readonly target: number;
  readonly unit: "×" | "ms" | "MB" | "/s";
  readonly bound: "at least" | "at most";
};

export const REDIS = "Redis, fsync always";
export const POSTGRES = "PostgreSQL, function";
const OURS = "Holdfast";

type Side = { readonly workload: WorkloadName; readonly door: DoorName; readonly subject: string };
type Figure = (load: LoadResult) => number;
const rate: Figure = ({ decisionsPerSecond }) => decisionsPerSecond;
const p99: Figure = ({ p99Ms }) => p99Ms;

/** Every target, with what this run came to; null where it was not measured. */
export function verdictsOf(report: Report): ReadonlyArray<Verdict> {
  const against = (
    workload: WorkloadName,
    door: DoorName,
    peer: string,
    target: number,
    figure: Figure = rate,
  ): Verdict => ({
    what: `${workload} ${door}, ${figure === p99 ? "p99 " : ""}against ${peer}`,
    measured: ratio(
      loadsOf(report, { workload, door, subject: OURS }),
      loadsOf(report, { workload, door: "HTTP", subject: peer }),
      figure,
    ),
    target,
    unit: "×",
    bound: figure === p99 ? "at most" : "at least",
  });
  const floor = (door: "HTTP" | "sockets", target: number): Verdict => ({
    what: `W1 ${door}, against the floor of ${door}`,
    measured: ratio(
      loadsOf(report, { workload: "W1", door, subject: OURS }),
      new Map(report.floors.filter(({ kind }) => kind === door).map(({ round, load }) => [round, load])),
      rate,
    ),
    target,
    unit: "×",
    bound: "at least",
  });
  return [
    against("W1", "sockets", REDIS, 0.9),
    floor("sockets", 0.85),
    against("W1", "batches by socket", REDIS, 5),
    against("W1", "batches by HTTP", REDIS, 5),
    against("W1", "HTTP", POSTGRES, 1.2),
    floor("HTTP", 0.35),
    against("W1", "sockets", REDIS, 1, p99),
    against("W2", "sockets", POSTGRES, 1.2),
    against("W2", "HTTP", POSTGRES, 0.9),
    against("W3", "HTTP", POSTGRES, 0.6),
    ...restOf(report),
  ];
}

function restOf({ watchers, growth, pages, fulfillment, entries }: Report): ReadonlyArray<Verdict> {
  const alone = medianOf(
    [...loadsOf({ entries }, { workload: "W1", door: "sockets", subject: OURS }).values()].map(rate),
  );
  const holds = growth?.resolvedHolds ?? [];
  const bytes = growth?.memory.bytes ?? null;
  const [fewest, most] = [holds[0], holds.at(-1)];
  const slowed = pages === null ? null : steepest(pages, 1_000, 100_000);
  const times = (
    measured: number | null,
    what: string,
    bound: Verdict["bound"],
    target: number,
  ): Verdict => ({
    what,
    measured,
    target,
    unit: "×",
    bound,
  });
  return [
    {
      what: `W4, p99 from change to watcher, ${watchers?.watchers ?? 5_000} watchers`,
      measured: watchers?.delayP99Ms ?? null,
      target: 500,
      unit: "ms",
      bound: "at most",
    },
    times(
      watchers === null || alone === null ? null : watchers.drop.load.decisionsPerSecond / alone,
      "W4, what W1 keeps of its rate",
      "at least",
      0.5,
    ),
    times(
      fewest === undefined || most === undefined || holds.length < 2
        ? null
        : fewest.drop.load.decisionsPerSecond / most.drop.load.decisionsPerSecond,
      `W5, W1 slower with ${most?.resolved ?? 1_000_000} resolved holds`,
      "at most",
      1.3,
    ),
    {
      what: `W5, memory with ${growth?.memory.liveHolds ?? 100_000} live holds`,
      measured: bytes === null ? null : bytes / 1_048_576,
      target: 64,
      unit: "MB",
      bound: "at most",
    },
    times(
      slowed?.times ?? null,
      `W5, slower with 100,000 orders than with 1,000: ${slowed?.what ?? "the slowest growing page"}`,
      "at most",
      3,
    ),
    {
      what: "W6, orders placed to labelled",
      measured: fulfillment?.ordersPerSecond ?? null,
      target: 100,
      unit: "/s",
      bound: "at least",
    },
  ];
}

export function isMet({ measured, target, bound }: Verdict): boolean | null {
  if (measured === null) return null;
  return bound === "at least" ? measured >= target : measured <= target;
}

export function loadsOf(
  { entries }: Pick<Report, "entries">,
  { workload, door, subject }: Side,
): ReadonlyMap<number, LoadResult> {
  return new Map(
    entries
      .filter((entry) => entry.workload === workload && entry.door === door && entry.subject === subject)
      .map(({ round, result }) => [round, result.load]),
  );
}

/** The median of the rounds' own ratios: a machine that drifts does so under both sides of one round. */
function ratio(
  ours: ReadonlyMap<number, LoadResult>,
  theirs: ReadonlyMap<number, LoadResult>,
  figure: Figure,
): number | null {
  return medianOf(
    [...ours].flatMap(([round, load]) => {
      const other = theirs.get(round);
      return other === undefined ? [] : [figure(load) / figure(other)];
    }),
  );
}

export function medianOf(values: ReadonlyArray<number>): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
