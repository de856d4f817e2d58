import { spawn } from "node:child_process";

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
  Show page    ${url}/demo
  Reference    ${url}/docs
  OpenAPI      ${url}/openapi.json
  Secret key   ${LOCAL_SECRET_KEY}  (every scope; this machine only)
  Public key   ${LOCAL_PUBLISHABLE_KEY}
  State        ${stateDir}
`);
}

/** Shows a page where somebody sits in front of a desktop; anywhere else its address was printed. */
export function openOnDesktop(url: string): void {
  const { platform, env, stdout } = process;
  const hasDesktop =
    platform === "darwin" || platform === "win32" || (env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]) !== undefined;
  if (!stdout.isTTY || !hasDesktop) return;
  const [command, ...before] =
    platform === "darwin" ? ["open"] : platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  const opener = spawn(command ?? "", [...before, url], { stdio: "ignore", detached: true });
  // Where there is no such command, the address is what is left.
  opener.on("error", () => {});
  opener.unref();
}
