import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterEach, expect, test } from "vitest";

import { createApi } from "../../scripts/api.ts";
import { freePort } from "../../scripts/ports.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { stockShop, until } from "./support/engine.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const folders: Array<string> = [];
const started: Array<Running> = [];
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    // Asked, not killed: its workerd would outlive it.
    child.kill("SIGTERM");
    await ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "holdfast-start-"));
  folders.push(folder);
  return folder;
}

type Running = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
};

function run(script: string, env: Record<string, string>, args: ReadonlyArray<string> = []): Running {
  const child = spawn(process.execPath, [path.join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => {
    child.on("exit", (code) => resolve(code));
  });
  const running = { child, output: () => output, ended };
  started.push(running);
  return running;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "npm start serves, ends on %s with everything it runs, and finds its state again",
  async (signal, code) => {
    const env = { PORT: String(await freePort()), HOLDFAST_STATE: makeFolder() };
    const url = `http://127.0.0.1:${env.PORT}`;
    const api = createApi(url, LOCAL_SECRET_KEY);

    const first = run("scripts/start.ts", env);
    await until(() => answers(url), Boolean);
    await stockShop(api, { "LAMP-1": 7 });
    const said = await until(
      () => Promise.resolve(first.output()),
      (output) => output.includes(`running on ${url}`),
    );
    expect(said).toContain(`running on ${url}`);
    first.child.kill(signal);
    expect(await first.ended).toBe(code);
    expect(await answers(url)).toBe(false);

    run("scripts/start.ts", env);
    await until(() => answers(url), Boolean);
    expect((await api("GET", "/v1/skus/LAMP-1/stock")).body).toMatchObject({ available: 7 });
  },
);

test("an engine that was killed leaves nothing that a new one on its state could oversell with", async (context) => {
  if (process.platform !== "linux") return context.skip("only /proc tells which files a process has open");
  const env = { PORT: String(await freePort()), HOLDFAST_STATE: makeFolder() };
  const url = `http://127.0.0.1:${env.PORT}`;
  const api = createApi(url, LOCAL_SECRET_KEY);
  const first = run("scripts/start.ts", env);
  await until(() => answers(url), Boolean);
  await stockShop(api, { "LAMP-1": 7 });
  first.child.kill("SIGKILL");
  await first.ended;
  expect(await answers(url)).toBe(true);

  const second = run("scripts/start.ts", env);
  await until(
    () => Promise.resolve(second.output()),
    (output) => output.includes(`running on ${url}`),
  );
  expect(second.output()).toContain(`running on ${url}`);
  expect((await api("GET", "/v1/skus/LAMP-1/stock")).body).toMatchObject({ available: 7 });
  return undefined;
});

test("a port or a state that is in use is said in one sentence, and ends with 1", async () => {
  const env = { PORT: String(await freePort()), HOLDFAST_STATE: makeFolder() };
  run("scripts/start.ts", env);
  await until(() => answers(`http://127.0.0.1:${env.PORT}`), Boolean);

  const samePort = run("scripts/start.ts", { ...env, HOLDFAST_STATE: makeFolder() });
  expect(await samePort.ended).toBe(1);
  expect(samePort.output().trim()).toBe(`Port ${env.PORT} is in use. Set PORT to another one.`);

  const sameState = run("scripts/start.ts", { ...env, PORT: String(await freePort()) });
  expect(await sameState.ended).toBe(1);
  expect(sameState.output()).toContain("is in use by another engine");
});

test.runIf(process.env["HOLDFAST_TEST_DEMO"] === "1")("the demo keeps its promises, in small", async () => {
  const demo = run("scripts/demo.ts", { PORT: String(await freePort()), HOLDFAST_STATE: makeFolder() }, [
    "--exit",
    "--orders",
    "20",
    "--buyers",
    "700",
  ]);
  expect(await demo.ended, demo.output()).toBe(0);
  expect(demo.output()).toMatch(/Oversold\s+0\n\s+Unsold with demand left\s+0\n/);
});
