import path from "node:path";

import { printAddresses, printErrors, stopOnSignal } from "./console.ts";
import { EngineStartError, startEngine } from "./engine.ts";
import { seedLocalKeys } from "./seed.ts";

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
