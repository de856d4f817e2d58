import path from "node:path";

import { printAddresses, printErrors } from "./console.ts";
import { EngineStartError, startEngine } from "./engine.ts";

const port = Number(process.env["PORT"] ?? 8787);
const stateDir = path.resolve(process.env["HOLDFAST_STATE"] ?? ".holdfast");

try {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new EngineStartError(`PORT must be a port number, not "${process.env["PORT"]}".`);
  }
  const engine = await startEngine({ port, stateDir, onLog: printErrors });
  printAddresses(engine, stateDir);
} catch (error) {
  if (!(error instanceof EngineStartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
