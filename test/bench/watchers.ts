import { percentile } from "../../scripts/random.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { apiOf, portOf, withEngine } from "./engines.ts";
import { holdfast, socketDoor } from "./holdfast.ts";
import { openAll } from "./load.ts";
import { openSocket } from "./socket.ts";
import { dropSku, flashDrop, type Size, type WorkloadResult } from "./workloads.ts";

export type WatchersResult = {
  readonly watchers: number;
  readonly drop: WorkloadResult;
  /** From the change in the SKU's object to the watcher, over every message. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** From the last answer of the drop until every watcher had the last stock value. */
  readonly lastValueP99Ms: number;
  readonly messagesPerSecond: number;
  /** Watchers that never heard the last value. */
  readonly missed: number;
};

/** The SKU's object makes versions out of the time of the change, this many a millisecond. */
const VERSIONS_PER_MS = 1024;
const PATIENCE_MS = 20_000;

/** W4: many sockets that only watch, while W1 runs over others. */
export function measureWatchers(count: number, size: Size): Promise<WatchersResult> {
  return withEngine({}, async (engine) => {
    const sku = dropSku(size.run);
    const subject = holdfast(apiOf(engine), socketDoor(portOf(engine), sku));
    // The SKU has to be there before somebody can watch it; W1 stocks it up again, which changes nothing.
    await subject.stockUp(new Map([[sku, Math.round(10_000 * size.scale)]]), 2);
    const delays: Array<number> = [];
    const heard: Array<{ available: number; atMs: number }> = [];
    let nth = 0;
    const sockets = await openAll(count, () => {
      const watcher = nth++;
      heard[watcher] = { available: Number.NaN, atMs: 0 };
      return openSocket({
        port: portOf(engine),
        path: `/v1/live?skus=${sku}&buyer=${size.run}-watcher-${watcher}`,
        headers: `authorization: Bearer ${LOCAL_SECRET_KEY}\r\n`,
        onText: (text) => {
          if (!text.startsWith('{"type":"stock"')) {
            if (text.startsWith('{"type":"check"')) {
              const { id } = JSON.parse(text) as { id: number };
              sockets[watcher]?.send(JSON.stringify({ type: "checked", id }));
            }
            return;
          }
          const atMs = performance.timeOrigin + performance.now();
          const news = JSON.parse(text) as { available: number; version: number };
          delays.push(atMs - news.version / VERSIONS_PER_MS);
          heard[watcher] = { available: news.available, atMs };
        },
      });
    });

    const before = delays.length;
    const startMs = performance.now();
    const drop = await flashDrop({ ...subject, stockUp: async () => {} }, size);
    const endMs = performance.timeOrigin + performance.now();
    const last = (await subject.left(sku)) ?? 0;
    while (
      heard.some(({ available }) => available !== last) &&
      performance.timeOrigin + performance.now() < endMs + PATIENCE_MS
    )
      await new Promise((resolve) => setTimeout(resolve, 20));
    const seconds = (performance.now() - startMs) / 1000;
    for (const socket of sockets) socket.close();
    const late = heard
      .filter(({ available }) => available === last)
      .map(({ atMs }) => Math.max(0, atMs - endMs));
    return {
      watchers: count,
      drop,
      delayP50Ms: percentile(delays, 0.5),
      delayP99Ms: percentile(delays, 0.99),
      lastValueP99Ms: percentile(late, 0.99),
      messagesPerSecond: (delays.length - before) / seconds,
      missed: heard.filter(({ available }) => available !== last).length,
    };
  });
}
