import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { unstable_readConfig } from "wrangler";

import { scopes } from "../src/contract/operation.ts";

/**
 * Brings an account to what `wrangler.toml` names, and deploys. Everything is looked up before it is made, so that a second
 * run, or one after a failure half-way, goes on where it has to.
 */
const ROOT = path.dirname(import.meta.dirname);
const CONFIG_FILE = path.join(ROOT, "wrangler.toml");
const ID_NOT_SET = "00000000-0000-0000-0000-000000000000";

const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
const config = unstable_readConfig({ config: CONFIG_FILE });
const [database] = config.d1_databases;
if (database?.database_name === undefined) throw new Error("wrangler.toml names no D1 database");
const databaseName = database.database_name;
const queues = [
  ...new Set([
    ...(config.queues.consumers?.map(({ queue }: { readonly queue: string }) => queue) ?? []),
    ...(config.queues.producers?.map(({ queue }: { readonly queue: string }) => queue) ?? []),
  ]),
];

if (values["dry-run"]) rehearse();
else deploy();

function rehearse(): void {
  console.log(`Would make sure that these exist, and make what is missing:
  D1 database  ${databaseName}
${queues.map((queue) => `  queue        ${queue}`).join("\n")}
Would then apply D1 migrations, deploy the Worker, and make a first secret key if there is none.

The bundle, as it would be deployed:`);
  wrangler(["deploy", "--dry-run", "--outdir", "dist"]);
}

function deploy(): void {
  if (!succeeds(["whoami", "--json"])) {
    console.error("Not logged in. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");
    process.exitCode = 1;
    return;
  }
  ensureDatabase();
  for (const queue of queues) {
    if (!succeeds(["queues", "info", queue])) wrangler(["queues", "create", queue]);
  }
  wrangler(["d1", "migrations", "apply", databaseName, "--remote"]);
  wrangler(["deploy"]);
  ensureFirstKey();
}

/** Writes the database's id into `wrangler.toml`, where it was not set. */
function ensureDatabase(): void {
  if (database?.database_id !== ID_NOT_SET) return;
  const jurisdiction = config.vars["HOLDFAST_JURISDICTION"];
  if (findDatabaseId() === undefined) {
    const place =
      typeof jurisdiction === "string" && jurisdiction !== "" ? ["--jurisdiction", jurisdiction] : [];
    wrangler(["d1", "create", databaseName, ...place]);
  }
  const id = findDatabaseId();
  if (id === undefined) throw new Error(`the D1 database ${databaseName} was made, but is not listed`);
  writeFileSync(CONFIG_FILE, readFileSync(CONFIG_FILE, "utf8").replace(ID_NOT_SET, id));
  console.log(`The id of ${databaseName} was written to wrangler.toml. Commit it.`);
}

function findDatabaseId(): string | undefined {
  const listed = JSON.parse(capture(["d1", "list", "--json"])) as Array<{ name: string; uuid: string }>;
  return listed.find(({ name }) => name === databaseName)?.uuid;
}

/** The key is shown here and never again: the database has its digest only. */
function ensureFirstKey(): void {
  const [counted] = query("SELECT count(*) AS live FROM api_key WHERE revoked_at_ms IS NULL");
  if (counted?.["live"] !== 0) {
    console.log("There are keys already; none was made.");
    return;
  }
  const key = `sk_live_${(randomUUID() + randomUUID()).replaceAll("-", "")}`;
  const digest = createHash("sha256").update(key).digest("hex");
  // Every value is ours: hexadecimal digits, numbers, and the scopes of the contract.
  query(
    `INSERT INTO api_key (id, kind, name, hash, prefix, last4, scopes, created_at_ms)
     VALUES ('key_first_${digest.slice(0, 16)}', 'secret', 'first key', '${digest}', '${key.slice(0, 8)}',
             '${key.slice(-4)}', '${JSON.stringify(scopes)}', ${Date.now()})`,
  );
  console.log(`\nThe first secret key, with every scope. It is shown this once:\n\n  ${key}\n`);
}

function query(sql: string): ReadonlyArray<Record<string, unknown>> {
  const answered = capture(["d1", "execute", databaseName, "--remote", "--json", "--yes", "--command", sql]);
  const [first] = JSON.parse(answered) as Array<{ results: ReadonlyArray<Record<string, unknown>> }>;
  return first?.results ?? [];
}

function wrangler(args: ReadonlyArray<string>): void {
  execFileSync("wrangler", args, { cwd: ROOT, stdio: "inherit" });
}

function capture(args: ReadonlyArray<string>): string {
  return execFileSync("wrangler", args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function succeeds(args: ReadonlyArray<string>): boolean {
  return spawnSync("wrangler", args, { cwd: ROOT, stdio: "ignore" }).status === 0;
}
