import { findConnection } from "../../db/connections.ts";
import { insertExceptions } from "../../db/exceptions.ts";
import { noteTold, readListingsToTell, type ListingRow, type Told } from "../../db/listings.ts";
import { nextRevisionMs, nextTellingMs } from "../../domain/channels/allocation.ts";
import type { PushOutcome, QuantityPush } from "../../integrations/channels/port.ts";
import type { Services } from "../services.ts";
import { callChannel, healthName, openChannel, type OpenChannel } from "./channel-access.ts";
import { pollOrders, type PollServices } from "./poll-orders.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";
import { askToPush } from "./want-quantities.ts";

export type PushServices = PollServices & Pick<Services, "newId">;

/** Calls in one turn; what is left is asked for by another message. */
const ROUNDS_MAX = 50;
/** A pause that is waited out, with the turn kept. A longer one is left to the cron. */
const PAUSE_MS_MAX = 5_000;
/** What is put off for a moment is looked at again so soon: it may have become urgent. */
const LOOK_AGAIN_MS = 500;
/** Time for an order that we had not heard of to reach the stock it takes. */
const SETTLING_MS = 5_000;
/** What a platform refuses is tried again after so long: somebody may have mended it there. */
const REFUSED_WAIT_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * Tells a platform what its listings are to show, until nothing is left to tell: absolute values, the newest there are
 * by then, in as few calls as the platform takes. One holder of the connection's turn does it at a time, so no call
 * overtakes another; whoever comes meanwhile only leaves word.
 *
 * What cannot be told now stays wanted, and the cron asks again: the listings are the record, not the message.
 */
export async function pushQuantities(services: PushServices, code: string): Promise<void> {
  const row = await findConnection(services.db, code);
  if (row === null || row.status !== "active") return;
  const channel = await openChannel(services, row);
  if (channel === null) throw new StepImpossible(`the secrets of connection ${code} cannot be read`);
  const health = services.connection(healthName(code));
  const holder = services.newId("req");
  if (!(await health.takeTurn(services.nowMs(), holder)).isTaken) return;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const listings = await readListingsToTell(services.db, code, services.nowMs(), channel.adapter.pushMax);
    if (listings.length === 0) {
      if (!(await health.endTurn(services.nowMs(), holder)).isAskedAgain) return;
      continue;
    }
    if ((await tellOrPause(services, channel, listings)) === "stop") {
      await health.endTurn(services.nowMs(), holder);
      return;
    }
    if (!(await health.takeTurn(services.nowMs(), holder)).isTaken) return;
  }
  await health.endTurn(services.nowMs(), holder);
  await askToPush(services, [code]);
}

/** Pushed at once by whoever heard the news; more connections than this are left to messages. */
const AT_ONCE_MAX = 12;

/**
 * Tells platforms without the way over a queue, which would take another second. What fails here is asked for by a
 * message, so that it is tried again, and kept where it cannot be done.
 */
export async function pushAtOnce(services: PushServices, connections: ReadonlyArray<string>): Promise<void> {
  const settled = await Promise.allSettled(
    connections.slice(0, AT_ONCE_MAX).map((code) => pushQuantities(services, code)),
  );
  const failed = connections.filter((_, index) => settled[index]?.status !== "fulfilled");
  await askToPush(services, failed);
}

async function tellOrPause(
  services: PushServices,
  channel: OpenChannel,
  listings: ReadonlyArray<ListingRow>,
): Promise<"go on" | "stop"> {
  const nowMs = services.nowMs();
  const open = listings.filter((row) => tellingMs(row, nowMs) <= nowMs);
  if (open.length === 0) {
    const dueMs = Math.min(...listings.map((row) => tellingMs(row, nowMs)));
    await services.pause(Math.min(dueMs - nowMs, LOOK_AGAIN_MS));
    return "go on";
  }
  try {
    await tell(services, channel, open);
    return "go on";
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
    if (error.retryAfterMs === 0 || error.retryAfterMs > PAUSE_MS_MAX) return "stop";
    await services.pause(error.retryAfterMs);
    return "go on";
  }
}

function tellingMs({ wantedQuantity, toldQuantity, toldAtMs }: ListingRow, nowMs: number): number {
  return nextTellingMs({ wanted: wantedQuantity ?? 0, told: toldQuantity, toldAtMs: toldAtMs ?? 0 }, nowMs);
}

async function tell(
  services: PushServices,
  channel: OpenChannel,
  listings: ReadonlyArray<ListingRow>,
): Promise<void> {
  const { db } = services;
  const { code } = channel.row;
  const nowMs = services.nowMs();
  const due = listings.map((row) => ({ row, atMs: revisionMs(channel, row, nowMs) }));
  const put = due.filter(({ atMs }) => atMs > nowMs);
  await noteTold(
    db,
    code,
    put.map(({ row, atMs }) => ({ ...unchanged(row), waitUntilMs: atMs })),
    nowMs,
  );
  const open = due.filter(({ atMs }) => atMs <= nowMs).map(({ row }) => row);
  if (open.length === 0) return;
  const pushes = open.map((row) => pushOf(code, row));
  const outcome = await callChannel(services, channel, () =>
    channel.adapter.setQuantities(channel.access, pushes),
  );
  const outcomes: ReadonlyArray<PushOutcome> = outcome.ok
    ? outcome.value
    : open.map(() => ({ status: "refused", reason: outcome.error.reason }));
  const told = open.map((row, index) => toldOf(row, outcomes[index] ?? { status: "set" }, nowMs));
  await noteTold(db, code, told, nowMs);
  await raiseRefusals(services, code, outcomes, open);
  // Somebody sold what we had not heard of: ask before the quantity is raised over it.
  if (outcomes.some(({ status }) => status === "stale")) await pollOrders(services, channel);
}

function pushOf(code: string, row: ListingRow): QuantityPush {
  const quantity = row.wantedQuantity ?? 0;
  return {
    listing: row.listing,
    stockId: row.stockId,
    sku: row.externalSku,
    quantity,
    from: row.toldQuantity,
    key: [code, row.listing, row.wantedVersion, quantity, row.toldQuantity].join(":"),
  };
}

function revisionMs({ adapter }: OpenChannel, row: ListingRow, nowMs: number): number {
  if (adapter.revisionsPerDay === null || row.toldAtMs === null) return nowMs;
  const direction = (row.wantedQuantity ?? 0) < (row.toldQuantity ?? 0) ? "fall" : "rise";
  const budget = { perDay: adapter.revisionsPerDay, usedToday: row.revisionsToday, lastAtMs: row.toldAtMs };
  return nextRevisionMs(budget, direction, nowMs);
}

function unchanged(row: ListingRow): Told {
  const { listing, toldQuantity: quantity, revisionsToday, waitUntilMs, lastError: error } = row;
  return { listing, quantity, version: null, revisionsToday, waitUntilMs, error };
}

function toldOf(row: ListingRow, outcome: PushOutcome, nowMs: number): Told {
  const isSameDay = Math.floor((row.toldAtMs ?? 0) / DAY_MS) === Math.floor(nowMs / DAY_MS);
  const revisionsToday = (isSameDay ? row.revisionsToday : 0) + 1;
  const base = { ...unchanged(row), error: null };
  switch (outcome.status) {
    case "set":
      return {
        ...base,
        quantity: row.wantedQuantity,
        version: row.wantedVersion,
        revisionsToday,
        waitUntilMs: outcome.quietMs === undefined ? 0 : nowMs + outcome.quietMs,
      };
    case "stale": {
      const isRise = (row.wantedQuantity ?? 0) > outcome.actual;
      return { ...base, quantity: outcome.actual, waitUntilMs: isRise ? nowMs + SETTLING_MS : 0 };
    }
    case "refused":
      return { ...base, waitUntilMs: nowMs + REFUSED_WAIT_MS, error: outcome.reason };
  }
}

async function raiseRefusals(
  { db, nowMs }: PushServices,
  connection: string,
  outcomes: ReadonlyArray<PushOutcome>,
  rows: ReadonlyArray<ListingRow>,
): Promise<void> {
  const raised = outcomes.flatMap((outcome, index) => {
    const listing = rows[index]?.listing ?? "";
    if (outcome.status !== "refused") return [];
    return [
      {
        kind: "channel_refused" as const,
        subject: `connection:${connection}`,
        fact: `${listing} ${outcome.reason}`,
        orderId: null,
        data: { connection, listing, reason: outcome.reason },
      },
    ];
  });
  if (raised.length > 0) await insertExceptions(db, raised, nowMs()).run();
}
