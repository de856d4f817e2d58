import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

import { type Connection, openConnection } from "./connection.ts";
import type { Outcome } from "./load.ts";
import { type Claim, doorOf, type Subject } from "./subject.ts";

const PORT = 9500;
const HEADERS = "content-type: application/json\r\n";

export type PeerName = "redis-always" | "pg-fn";

/** How `lib.sh` of the peers brings one up and down. Closing its input ends it. */
const scripts: Readonly<Record<PeerName, string>> = {
  "redis-always":
    "redis_up always && node_up BACKEND=redis HTTP=hono REDIS_SOCK=$ROOT/redis-data/r.sock AUTOPIPE=1 && echo READY && cat >/dev/null; node_down; redis_down",
  "pg-fn":
    "pg_up peers && node_up BACKEND=pg-fn HTTP=hono POOL=8 PG_HOST=$PGSOCK PG_PORT=$PGPORT && echo READY && cat >/dev/null; node_down; pg_down",
};

export const peerTitles: Readonly<Record<PeerName, string>> = {
  "redis-always": "Redis, fsync always",
  "pg-fn": "PostgreSQL, function",
};

/** What a peer needs and does not find; empty where it can run. */
export function missingFor(folder: string, peer: PeerName): ReadonlyArray<string> {
  const inPath = (command: string) =>
    (process.env["PATH"] ?? "").split(":").some((each) => existsSync(path.join(each, command)));
  return [
    ...(existsSync(path.join(folder, "lib.sh")) ? [] : [`${folder}/lib.sh (set HOLDFAST_BENCH_PEERS)`]),
    ...(existsSync(path.join(folder, "bin/node")) && existsSync(path.join(folder, "servers/node_modules"))
      ? []
      : ["its Node and packages (run setup.sh in a copy of that folder)"]),
    ...(peer === "redis-always" && !inPath("redis-server")
      ? ["redis-server (apt-get install redis-server)"]
      : []),
    ...(peer === "pg-fn" && !existsSync("/usr/lib/postgresql/15/bin/pg_ctl")
      ? ["PostgreSQL 15 (apt-get install postgresql)"]
      : []),
    ...(process.getuid?.() === 0 ? [] : ["root, to start the database as its own user"]),
  ];
}

/** Runs `measure` against a peer that is up for as long as that takes. */
export async function withPeer<Measured>(
  folder: string,
  peer: PeerName,
  measure: (subject: Subject) => Promise<Measured>,
): Promise<Measured> {
  const child = spawn("bash", ["-c", `source "${folder}/lib.sh"; ${scripts[peer]}`], {
    env: { ...process.env, PIN: "split" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await ready(child);
    return await measure(subjectOf(peer));
  } finally {
    child.stdin.end();
    await ended;
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes("READY")) resolve();
    });
    child.once("exit", () => reject(new Error(`the peer did not start: ${said.slice(-500)}`)));
  });
}

function subjectOf(peer: PeerName): Subject {
  const ask = async (method: string, at: string, body: unknown = null) => {
    // A new one each time: a server closes what was silent while a workload ran.
    const admin = await openConnection(PORT);
    const answer = await admin.send(method, at, HEADERS, body === null ? "" : JSON.stringify(body));
    admin.close();
    if (answer.status !== 200)
      throw new Error(`${peer} ${at}: ${answer.status} ${answer.body.slice(0, 200)}`);
    return JSON.parse(answer.body) as { readonly left?: number };
  };
  return {
    name: peerTitles[peer],
    stockUp: async (stock) => {
      const [[sku, units] = ["", 0]] = stock;
      const seed =
        stock.size === 1
          ? { sku, stock: units }
          : { prefix: sku.slice(0, sku.lastIndexOf("-") + 1), count: stock.size, stock: units };
      await ask("POST", "/seed", seed);
      await warmUp();
    },
    left: async (sku) => (sku === null ? ((await ask("GET", "/stats")).left ?? null) : null),
    door: doorOf({
      open: () => openConnection(PORT),
      hold: (connection: Connection, claim) => reserve(connection, claim),
      order: (connection, claim) => placeOrder(connection, claim),
    }),
  };
}

/** On SKUs that the seed makes for this. */
async function warmUp(): Promise<void> {
  const lanes = await Promise.all(Array.from({ length: 32 }, () => openConnection(PORT)));
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (let visit = 0; visit < 60; visit += 1)
        await reserve(lane, { key: `warm-${index}-${visit}`, lines: [{ sku: `warm${index}`, quantity: 1 }] });
      lane.close();
    }),
  );
}

async function reserve(connection: Connection, { key, lines }: Claim): Promise<Outcome> {
  const [line] = lines;
  return outcomeOf(
    await connection.send(
      "POST",
      "/reserve",
      `${HEADERS}idempotency-key: ${key}\r\n`,
      JSON.stringify({ sku: line?.sku, qty: line?.quantity, buyer: key }),
    ),
  );
}

async function placeOrder(connection: Connection, { key, lines }: Claim): Promise<Outcome> {
  const held = await connection.send(
    "POST",
    "/holds",
    `${HEADERS}idempotency-key: ${key}\r\n`,
    JSON.stringify({ buyer: key, lines: lines.map(({ sku, quantity }) => ({ sku, qty: quantity })) }),
  );
  if (held.status !== 201) return outcomeOf(held);
  const { hold_id: hold } = JSON.parse(held.body) as { hold_id: string };
  return outcomeOf(
    await connection.send(
      "POST",
      "/orders",
      `${HEADERS}idempotency-key: o-${key}\r\n`,
      JSON.stringify({ hold_id: hold, buyer: key }),
    ),
  );
}

function outcomeOf({ status, body }: { readonly status: number; readonly body: string }): Outcome {
  if (status === 201) return { kind: "accepted", decisions: 1, accepted: 1 };
  if (status === 409) return { kind: "refused", decisions: 1 };
  return { kind: "failed", decisions: 1, why: `${status} ${body.slice(0, 200)}` };
}
