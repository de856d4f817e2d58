import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import * as esbuild from "esbuild";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  Response as MiniflareResponse,
  type Request as MiniflareRequest,
} from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

import { buildBrowserFiles } from "./build-browser.ts";
import { startCrons } from "./crons.ts";
import { applyMigrations, type LocalDatabase } from "./migrations.ts";
import { endOrphans } from "./orphans.ts";
import { freePort, isFree } from "./ports.ts";
import { LOCAL_PUBLISHABLE_KEY, seedLocalKeys } from "./seed.ts";

const ROOT = path.dirname(import.meta.dirname);
const LOCK_FILE = "lock.sqlite";
/**
 * On a machine of one's own a page may try a checkout without a payment provider, orders go their way alone, mails are
 * written and not sent, and webhooks may go to a receiver on the same machine. All objects share a processor and nobody is far away, so one gate
 * gathers the largest batches.
 */
const LOCAL_VARS = {
  PAYMENTS_ON_TRUST: "any_key",
  FULFILLMENT_MODE: "automatic",
  PAGE_LIMITS: "off",
  SHOW_PAGE_KEY: LOCAL_PUBLISHABLE_KEY,
  WEBHOOK_TARGETS: "any",
  MAIL_PROVIDER: "log",
  GATES_PER_REGION: "1",
  // Known to everybody, as the local keys are.
  BUYER_TOKEN_SECRET: "local-holdfast-buyer-tokens-secret",
};

export type EngineLog = { readonly level: string; readonly message: string };

export type EngineOptions = {
  /** 0 picks a free one. */
  readonly port: number;
  /** Everything the engine remembers. Made when absent; one engine at a time. */
  readonly stateDir: string;
  /** `fresh` forgets what is there, once it is sure that no other engine uses it. */
  readonly state?: "kept" | "fresh";
  /** Over those of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Another Worker than the engine's, with the same bindings: the benchmarks measure some. */
  readonly entry?: string;
  readonly onLog?: (log: EngineLog) => void;
  /** `standing`: messages are taken and nobody works at them, to measure what a request costs by itself. */
  readonly queues?: "running" | "standing";
  /** In place of the network, for tests with outside systems of their own. */
  readonly outside?: (request: Request) => Promise<Response>;
  /** Off where a test fires them itself. */
  readonly crons?: "every minute" | "by hand";
};

export type Engine = {
  readonly url: string;
  /**
   * Of workerd, the process that serves and stores; another one after a crash, since it is started again.
   * Null where the system does not tell.
   */
  readonly pid: number | null;
  readonly database: LocalDatabase;
  readonly fireCron: (cron: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Something the person who started the engine can mend. */
export class EngineStartError extends Error {}

/**
 * Runs the engine on this machine: one workerd, with D1, Durable Objects and Queues as `wrangler.toml` names them.
 * The Worker is served by workerd itself, not through a development proxy, which would cost more than a hold does.
 * When this process ends, by a signal too, miniflare ends workerd; what was answered is on disk by then.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const lock = lockState(options.stateDir);
  try {
    await endOrphans(options.stateDir);
    const port = await claimPort(options.port);
    if (options.state === "fresh") clearState(options.stateDir);
    return await startLocked({ ...options, port }, () => lock.close());
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function startLocked(options: EngineOptions, unlock: () => void): Promise<Engine> {
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(path.join(ROOT, "wrangler.toml"));
  const script = await bundle(options.entry ?? main ?? path.join(ROOT, "src/worker/index.ts"));
  const { log, runtime } = listen(options.onLog);
  const shared = {
    name: "holdfast",
    host: "127.0.0.1",
    port: 0,
    resourcePersistencePath: options.stateDir,
    // Otherwise it asks the network where this machine is.
    cf: false,
    telemetry: { enabled: false },
    log,
    handleStructuredLogs: runtime,
  };
  await prepareDatabase({
    ...shared,
    d1Databases: workerOptions.d1Databases,
    compatibilityDate: workerOptions.compatibilityDate,
  });

  const before = children();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...shared,
      ...workerOptions,
      ...(options.queues === "standing" ? { queueConsumers: {} } : {}),
      bindings: {
        ...(workerOptions.bindings as Record<string, string>),
        ...LOCAL_VARS,
        PUBLIC_URL: `http://127.0.0.1:${options.port}`,
        HOLDFAST_SECRETS_KEY: localSecretsKey(options.stateDir),
        ...options.vars,
      },
      ...(options.outside === undefined ? {} : { outboundService: outboundOf(options.outside) }),
      modules: [{ type: "ESModule", path: "index.js", contents: script }],
      unsafeDirectSockets: [{ host: "127.0.0.1", port: options.port }],
    }),
  );
  try {
    await miniflare.ready;
    const worker = await miniflare.getWorker();
    const fireCron = async (cron: string) => {
      const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() });
      if (outcome !== "ok") throw new Error(`the scheduled handler ended with ${outcome}`);
    };
    const stopCrons =
      options.crons === "by hand"
        ? () => {}
        : startCrons(readCrons(), fireCron, (error) => {
            options.onLog?.({ level: "error", message: `a cron failed: ${String(error)}` });
          });
    return {
      url: `http://127.0.0.1:${options.port}`,
      get pid() {
        return children().find((child) => !before.includes(child)) ?? null;
      },
      database: await miniflare.getD1Database("DB"),
      fireCron,
      stop: async () => {
        stopCrons();
        await miniflare.dispose();
        unlock();
      },
    };
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}

/** Miniflare has classes of its own for requests and responses. */
function outboundOf(outside: (request: Request) => Promise<Response>) {
  return async (request: MiniflareRequest) => {
    const { method, url, headers } = request;
    const isRead = method === "GET" || method === "HEAD";
    const body = isRead ? {} : { body: await request.arrayBuffer() };
    const reply = await outside(new Request(url, { method, headers: [...headers], ...body }));
    return new MiniflareResponse(await reply.arrayBuffer(), {
      status: reply.status,
      headers: [...reply.headers],
    });
  };
}

/**
 * Migrates and seeds before the engine runs: neither a request nor an alarm that was due overnight may find the tables of
 * yesterday.
 */
async function prepareDatabase(
  options: Omit<Parameters<typeof convertV4MiniflareOptions>[0], "workers">,
): Promise<void> {
  const script = "export default { fetch: () => new Response(null, { status: 503 }) }";
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...options, modules: true, script }));
  try {
    const database = await miniflare.getD1Database("DB");
    await applyMigrations(database, path.join(ROOT, "migrations"));
    await seedLocalKeys(database);
  } finally {
    await miniflare.dispose();
  }
}

/** As wrangler bundles it, in a tenth of a second. */
async function bundle(entry: string): Promise<string> {
  await buildBrowserFiles();
  const result = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    outfile: "index.js",
    absWorkingDir: ROOT,
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    plugins: [nodeModulesByTheirPrefix],
    loader: { ".txt": "text", ".html": "text", ".sql": "text", ".bin": "binary" },
    define: { "process.env.NODE_ENV": '"production"' },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "silent",
  });
  await esbuild.stop();
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return file.text;
}

/** The runtime knows Node's modules as `node:stream`; some packages still say `stream`. */
const nodeModulesByTheirPrefix: esbuild.Plugin = {
  name: "node-modules-by-their-prefix",
  setup(build) {
    const names = builtinModules.filter((name) => !name.startsWith("_") && !name.includes(":"));
    build.onResolve({ filter: new RegExp(`^(${names.join("|")})$`) }, ({ path: name }) => ({
      path: `node:${name}`,
      external: true,
    }));
  },
};

/** Keeps what the Worker logs, and leaves out what only a developer of the runtime wants to read. */
function listen(onLog: ((log: EngineLog) => void) | undefined) {
  class RelayedLog extends Log {
    override log(message: string): void {
      onLog?.({ level: "runtime", message });
    }
  }
  return {
    log: new RelayedLog(LogLevel.ERROR),
    runtime: ({ level, message }: EngineLog) => onLog?.({ level, message }),
  };
}

function readCrons(): ReadonlyArray<string> {
  const text = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8");
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** @throws {@link EngineStartError} when another process listens there. */
async function claimPort(port: number): Promise<number> {
  if (port === 0) return freePort();
  if (!(await isFree(port))) throw new EngineStartError(`Port ${port} is in use. Set PORT to another one.`);
  return port;
}

/**
 * Two engines on one state would each keep their own stock in memory, and oversell. The system lets go of the lock when
 * the process ends, however it ends.
 *
 * @throws {@link EngineStartError} when another engine has the state.
 */
function lockState(stateDir: string): DatabaseSync {
  mkdirSync(stateDir, { recursive: true });
  const lock = new DatabaseSync(path.join(stateDir, LOCK_FILE));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new EngineStartError(
      `${stateDir} is in use by another engine. Set HOLDFAST_STATE to another folder, or stop that engine.`,
    );
  }
  return lock;
}

/** What encrypts the secrets of connections, as a Worker secret does in a deployment. It stays with the state that it opens. */
function localSecretsKey(stateDir: string): string {
  const file = path.join(stateDir, "secrets.key");
  if (!existsSync(file)) writeFileSync(file, `${randomUUID()}${randomUUID()}`, { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function clearState(stateDir: string): void {
  for (const name of readdirSync(stateDir)) {
    if (!name.startsWith(LOCK_FILE)) rmSync(path.join(stateDir, name), { recursive: true });
  }
}

/** Ids of this process's children; empty where the system has no /proc. */
function children(): ReadonlyArray<number> {
  const tasks = "/proc/self/task";
  if (!existsSync(tasks)) return [];
  return readdirSync(tasks).flatMap((task) => {
    const file = `${tasks}/${task}/children`;
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number);
  });
}
