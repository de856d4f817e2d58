import { connectionCodeSchema, externalIdSchema } from "../../contract/primitives.ts";
import { insertMany } from "../../db/client.ts";
import { findConnection, type ConnectionRow } from "../../db/connections.ts";
import { outboxRow } from "../../db/events.ts";
import { noteObserved } from "../../db/listings.ts";
import { outbox } from "../../db/schema/index.ts";
import type { DeliveryContent } from "../../integrations/channels/port.ts";
import type { Services } from "../services.ts";
import { openChannel, type OpenChannel } from "./channel-access.ts";
import type { InboundWebhook, WebhookFinder, WebhookOutcome } from "./inbound-webhook.ts";
import { publishEvents } from "./publish-events.ts";
import { raiseException } from "./raise-exception.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { refuseUnread, takeChannelOrder } from "./take-channel-order.ts";
import { askToPush } from "./want-quantities.ts";

/** A platform may send word of what we told it for so long; later it is somebody else's doing. */
const ECHO_MS = 30_000;
const SETTLING_MS = 5_000;

const ACCEPTED: WebhookOutcome = { status: "accepted" };

/** Who takes what the platform of a connection sends. */
export const findChannelWebhook: WebhookFinder = async (services, connection) => {
  if (!connectionCodeSchema.safeParse(connection).success) return null;
  const row = await findConnection(services.db, connection);
  return row === null ? null : (delivery) => receiveDelivery(services, row, delivery);
};

/** @returns null where there is no such connection, or its platform asks nothing. */
export async function answerChallenge(
  services: Services,
  connection: string,
  url: URL,
): Promise<string | null> {
  if (!connectionCodeSchema.safeParse(connection).success) return null;
  const row = await findConnection(services.db, connection);
  const channel = row === null ? null : await openChannel(services, row);
  return channel?.adapter.challenge?.(url, channel.access) ?? null;
}

/**
 * Takes what a platform sends: verified over its bytes, then read, then stored, then acknowledged. An order in it is
 * written as an order of ours before the answer goes out; what only names an order is asked for by a message that is.
 * Repeats and late ones change nothing: orders carry their version, quantities are compared with what was told.
 */
async function receiveDelivery(
  services: Services,
  row: ConnectionRow,
  { bytes, headers, url }: InboundWebhook,
): Promise<WebhookOutcome> {
  const channel = await openChannel(services, row);
  // Without the secret nobody can tell who knocks.
  if (channel === null) return { status: "forged" };
  const delivery = { url, headers, bytes: bytes as Uint8Array<ArrayBuffer> };
  const verified = await channel.adapter.verify(delivery, channel.access);
  if (!verified.ok) return { status: "forged" };
  // What comes while paused is fetched by polling when it goes on.
  if (row.status === "paused") return ACCEPTED;
  return takeContent(services, channel, channel.adapter.read(delivery, channel.access));
}

/** Applies what a platform says; a repeat changes nothing. */
export async function takeContent(
  services: Services,
  { row }: OpenChannel,
  content: ReturnType<OpenChannel["adapter"]["read"]>,
): Promise<WebhookOutcome> {
  switch (content.kind) {
    case "orders":
      for (const { externalId, order } of content.orders) {
        if (order.ok) await takeChannelOrder(services, row, order.value);
        else await refuseUnread(services, row, externalId, order.error);
      }
      return ACCEPTED;
    case "order_changed":
      await askForOrder(services, row.code, content.externalId);
      return ACCEPTED;
    case "quantity":
      await observe(services, row.code, content);
      return ACCEPTED;
    case "show":
      await hearOfShow(services, row.code, content);
      return ACCEPTED;
    case "disconnected":
      // Orders from before may still arrive, so it is not paused; what we ask for is refused until somebody connects it again.
      await raiseException(services, {
        kind: "channel_disconnected",
        subject: `connection:${row.code}`,
        fact: "",
        orderId: null,
        data: { connection: row.code },
      });
      return ACCEPTED;
    case "ignored":
      return ACCEPTED;
  }
}

async function askForOrder(services: Services, connection: string, externalId: string): Promise<void> {
  if (!externalIdSchema.safeParse(externalId).success) return;
  const row = outboxRow(
    "channel-sync",
    { type: "channel.order_changed", connection, external_id: externalId },
    services.nowMs(),
  );
  await insertMany(services.db, outbox, [row], "nothing").run();
  services.background(relayCommitted(services, [row]));
}

/** What a show sells goes fast: what it shows is compared when it begins, and again when it is over. */
async function hearOfShow(
  services: Services,
  connection: string,
  { showId, state, atMs }: Extract<DeliveryContent, { kind: "show" }>,
): Promise<void> {
  await publishEvents(services, [
    {
      type: state === "started" ? "channel.show_started" : "channel.show_ended",
      subject: connection,
      fact: `${showId} ${state}`,
      data: { connection, show: showId, state },
      occurredAtMs: atMs ?? services.nowMs(),
    },
  ]);
  await services.send("channel-sync", [{ type: "channel.compare", connection }]);
}

async function observe(
  services: Services,
  connection: string,
  observed: { readonly stockId: string; readonly quantity: number },
): Promise<void> {
  const nowMs = services.nowMs();
  const times = { toldBeforeMs: nowMs - ECHO_MS, waitUntilMs: nowMs + SETTLING_MS };
  if (await noteObserved(services.db, connection, observed, times)) await askToPush(services, [connection]);
}
