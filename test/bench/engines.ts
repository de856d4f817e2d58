import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { createApi } from "../../scripts/api.ts";
import { type Engine, startEngine } from "../../scripts/engine.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { openConnection } from "./connection.ts";
import { HEADERS } from "./holdfast.ts";
import { runLoad } from "./load.ts";

export type EngineUse = {
  /** Another Worker than the engine's. */
  readonly entry?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly queues?: "running" | "standing";
};

/** Runs `measure` against an engine with a state of its own, so that nothing inherits another's rows. */
export async function withEngine<Measured>(
  { entry, vars, queues = "running" }: EngineUse,
  measure: (engine: Engine) => Promise<Measured>,
): Promise<Measured> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), "holdfast-bench-"));
  const engine = await startEngine({
    port: 0,
    stateDir,
    crons: "by hand",
    queues,
    onLog: ({ level, message }) => {
      if (level === "error") console.error(message.slice(0, 500));
    },
    ...(entry === undefined ? {} : { entry: path.join(import.meta.dirname, entry) }),
    ...(vars === undefined ? {} : { vars }),
  });
  try {
    pin(engine);
    await warmUp(engine);
    return await measure(engine);
  } finally {
    await engine.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

export function portOf(engine: Engine): number {
  return Number(new URL(engine.url).port);
}

export function apiOf(engine: Engine) {
  return createApi(engine.url, LOCAL_SECRET_KEY);
}

/** Resident memory of workerd in bytes; null where the system does not tell. */
export function residentBytes(engine: Engine): number | null {
  if (engine.pid === null) return null;
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${engine.pid}/status`, "utf8"))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
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
    open: () => openConnection(portOf(engine)),
    lanes: 32,
    visits: 1_000,
    secondsMax: 20,
    visit: async (connection, index) => {
      const body = JSON.stringify({ lines: [{ sku: "WARM-UP", quantity: 1 }], buyer: `warm-${index}` });
      await connection.send("POST", "/v1/holds", `${HEADERS}idempotency-key: warm-${index}\r\n`, body);
      return { kind: "refused", decisions: 1 };
    },
  });
}
