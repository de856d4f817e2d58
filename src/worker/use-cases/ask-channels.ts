import { readDueConnections } from "../../db/connections.ts";
import { readConnectionsToTell } from "../../db/listings.ts";
import type { Services } from "../services.ts";
import { askToPush } from "./want-quantities.ts";

/** Webhooks bring orders; polling finds those that none brought. */
const POLL_EVERY_MS = 300_000;
const COMPARE_EVERY_MS = 900_000;
/** Messages in one call to a queue. */
const SEND_MAX = 100;

/**
 * Asks for what no event asks for: quantities that are still to be told, orders that no webhook brought, quantities
 * that drifted. Bare messages, since the next run asks again.
 */
export async function askChannels(services: Pick<Services, "db" | "nowMs" | "send">): Promise<void> {
  const nowMs = services.nowMs();
  await askToPush(services, await readConnectionsToTell(services.db, nowMs));
  const { toPoll, toCompare, toPull } = await readDueConnections(services.db, {
    polledMs: nowMs - POLL_EVERY_MS,
    comparedMs: nowMs - COMPARE_EVERY_MS,
  });
  const messages: ReadonlyArray<unknown> = [
    ...toPoll.map((connection) => ({ type: "channel.poll", connection })),
    ...toPull.map((connection) => ({ type: "channel.pull", connection })),
    ...toCompare.map((connection) => ({ type: "channel.compare", connection })),
  ];
  for (let start = 0; start < messages.length; start += SEND_MAX) {
    await services.send("channel-sync", messages.slice(start, start + SEND_MAX));
  }
}
