import type { DeadLetterView } from "../../contract/platform.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { queueNames, type QueueName } from "../../contract/queue.ts";
import type { Actor } from "../../db/audit.ts";
import { findDeadLetter, markReplayed, type DeadLetterRow } from "../../db/operations-board.ts";
import { RESEND_AFTER_MS, type OutboxRow } from "../../db/outbox.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";

/** Sends a message back to its queue, through the outbox: that it was replayed is true once it is written. */
export async function replayDeadLetter(
  services: Pick<Services, "db" | "newId" | "nowMs" | "send">,
  actor: Actor,
  id: string,
): Promise<Result<DeadLetterView, Problem>> {
  const row = await findDeadLetter(services.db, id);
  if (row === null) return err(problem("not_found"));
  const queue = queueOf(row.queue);
  if (queue === null) return err(problem("not_found", { detail: "The queue of this message is gone." }));
  const nowMs = services.nowMs();
  // Another outbox row than the one it first came from: should it fail again, that is another dead letter.
  const again: OutboxRow = {
    id: services.newId("out"),
    queue,
    body: JSON.stringify(bodyOf(row)),
    createdAtMs: nowMs,
    nextAttemptAtMs: nowMs + RESEND_AFTER_MS,
  };
  await markReplayed(services.db, id, actor, again, nowMs);
  await relayCommitted(services, [again]);
  return ok(deadLetterView({ ...row, replayedAtMs: nowMs }));
}

/** Dead letters may be stored under the platform's name of their queue: `holdfast-fulfillment-dlq`. */
function queueOf(stored: string): QueueName | null {
  const name = stored.replace(/^holdfast-/, "").replace(/-dlq$/, "");
  return queueNames.find((queue) => queue === name) ?? null;
}

function bodyOf(row: DeadLetterRow): unknown {
  try {
    return JSON.parse(row.body) as unknown;
  } catch {
    return row.body;
  }
}

export function deadLetterView(row: DeadLetterRow): DeadLetterView {
  return {
    id: row.id,
    queue: row.queue,
    body: bodyOf(row),
    attempts: row.attempts,
    error: row.error,
    received_at: new Date(row.receivedAtMs).toISOString(),
    replayed_at: row.replayedAtMs === null ? null : new Date(row.replayedAtMs).toISOString(),
  };
}
