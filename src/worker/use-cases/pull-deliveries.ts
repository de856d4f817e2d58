import { findConnection } from "../../db/connections.ts";
import type { Services } from "../services.ts";
import { askChannel, openChannel } from "./channel-access.ts";
import { takeContent } from "./receive-delivery.ts";
import { StepImpossible } from "./step-failure.ts";

/** Rounds of one message; the next minute goes on. */
const ROUNDS_MAX = 20;

/**
 * Empties the queue that a platform puts its messages into. Each is applied before it is deleted there, so that a crash
 * in between brings it again.
 */
export async function pullConnection(services: Services, code: string): Promise<void> {
  const row = await findConnection(services.db, code);
  if (row === null || row.status !== "active") return;
  const channel = await openChannel(services, row);
  if (channel === null) throw new StepImpossible(`the secrets of connection ${code} cannot be read`);
  const { adapter, access } = channel;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const pulled = await askChannel(services, channel, async () =>
      adapter.pull === undefined ? { ok: true, value: null } : adapter.pull(access),
    );
    // What is refused here is seen in the connection's health, and a person tests it.
    if (!pulled.ok || pulled.value === null || pulled.value.contents.length === 0) return;
    const { contents, done } = pulled.value;
    for (const content of contents) await takeContent(services, channel, content);
    const ended = await askChannel(services, channel, done);
    if (!ended.ok) return;
  }
}
