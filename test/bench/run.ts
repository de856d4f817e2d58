import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { apiOf, portOf, withEngine } from "./engines.ts";
import { measureHttpFloor, measureSocketFloor } from "./floors.ts";
import { measureFulfillment } from "./fulfillment.ts";
import { measureGrowth } from "./growth.ts";
import { holdfast, httpDoor, socketDoor } from "./holdfast.ts";
import { writePage } from "./page.ts";
import { measurePages } from "./pages.ts";
import { missingFor, type PeerName, peerTitles, withPeer } from "./peers.ts";
import { printEntry, printReport } from "./print.ts";
import { countRows } from "./rows.ts";
import type { DoorName, Entry, Floor, Report, WorkloadName } from "./targets.ts";
import { measureWatchers } from "./watchers.ts";
import { catalogue, dropSku, flashDrop, flashDropInBatches, orders, type Size } from "./workloads.ts";

const USAGE = `npm run bench -- [--only w1,w2,w3,w4,w5,pages,w6,rows] [--scale 1] [--rounds 2] [--page]

  --only     workloads to run; all of them by default
  --scale    1 is the full size (W1: 30,000 buyers), 0.1 a tenth
  --rounds   of W1 to W3, the systems taking turns; ratios are medians over rounds
  --seconds  the longest that one run may take (60)
  --out      where the result goes as JSON (.holdfast/bench.json)
  --page     writes docs/performance.md and its plot from the result

The peers (Redis, PostgreSQL) are looked for in HOLDFAST_BENCH_PEERS (../shared/bench), set up there by its setup.sh.
`;

const ALL = ["w1", "w2", "w3", "w4", "w5", "pages", "w6", "rows"] as const;
const { values } = parseArgs({
  options: {
    only: { type: "string", default: ALL.join(",") },
    scale: { type: "string", default: "1" },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "60" },
    out: { type: "string", default: ".holdfast/bench.json" },
    page: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const only = new Set(values.only.split(","));
const [scale, rounds, secondsMax] = [Number(values.scale), Number(values.rounds), Number(values.seconds)];
if (
  [...only].some((name) => !(ALL as ReadonlyArray<string>).includes(name)) ||
  !(scale > 0 && rounds > 0 && secondsMax > 0)
) {
  console.error(USAGE);
  process.exit(2);
}

const floors: Array<Floor> = [];
const entries: Array<Entry> = [];
const skipped: Array<string> = [];
const peersFolder = path.resolve(process.env["HOLDFAST_BENCH_PEERS"] ?? "../shared/bench");
const peers = (["redis-always", "pg-fn"] as const).filter((peer) => {
  const missing = missingFor(peersFolder, peer);
  if (missing.length > 0) skipped.push(`${peerTitles[peer]}: missing ${missing.join(", ")}`);
  return missing.length === 0;
});
for (const each of skipped) console.log(`skipped ${each}`);

const workloads = { W1: flashDrop, W2: catalogue, W3: orders } as const;
const wanted = (["W1", "W2", "W3"] as const).filter((name) => only.has(name.toLowerCase()));
for (let round = 1; round <= rounds && wanted.length > 0; round += 1) {
  const visits = Math.round(30_000 * scale);
  floors.push({ round, kind: "HTTP", load: await measureHttpFloor(visits, secondsMax) });
  floors.push({ round, kind: "sockets", load: await measureSocketFloor(visits, secondsMax) });
  for (const workload of wanted) {
    for (const door of doorsOf(workload)) await runOurs(workload, door, round);
    for (const peer of peers) await runPeer(workload, peer, round);
  }
}

const report: Report = {
  at: new Date().toISOString(),
  machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version },
  scale,
  floors,
  entries,
  watchers: await guarded("w4", () => measureWatchers(Math.round(5_000 * scale), sizeOf("W4"))),
  growth: await guarded("w5", () => {
    const sized = (full: number) => Math.round(full * scale);
    return measureGrowth(
      {
        resolved: [0, sized(100_000), sized(1_000_000)],
        live: sized(100_000),
      },
      { ...sizeOf("W5"), scale: Math.min(1, scale) },
    );
  }),
  pages: await guarded("pages", () =>
    measurePages([1_000, Math.round(100_000 * Math.min(1, scale)), ...(scale >= 1 ? [1_000_000] : [])]),
  ),
  fulfillment: await guarded("w6", () => measureFulfillment(sizeOf("W6"))),
  rows: await guarded("rows", () =>
    withEngine(
      { entry: "counting-worker.ts", vars: { FULFILLMENT_MODE: "manual", MAIL_PROVIDER: "none" } },
      (engine) => countRows(engine.url, apiOf(engine)),
    ),
  ),
  skipped,
};
mkdirSync(path.dirname(values.out), { recursive: true });
writeFileSync(values.out, JSON.stringify(report, null, 2));
printReport(report);
console.log(`\nWritten to ${values.out}`);
if (values.page) writePage(report);

// A peer that breaks a promise is a finding; ours is a failed run.
const broken = entries
  .filter(({ subject }) => subject === "Holdfast")
  .flatMap(({ workload, door, result }) => result.broken.map((promise) => `${workload} ${door}: ${promise}`));
for (const promise of broken) console.error(`BROKEN ${promise}`);
process.exit(broken.length === 0 ? 0 : 1);

function doorsOf(workload: WorkloadName): ReadonlyArray<DoorName> {
  if (workload === "W1") return ["HTTP", "sockets", "batches by HTTP", "batches by socket"];
  return workload === "W2" ? ["HTTP", "sockets"] : ["HTTP", "HTTP and queues"];
}

function sizeOf(name: string): Size {
  return { scale, secondsMax, run: name };
}

async function runOurs(workload: WorkloadName, door: DoorName, round: number): Promise<void> {
  const size = sizeOf(`${workload}-${round}-${door.replaceAll(" ", "-")}`);
  const isBatch = door.startsWith("batches");
  try {
    // What follows a hold or an order waits in its queue, as it would on other machines: the peers do nothing of it either.
    const queues = door === "HTTP and queues" ? "running" : "standing";
    const result = await withEngine(
      { vars: { FULFILLMENT_MODE: "manual", MAIL_PROVIDER: "none" }, queues },
      (engine) => {
        const port = portOf(engine);
        const watched = workload === "W1" ? dropSku(size.run) : `${size.run}-0`;
        const subject = holdfast(
          apiOf(engine),
          door.includes("socket") ? socketDoor(port, watched) : httpDoor(port),
        );
        return isBatch ? flashDropInBatches(subject, size) : workloads[workload](subject, size);
      },
    );
    keep({ round, workload, subject: "Holdfast", door, result });
  } catch (error) {
    skip(`${workload} ${door}`, error);
  }
}

async function runPeer(workload: WorkloadName, peer: PeerName, round: number): Promise<void> {
  try {
    const size = sizeOf(`${workload}-${round}`);
    const result = await withPeer(peersFolder, peer, (subject) => workloads[workload](subject, size));
    keep({ round, workload, subject: peerTitles[peer], door: "HTTP", result });
  } catch (error) {
    skip(`${workload} ${peerTitles[peer]}`, error);
  }
}

function keep(entry: Entry): void {
  entries.push(entry);
  printEntry(entry);
}

async function guarded<Measured>(name: string, measure: () => Promise<Measured>): Promise<Measured | null> {
  if (!only.has(name)) return null;
  try {
    return await measure();
  } catch (error) {
    skip(name, error);
    return null;
  }
}

function skip(what: string, error: unknown): void {
  const reason = `${what}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  skipped.push(reason);
  console.error(`skipped ${reason}`);
}
