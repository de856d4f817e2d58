import path from "node:path";

import { type Engine, EngineStartError, startEngine } from "./engine.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY, seedLocalKeys } from "./seed.ts";

const port = Number(process.env["PORT"] ?? 8787);
const stateDir = path.resolve(process.env["HOLDFAST_STATE"] ?? ".holdfast");

try {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new EngineStartError(`PORT must be a port number, not "${process.env["PORT"]}".`);
  }
  const engine = await startEngine({ port, stateDir, onLog: printErrors });
  await seedLocalKeys(engine.database);
  printAddresses(engine, stateDir);
  stopOnSignal(engine);
} catch (error) {
  if (!(error instanceof EngineStartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function printErrors({ level, message }: { readonly level: string; readonly message: string }): void {
  if (level === "error" || level === "runtime") console.error(message);
}

function printAddresses(running: Engine, state: string): void {
  console.log(`
Holdfast is running on ${running.url}

  API          ${running.url}/v1
  Reference    ${running.url}/docs
  OpenAPI      ${running.url}/openapi.json
  Secret key   ${LOCAL_SECRET_KEY}  (every scope; this machine only)
  Public key   ${LOCAL_PUBLISHABLE_KEY}
  State        ${state}
`);
}

/** A second signal ends the process at once. */
function stopOnSignal(running: Engine): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void running.stop().then(() => process.exit(0));
    });
  }
}
