import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const WAIT_MS = 20;
const WAITS_MAX = 250;

/**
 * Ends every workerd that has files of this state open. It outlives an engine that was killed, keeps its port, and goes
 * on deciding: with a second one on the same files it would oversell. Whoever calls this holds the state's lock, so no
 * living engine needs it. Does nothing where the system has no /proc.
 */
export async function endOrphans(stateDir: string): Promise<void> {
  if (!existsSync("/proc/self/fd")) return;
  const folder = realpathSync(stateDir) + path.sep;
  const orphans = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isWorkerdIn(name, folder));
  for (const pid of orphans) {
    process.kill(Number(pid), "SIGKILL");
    for (let waits = 0; waits < WAITS_MAX && isRunning(pid); waits += 1) await wait(WAIT_MS);
  }
}

function isWorkerdIn(pid: string, folder: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "workerd") return false;
    const files = readdirSync(`/proc/${pid}/fd`);
    return files.some((file) => readlinkSync(`/proc/${pid}/fd/${file}`).startsWith(folder));
  } catch {
    // Gone meanwhile, or somebody else's.
    return false;
  }
}

/** Its first thread may be a zombie while others still run: until the last has ended, its sockets are open. */
function isRunning(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/\) [ZX] /.test(stat) || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}
