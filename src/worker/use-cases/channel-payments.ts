import { findChannelOrderOf } from "../../db/channel-orders.ts";
import { findConnection } from "../../db/connections.ts";
import { readOrder } from "../../db/orders.ts";
import { platforms, type Platform } from "../../domain/channels/channel-order.ts";
import { summarizeLedger } from "../../domain/payments/ledger.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type {
  FollowedUp,
  FollowUpRequest,
  PaymentFailure,
  PaymentPort,
} from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { callChannel, openChannel, type AccessServices } from "./channel-access.ts";
import { RetryLater } from "./step-failure.ts";

type Ports = AccessServices & Pick<Services, "db" | "connection">;

/** Whether a payment was taken by a sales channel, which alone can give it back. */
export function isTakenByChannel(provider: string): provider is Platform {
  return (platforms as ReadonlyArray<string>).includes(provider);
}

/**
 * A sales channel as the provider of the payments it took: it pays back in its own terms, and does nothing else for us.
 *
 * @returns null where no channel goes by the name.
 */
export function channelPayments(services: Ports, name: string): PaymentPort | null {
  if (!isTakenByChannel(name)) return null;
  const declined = (reason: string): Promise<Result<never, PaymentFailure>> =>
    Promise.resolve(err({ code: "declined", reason }));
  const never = () => declined(`${name} takes its buyers' money itself`);
  return {
    provider: name,
    isOnTrust: false,
    authorize: never,
    capture: never,
    void: never,
    refund: (request) => refundAtChannel(services, name, request),
    // Nothing was taken through us, so there is nothing to give back.
    abandon: () => Promise.resolve(ok(null)),
    remote: null,
  };
}

async function refundAtChannel(
  services: Ports,
  platform: Platform,
  { orderId, amount, currency, idempotencyKey }: FollowUpRequest,
): Promise<FollowedUp> {
  const [row, aggregate] = await Promise.all([
    findChannelOrderOf(services.db, orderId),
    readOrder(services.db, orderId),
  ]);
  const connection = row === null ? null : await findConnection(services.db, row.connection);
  if (row === null || aggregate === null || connection === null)
    return err({ code: "declined", reason: "its connection is not there any more" });
  const channel = await openChannel(services, connection);
  const tell = channel?.adapter.tellRefunded;
  if (channel === null) return err({ code: "declined", reason: "the connection's secrets cannot be read" });
  if (tell === undefined)
    return err({ code: "declined", reason: `refund it at ${platform}: it takes none by its API` });
  // The channel may have told us of it before its answer to us was heard: then that is this refund's entry.
  const request = aggregate.paymentRequests.find(({ id }) =>
    aggregate.paymentParts.some((part) => part.id === idempotencyKey && part.requestId === id),
  );
  const known = aggregate.transactions.find(
    (entry) =>
      entry.kind === "refund" &&
      entry.provider === platform &&
      entry.amount === amount &&
      entry.occurredAtMs >= (request?.createdAtMs ?? Infinity),
  );
  const { refunded } = summarizeLedger(aggregate.transactions);
  const refundedBefore = known === undefined ? refunded : refunded - amount;
  try {
    const told = await callChannel(services, channel, () =>
      tell(channel.access, row.externalId, { amount, currency, refundedBefore, key: idempotencyKey }),
    );
    if (!told.ok) return err({ code: "declined", reason: told.error.reason });
  } catch (error) {
    if (error instanceof RetryLater) return err({ code: "unavailable", reason: error.message });
    throw error;
  }
  // As an entry is named that the channel tells of, so that both are one.
  const reference = `${row.externalId}:refunded:${refundedBefore + amount}`;
  return ok([{ kind: "refund", amount, currency, reference }]);
}
