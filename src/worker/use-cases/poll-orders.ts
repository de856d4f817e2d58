import { findChannelOrder } from "../../db/channel-orders.ts";
import { findConnection, notePolled } from "../../db/connections.ts";
import type { Services } from "../services.ts";
import type { TakeServices } from "./accept-channel-order.ts";
import {
  askChannel,
  callChannel,
  openChannel,
  type AccessServices,
  type OpenChannel,
} from "./channel-access.ts";
import { StepImpossible } from "./step-failure.ts";
import { refuseUnread, takeChannelOrder, type Taken } from "./take-channel-order.ts";

export type PollServices = TakeServices & AccessServices & Pick<Services, "connection" | "pause">;

/** Platforms list an order a moment after they stamped it, and their clocks are not ours. */
const OVERLAP_MS = 120_000;
/** Pages in one run; the next one goes on where it ended. */
const PAGES_MAX = 10;

/** Asks a platform for every order that changed since the last time, in case a webhook never came. */
export async function pollConnection(services: PollServices, code: string): Promise<void> {
  const row = await findConnection(services.db, code);
  if (row === null || row.status !== "active") return;
  const channel = await openChannel(services, row);
  if (channel === null) throw new StepImpossible(`the secrets of connection ${code} cannot be read`);
  await pollOrders(services, channel);
}

export async function pollOrders(services: PollServices, channel: OpenChannel): Promise<void> {
  const { row, adapter, access } = channel;
  const startedAtMs = services.nowMs();
  let cursor: string | null = null;
  let sinceMs = row.ordersSinceMs;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const asked = await askChannel(services, channel, () =>
      adapter.changedOrders(access, row.ordersSinceMs - OVERLAP_MS, cursor),
    );
    // What is refused here is seen in the connection's health, and a person tests it.
    if (!asked.ok) return;
    for (const { externalId, updatedAtMs } of asked.value.items) {
      const seen = await findChannelOrder(services.db, row.code, externalId);
      const isKnown = seen !== null && seen.outcome !== "refused" && seen.statedAtMs >= updatedAtMs;
      if (!isKnown) await fetchOrder(services, channel, externalId);
      sinceMs = Math.max(sinceMs, updatedAtMs);
    }
    cursor = asked.value.next;
    if (cursor === null) break;
  }
  await notePolled(services.db, row.code, cursor === null ? startedAtMs : sinceMs, startedAtMs);
}

/**
 * Asks a platform for one order and takes it.
 *
 * @returns null where the platform has no such order, or does not show it.
 */
export async function fetchOrder(
  services: PollServices,
  channel: OpenChannel,
  externalId: string,
): Promise<Taken | null> {
  const { row, adapter, access } = channel;
  const asked = await callChannel(services, channel, () => adapter.fetchOrder(access, externalId));
  if (!asked.ok || asked.value === null) return null;
  const read = asked.value;
  return read.ok
    ? takeChannelOrder(services, row, read.value)
    : refuseUnread(services, row, externalId, read.error);
}
