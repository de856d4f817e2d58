import { deleteOutbox, readOutbox, type OutboxRow } from "../../db/outbox.ts";
import type { Services } from "../services.ts";

/** One call to a queue takes so many. */
const BATCH_MAX = 100;

/**
 * Sends what was committed to be sent, and forgets it afterwards. A crash in between sends it twice, which every
 * consumer has to bear anyway.
 *
 * @param rows - The rows just committed, to send them at once. Without, the oldest hundred of the outbox.
 * @returns How many were sent.
 */
export async function relayOutbox(
  services: Pick<Services, "db" | "send">,
  rows?: ReadonlyArray<OutboxRow>,
): Promise<number> {
  const due = rows ?? (await readOutbox(services.db, BATCH_MAX));
  let sent = 0;
  for (let start = 0; start < due.length; start += BATCH_MAX) {
    sent += await relayBatch(services, due.slice(start, start + BATCH_MAX));
  }
  return sent;
}

async function relayBatch(
  services: Pick<Services, "db" | "send">,
  rows: ReadonlyArray<OutboxRow>,
): Promise<number> {
  for (const [queue, ofQueue] of Map.groupBy(rows, (row) => row.queue)) {
    await services.send(
      queue,
      ofQueue.map(({ body }) => JSON.parse(body) as unknown),
    );
  }
  await deleteOutbox(
    services.db,
    rows.map(({ id }) => id),
  ).run();
  return rows.length;
}
