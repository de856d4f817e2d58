import type { ChannelSyncMessage } from "../../contract/queue.ts";
import { deleteOutbox, RESEND_AFTER_MS } from "../../db/outbox.ts";
import { writeShowIntent } from "../../db/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import type { Services } from "../services.ts";
import { alignShow } from "./align-show.ts";

/**
 * Carries a change of a show out, and brings its drops in the SKU objects to what the database says then, whether the
 * change was made or refused. What is about to happen stands in the outbox first: where this dies, or an object cannot be
 * reached, the cron sends it a minute later, and its consumer does the rest.
 *
 * @param skus - All that have a drop before or after the change.
 */
export async function changingShow<Outcome>(
  services: Pick<Services, "db" | "sku" | "nowMs" | "newId">,
  code: string,
  skus: ReadonlyArray<Sku>,
  change: () => Promise<Outcome>,
): Promise<Outcome> {
  const nowMs = services.nowMs();
  const message: ChannelSyncMessage = { type: "show.align", show: code, skus: [...skus] };
  const id = services.newId("out");
  await writeShowIntent(services.db, {
    id,
    queue: "channel-sync",
    body: JSON.stringify(message),
    createdAtMs: nowMs,
    nextAttemptAtMs: nowMs + RESEND_AFTER_MS,
  });
  const outcome = await change();
  await alignShow(services, code, skus);
  await deleteOutbox(services.db, [id]);
  return outcome;
}
