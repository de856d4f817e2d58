import { type Api, expectSuccess } from "../../scripts/api.ts";
import type { Engine } from "../../scripts/engine.ts";
import { openConnection } from "./connection.ts";
import { apiOf, portOf, residentBytes, withEngine } from "./engines.ts";
import { HEADERS, holdfast, httpDoor, stockUp } from "./holdfast.ts";
import { runLoad } from "./load.ts";
import { flashDrop, type Size, type WorkloadResult } from "./workloads.ts";

export type GrowthResult = {
  readonly resolvedHolds: ReadonlyArray<{ readonly resolved: number; readonly drop: WorkloadResult }>;
  /** More resident memory of the whole process with so many live holds of one SKU: at least what its object takes. */
  readonly memory: { readonly liveHolds: number; readonly bytes: number | null };
};

const BATCH = 100;

/** W5: what gets slower as rows pile up. */
export async function measureGrowth(
  sizes: {
    readonly resolved: ReadonlyArray<number>;
    readonly live: number;
  },
  size: Size,
): Promise<GrowthResult> {
  const resolvedHolds = [];
  for (const resolved of sizes.resolved) {
    const run = `${size.run}-${resolved}`;
    const drop = await withEngine({}, async (engine) => {
      const api = apiOf(engine);
      const sku = `${run}-DROP`;
      await stockUp(api, new Map([[sku, resolved + Math.round(10_000 * size.scale)]]), 2);
      await takeMany(engine, sku, resolved, 15);
      await untilExpired(api, sku);
      const subject = holdfast(api, httpDoor(portOf(engine)));
      const left = (await subject.left(sku)) ?? 0;
      // As many units as in every other run of W1, whatever the others were for.
      const surplus = left - Math.round(10_000 * size.scale);
      if (surplus > 0) await adjust(api, sku, -surplus);
      return flashDrop({ ...subject, stockUp: async () => {} }, { ...size, run });
    });
    resolvedHolds.push({ resolved, drop });
  }
  return {
    resolvedHolds,
    memory: { liveHolds: sizes.live, bytes: await measureMemory(sizes.live, size) },
  };
}

/** Holds by the hundred, each of another buyer. */
async function takeMany(engine: Engine, sku: string, count: number, ttlSeconds: number): Promise<void> {
  const load = await runLoad({
    open: () => openConnection(portOf(engine)),
    lanes: 8,
    visits: Math.ceil(count / BATCH),
    secondsMax: 600,
    visit: async (connection, index) => {
      const items = Array.from({ length: Math.min(BATCH, count - index * BATCH) }, (_, position) => {
        const key = `${sku}-g${index}-${position}`;
        return { idempotency_key: key, buyer: key, lines: [{ sku, quantity: 1 }], ttl_seconds: ttlSeconds };
      });
      const headers = `${HEADERS}idempotency-key: ${sku}-g${index}\r\n`;
      const { status, body } = await connection.send(
        "POST",
        "/v1/holds/batch",
        headers,
        JSON.stringify({ items }),
      );
      return status === 200 && !body.includes('"ok":false')
        ? { kind: "accepted", decisions: items.length, accepted: items.length }
        : { kind: "failed", decisions: items.length, why: body.slice(0, 200) };
    },
  });
  if (load.accepted !== count)
    throw new Error(`${load.accepted} of ${count} holds: ${load.failures.join("; ")}`);
}

async function untilExpired(api: Api, sku: string): Promise<void> {
  for (;;) {
    const report = await expectSuccess(api("GET", `/v1/skus/${sku}/stock`));
    if (report["held"] === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function adjust(api: Api, sku: string, quantity: number): Promise<void> {
  const movement = { sku, location: "BENCH-1", kind: "adjusted", quantity, reason: "benchmark" };
  await expectSuccess(
    api("POST", "/v1/stock/movements", { body: { movements: [movement] }, idempotencyKey: `adjust-${sku}` }),
  );
}

function measureMemory(liveHolds: number, size: Size): Promise<number | null> {
  return withEngine({}, async (engine) => {
    const sku = `${size.run}-LIVE`;
    await stockUp(apiOf(engine), new Map([[sku, liveHolds]]), null);
    const before = residentBytes(engine);
    await takeMany(engine, sku, liveHolds, 3_600);
    const after = residentBytes(engine);
    return before === null || after === null ? null : after - before;
  });
}
