import { envelopeOf, putOffOutbox, readDueOutbox, type OutboxRow } from "../../db/outbox.ts";
import type { Services } from "../services.ts";

/** One call to a queue takes so many. */
const BATCH_MAX = 100;

/**
 * Sends again what was committed to be handled and was not, a hundred rows at most. The consumer deletes a row when it
 * has handled its message; until then every queue may lose it. A crash after sending sends it twice, which every
 * consumer has to bear anyway.
 *
 * @returns How many were sent.
 */
export async function relayOutbox(services: Pick<Services, "db" | "send" | "nowMs">): Promise<number> {
  const nowMs = services.nowMs();
  const due = await readDueOutbox(services.db, nowMs, BATCH_MAX);
  if (due.length === 0) return 0;
  await sendRows(services, due);
  const ids = due.map(({ id }) => id);
  await putOffOutbox(services.db, ids, nowMs);
  return due.length;
}

/** Sends at once what was just committed. What cannot be sent stays in the outbox, for the cron. */
export async function relayCommitted(
  services: Pick<Services, "send">,
  rows: ReadonlyArray<OutboxRow>,
): Promise<void> {
  try {
    await sendRows(services, rows);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    console.warn(JSON.stringify({ message: "relay put off", error: name }));
  }
}

async function sendRows(services: Pick<Services, "send">, rows: ReadonlyArray<OutboxRow>): Promise<void> {
  for (const [queue, ofQueue] of Map.groupBy(rows, (row) => row.queue)) {
    for (let start = 0; start < ofQueue.length; start += BATCH_MAX) {
      await services.send(queue, ofQueue.slice(start, start + BATCH_MAX).map(envelopeOf));
    }
  }
}
