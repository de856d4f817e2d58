import { createHash } from "node:crypto";

import {
  findChannelOrder,
  hasSeen,
  succeedChannelOrder,
  type ChannelOrderRow,
} from "../../db/channel-orders.ts";
import type { ConnectionRow } from "../../db/connections.ts";
import { insertExceptions } from "../../db/exceptions.ts";
import { abortUnlessChanged, isAbort } from "../../db/guard.ts";
import type {
  ChannelOrder,
  ChannelOrderVersion,
  ChannelRefusal,
  ChannelRefusalCode,
} from "../../domain/channels/channel-order.ts";
import type { Services } from "../services.ts";
import { acceptOrder, isHandedOver, writeAccepted, type TakeServices } from "./accept-channel-order.ts";
import { RetryLater } from "./step-failure.ts";
import { updateChannelOrder } from "./update-channel-order.ts";

/** Why an order of a platform is none of ours to ship, and nobody has to do anything. */
type Disregard = "shipped_by_platform" | "already_fulfilled" | "nothing_to_ship";

export type Taken = Pick<ChannelOrderRow, "outcome" | "reason" | "orderId"> & { readonly isRepeat: boolean };

/** How often an order that several messages change at once is read again. */
const TRIES_MAX = 6;

/**
 * Takes what a platform says of one order: captured as an order of ours, applied to the one it has become, or refused
 * with a reason that a person can act on. What was seen already changes nothing, in whatever order it comes.
 *
 * @throws RetryLater where others keep changing the same order, and whatever the database throws: then nothing may be
 * acknowledged, and the platform or the queue brings it again.
 */
export async function takeChannelOrder(
  services: TakeServices,
  connection: ConnectionRow,
  order: ChannelOrder,
): Promise<Taken> {
  const version = { ...order.version, digest: digestOf(order) };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const seen = await findChannelOrder(services.db, connection.code, order.externalId);
    // What was refused is looked at again: a person may have mended why.
    if (hasSeen(seen, version) && (seen.outcome !== "refused" || seen.digest !== version.digest)) {
      return { ...takenOf(seen), isRepeat: true };
    }
    try {
      const row =
        seen === null || seen.orderId === null
          ? await capture(services, connection, order, version, seen)
          : await updateChannelOrder(services, {
              connection,
              order,
              seen,
              next: rowFor(connection, order, version, seen),
            });
      if (row !== null) return { ...takenOf(row), isRepeat: false };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new RetryLater(`order ${order.externalId} of ${connection.code} keeps changing`);
}

function takenOf({ outcome, reason, orderId }: ChannelOrderRow): Omit<Taken, "isRepeat"> {
  return { outcome, reason, orderId };
}

function isConflict(error: unknown): boolean {
  return isAbort(error) || (error instanceof Error && error.message.includes("UNIQUE constraint failed"));
}

function digestOf(order: ChannelOrder): string {
  return createHash("sha256").update(JSON.stringify(order)).digest("hex").slice(0, 32);
}

/** The row that follows on what was seen, with an outcome still to be filled in. */
function rowFor(
  connection: ConnectionRow,
  order: ChannelOrder,
  version: ChannelOrderVersion,
  seen: ChannelOrderRow | null,
): ChannelOrderRow {
  return {
    connection: connection.code,
    externalId: order.externalId,
    outcome: seen?.outcome ?? "captured",
    reason: null,
    detail: null,
    orderId: seen?.orderId ?? null,
    revision: seen?.revision ?? 0,
    isReserved: order.state === "reserved",
    isShort: seen?.isShort ?? false,
    lines: seen?.lines ?? [],
    statedAtMs: version.updatedAtMs,
    rank: version.rank,
    digest: version.digest,
    version: (seen?.version ?? 0) + 1,
    receivedAtMs: 0,
  };
}

/** Writes an order that is new to us, or why it is not taken. */
async function capture(
  services: TakeServices,
  connection: ConnectionRow,
  order: ChannelOrder,
  version: ChannelOrderVersion,
  seen: ChannelOrderRow | null,
): Promise<ChannelOrderRow> {
  const row = { ...rowFor(connection, order, version, seen), receivedAtMs: services.nowMs() };
  const because = disregardOf(order);
  if (because !== null) return writeOutcome(services, { ...row, outcome: "ignored", reason: because });
  const accepted = await acceptOrder(services, connection, order, row.revision + 1);
  if (!accepted.ok) return refuseOrder(services, row, accepted.error);
  if (accepted.value === null) {
    return writeOutcome(services, { ...row, outcome: "ignored", reason: "nothing_to_ship" });
  }
  return writeAccepted(services, row, accepted.value);
}

/** Why an order is none of ours to ship; null where it is ours. */
export function disregardOf(order: ChannelOrder): Disregard | null {
  if (order.isShippedByPlatform) return "shipped_by_platform";
  return order.state === "fulfilled" && !isHandedOver(order) ? "already_fulfilled" : null;
}

async function writeOutcome(services: Pick<Services, "db">, row: ChannelOrderRow): Promise<ChannelOrderRow> {
  await services.db.d1.batch([succeedChannelOrder(services.db, row), abortUnlessChanged(services.db)]);
  return row;
}

/** Keeps why an order was not taken, and puts it before a person. It stays refused until it comes again or is retried. */
async function refuseOrder(
  services: Pick<Services, "db" | "nowMs">,
  row: ChannelOrderRow,
  { code, detail }: ChannelRefusal,
): Promise<ChannelOrderRow> {
  const refused: ChannelOrderRow = { ...row, outcome: "refused", reason: code, detail: detail.slice(0, 500) };
  await services.db.d1.batch([
    succeedChannelOrder(services.db, refused),
    abortUnlessChanged(services.db),
    insertExceptions(services.db, [refusalException(row.connection, row.externalId, code)], services.nowMs()),
  ]);
  return refused;
}

/** The same for the same order and reason, so that a platform's retries do not fill the list. */
function refusalException(connection: string, externalId: string, code: ChannelRefusalCode) {
  return {
    kind: "channel_order_refused" as const,
    subject: `connection:${connection}`,
    fact: `${externalId} ${code}`,
    orderId: null,
    data: { connection, external_id: externalId, reason: code },
  };
}

/**
 * Keeps why a payload that nobody could read as an order was not taken. Without an id of its own only the exception
 * stands for it.
 */
export async function refuseUnread(
  services: Pick<Services, "db" | "nowMs">,
  connection: ConnectionRow,
  externalId: string | null,
  refusal: ChannelRefusal,
): Promise<Taken> {
  const raised = refusalException(connection.code, externalId ?? "unknown", refusal.code);
  const nowMs = services.nowMs();
  const seen = externalId === null ? null : await findChannelOrder(services.db, connection.code, externalId);
  const statements = [insertExceptions(services.db, [raised], nowMs)];
  if (externalId !== null && seen === null) {
    statements.unshift(
      succeedChannelOrder(services.db, {
        connection: connection.code,
        externalId,
        outcome: "refused",
        reason: refusal.code,
        detail: refusal.detail.slice(0, 500),
        orderId: null,
        revision: 0,
        isReserved: false,
        isShort: false,
        lines: [],
        // Older than anything that can be read.
        statedAtMs: 0,
        rank: 0,
        digest: "",
        version: 1,
        receivedAtMs: nowMs,
      }),
    );
  }
  await services.db.d1.batch(statements);
  return { outcome: "refused", reason: refusal.code, orderId: null, isRepeat: false };
}
