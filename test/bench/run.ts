import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { createApi } from "../../scripts/api.ts";
import { type Engine, startEngine } from "../../scripts/engine.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { countRows, type RowCounts } from "./rows.ts";
import {
  catalogue,
  flashDrop,
  flashDropInBatches,
  orders,
  type Target,
  type WorkloadResult,
} from "./workloads.ts";

const USAGE = `npm run bench -- [--only w1,batch,w2,w3,rows] [--scale 1] [--seconds 120] [--out FILE]

  --only     workloads to run; all of them by default
  --scale    1 is the full size (W1: 30,000 buyers), 0.1 a tenth
  --seconds  the longest that one workload may take
  --out      where the result goes as JSON (.holdfast/bench.json)
`;

const workloads = { w1: flashDrop, batch: flashDropInBatches, w2: catalogue, w3: orders };
type WorkloadName = keyof typeof workloads;
const HEADERS = `authorization: Bearer ${LOCAL_SECRET_KEY}\r\ncontent-type: application/json\r\n`;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "w1,batch,w2,w3,rows" },
    scale: { type: "string", default: "1" },
    seconds: { type: "string", default: "120" },
    out: { type: "string", default: ".holdfast/bench.json" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const scale = Number(values.scale);
const secondsMax = Number(values.seconds);
const only = values.only.split(",");
const unknown = only.filter((name) => name !== "rows" && !(name in workloads));
if (unknown.length > 0 || !(scale > 0) || !(secondsMax > 0)) {
  console.error(USAGE);
  process.exit(2);
}

const floor = await measureFloor();
console.log(
  `\nFloor: a Worker that answers a constant, same workerd, ${Math.round(floor.decisionsPerSecond)} requests/s, p99 ${ms(floor.p99Ms)}\n`,
);
const results: Array<WorkloadResult> = [];
for (const name of only.filter((each): each is WorkloadName => each in workloads)) {
  // Each workload has an engine and a state of its own: none inherits the other's rows.
  // Orders stop at their routing, so that picking and shipping earlier ones does not share the core with placing.
  const vars = { FULFILLMENT_MODE: "manual" };
  results.push(await withEngine({ vars }, (engine) => workloads[name](targetOf(engine, name))));
  printWorkload(results.at(-1) as WorkloadResult);
}
const rows = only.includes("rows") ? await measureRows() : null;
if (rows !== null) printRows(rows);

mkdirSync(path.dirname(values.out), { recursive: true });
const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version };
writeFileSync(
  values.out,
  JSON.stringify({ at: new Date().toISOString(), machine, scale, floor, results, rows }, null, 2),
);
console.log(`\nWritten to ${values.out}`);

const broken = results.flatMap((result) => result.broken.map((promise) => `${result.name}: ${promise}`));
for (const promise of broken) console.error(`BROKEN ${promise}`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function measureFloor(): Promise<LoadResult> {
  const entry = path.join(import.meta.dirname, "floor-worker.ts");
  return withEngine({ entry }, (engine) =>
    runLoad({
      port: portOf(engine),
      connections: 256,
      visits: Math.round(30_000 * scale),
      secondsMax,
      visit: async (connection, index) => {
        const body = JSON.stringify({ lines: [{ sku: "FLOOR", quantity: 1 }], buyer: `b-${index}` });
        await connection.send("POST", "/v1/holds", `${HEADERS}idempotency-key: f-${index}\r\n`, body);
        return { kind: "accepted", decisions: 1, accepted: 1 };
      },
    }),
  );
}

async function measureRows(): Promise<RowCounts> {
  const entry = path.join(import.meta.dirname, "counting-worker.ts");
  return withEngine({ entry }, (engine) => countRows(engine.url, createApi(engine.url, LOCAL_SECRET_KEY)));
}

async function withEngine<Measured>(
  options: { readonly entry?: string; readonly vars?: Record<string, string> },
  measure: (engine: Engine) => Promise<Measured>,
): Promise<Measured> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), "holdfast-bench-"));
  const engine = await startEngine({ port: 0, stateDir, crons: "by hand", onLog: printErrors, ...options });
  try {
    pin(engine);
    await warmUp(engine);
    return await measure(engine);
  } finally {
    await engine.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Server on core 0, client on core 1, where the system can: two that share a core measure the scheduler. */
function pin(engine: Engine): void {
  if (os.cpus().length < 2 || engine.pid === null) return;
  try {
    execFileSync("taskset", ["-acp", "0", String(engine.pid)], { stdio: "ignore" });
    execFileSync("taskset", ["-acp", "1", String(process.pid)], { stdio: "ignore" });
  } catch {
    console.log("taskset is not available: server and client share the cores");
  }
}

/** Compiles the hot path before the clock starts. */
async function warmUp(engine: Engine): Promise<void> {
  await runLoad({
    port: portOf(engine),
    connections: 32,
    visits: 1_000,
    secondsMax: 20,
    visit: async (connection, index) => {
      const body = JSON.stringify({ lines: [{ sku: "WARM-UP", quantity: 1 }], buyer: `warm-${index}` });
      await connection.send("POST", "/v1/holds", `${HEADERS}idempotency-key: warm-${index}\r\n`, body);
      return { kind: "refused", decisions: 1 };
    },
  });
}

function targetOf(engine: Engine, name: string): Target {
  return {
    port: portOf(engine),
    api: createApi(engine.url, LOCAL_SECRET_KEY),
    headers: HEADERS,
    run: name.toUpperCase(),
    scale,
    secondsMax,
  };
}

function portOf(engine: Engine): number {
  return Number(new URL(engine.url).port);
}

function printErrors({ level, message }: { readonly level: string; readonly message: string }): void {
  if (level === "error") console.error(message.slice(0, 500));
}

function printWorkload({ name, load, oversold, unsold }: WorkloadResult): void {
  const perSecond = Math.round(load.decisionsPerSecond);
  const ratio = (load.decisionsPerSecond / floor.decisionsPerSecond).toFixed(2);
  console.log(
    `${name}${load.isCut ? " (cut short by the time bound)" : ""}
  oversold ${oversold}, unsold ${unsold}, failed ${load.failed}
  ${perSecond} decisions/s (${ratio} × floor), ${Math.round(load.acceptedPerSecondUntilSoldOut)} accepted/s until the last, p50 ${ms(load.p50Ms)}, p99 ${ms(load.p99Ms)}
  ${load.accepted} accepted, ${load.refused} refused in ${load.seconds.toFixed(1)} s`,
  );
}

function printRows(counted: RowCounts): void {
  console.log(
    `Rows written by a SKU's object
  ${counted.rowsPerAcceptedHold} per accepted hold (and ${counted.alarmsPerAcceptedHold} alarms set), ${counted.rowsPerRefusedHold} per refused, ${counted.rowsPerReleasedHold} per released`,
  );
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
