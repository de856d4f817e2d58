import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import { mutants, type Mutant } from "./mutants.ts";

const run = promisify(execFile);
const root = path.join(import.meta.dirname, "../..");

/** In a process of its own, so that a mutated copy runs exactly as the product does. */
async function simulate(
  folder: string,
  last: number,
  first = 1,
  kind: "drops" | "gates" = "drops",
): Promise<{ isKept: boolean; said: string }> {
  const command = [path.join(folder, "test/simulation/run.ts"), String(first), String(last), kind];
  try {
    const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", ...command]);
    return { isKept: true, said: stdout.trim() };
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return { isKept: false, said: `${stdout}${stderr}`.trim() };
  }
}

async function simulateMutant({
  file,
  find,
  replace,
  simulation,
}: Mutant): Promise<{ isKept: boolean; said: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "holdfast-mutant-"));
  try {
    for (const part of [
      "src/domain",
      "src/durable-objects/gate",
      "src/durable-objects/shared",
      "src/durable-objects/sku",
      "test/simulation",
      "test/support",
    ]) {
      await cp(path.join(root, part), path.join(folder, part), { recursive: true });
    }
    await cp(path.join(root, "package.json"), path.join(folder, "package.json"));
    const source = await readFile(path.join(folder, file), "utf8");
    expect(source.split(find).length - 1, `"${find}" stands once in ${file}`).toBe(1);
    await writeFile(path.join(folder, file), source.replace(find, replace));
    return await simulate(folder, 150, 1, simulation);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test(
  "1,000 drops under crashes, loss, repeats, late messages and clock skew break no promise",
  { timeout: 600_000 },
  async () => {
    const halves = await Promise.all([simulate(root, 500), simulate(root, 1000, 501)]);
    for (const half of halves) expect(half).toEqual({ isKept: true, said: "500 seeds, 0 violations" });
  },
);

test(
  "100 crowds before gates that die, calls and replies that are lost: one answer each, nobody's answer to another, no unit stranded",
  { timeout: 600_000 },
  async () => {
    expect(await simulate(root, 100, 1, "gates")).toEqual({ isKept: true, said: "100 seeds, 0 violations" });
  },
);

describe("the simulation notices when", () => {
  test.each(mutants)("$name", { timeout: 180_000 }, async (mutant) => {
    const { isKept, said } = await simulateMutant(mutant);
    expect(isKept, said).toBe(false);
    // Dead for breaking a promise or a constraint, not for failing to compile.
    expect(said).toMatch(/^seed \d+: (Error: (I\d+|ledger|the line|CHECK|UNIQUE)|InvariantViolation)/);
  });
});
