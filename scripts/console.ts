import type { Engine, EngineLog } from "./engine.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "./seed.ts";

/** What a Worker logs is for its operators; a terminal shows what went wrong. */
export function printErrors({ level, message }: EngineLog): void {
  if (level === "error" || level === "runtime") console.error(message);
}

export function printAddresses({ url }: Engine, stateDir: string): void {
  console.log(`
Holdfast is running on ${url}

  API          ${url}/v1
  Reference    ${url}/docs
  OpenAPI      ${url}/openapi.json
  Secret key   ${LOCAL_SECRET_KEY}  (every scope; this machine only)
  Public key   ${LOCAL_PUBLISHABLE_KEY}
  State        ${stateDir}
`);
}
