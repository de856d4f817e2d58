import type { ConnectionRow } from "../../db/connections.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { ChannelAccess, ChannelAdapter, ChannelFailure } from "../../integrations/channels/port.ts";
import { channelAdapter } from "../../integrations/channels/registry.ts";
import type { Services } from "../services.ts";
import { RetryLater } from "./step-failure.ts";

export type AccessServices = Pick<Services, "nowMs" | "sealing" | "fetchOutside">;

/** A connection ready to be spoken to. */
export type OpenChannel = {
  readonly row: ConnectionRow;
  readonly adapter: ChannelAdapter;
  readonly access: ChannelAccess;
};

/** What secrets are sealed for. */
export function secretsOwner(code: string): string {
  return `connection:${code}`;
}

/** @returns null where the secrets cannot be read: there is no key, or it was changed. */
export async function openChannel(services: AccessServices, row: ConnectionRow): Promise<OpenChannel | null> {
  const adapter = channelAdapter(row.platform);
  const text = (await services.sealing?.open(row.secrets, secretsOwner(row.code))) ?? null;
  if (adapter === null || text === null) return null;
  const { shipping_methods: _, locations: __, ...settings } = row.settings;
  return {
    row,
    adapter,
    access: {
      connection: row.code,
      settings,
      secrets: JSON.parse(text) as Record<string, string>,
      fetch: services.fetchOutside,
      nowMs: services.nowMs,
    },
  };
}

/** Name of a connection's health record. */
export function healthName(code: string): string {
  return `channel:${code}`;
}

type Refused = Extract<ChannelFailure, { code: "refused" }>;

/**
 * Calls a platform through the health record of its connection: not at all while its circuit is open or it asked for
 * quiet. A refusal is an answer, and proves that the connection works.
 *
 * @throws RetryLater where it did not answer, or asked for quiet.
 */
export async function callChannel<Value>(
  services: Pick<Services, "connection" | "nowMs">,
  { row }: Pick<OpenChannel, "row">,
  call: () => Promise<Result<Value, ChannelFailure>>,
): Promise<Result<Value, Refused>> {
  const health = services.connection(healthName(row.code));
  const admission = await health.admitCall(services.nowMs());
  if (!admission.isAdmitted) {
    throw new RetryLater(`connection ${row.code} is not to be called now`, admission.retryAfterMs);
  }
  const outcome = await call();
  if (outcome.ok) {
    await health.recordSuccess(services.nowMs());
    return outcome;
  }
  const { error } = outcome;
  switch (error.code) {
    case "refused":
      await health.recordSuccess(services.nowMs());
      return err(error);
    case "throttled":
      await health.recordThrottle(services.nowMs(), error.retryAfterMs);
      throw new RetryLater(`connection ${row.code} asked for quiet`, error.retryAfterMs);
    case "unavailable":
      await health.recordFailure(services.nowMs(), error.reason);
      throw new RetryLater(`connection ${row.code} did not answer`);
  }
}

/** As {@link callChannel}, where a refusal is nothing that can be gone on with. */
export async function askChannel<Value>(
  services: Pick<Services, "connection" | "nowMs">,
  channel: Pick<OpenChannel, "row">,
  call: () => Promise<Result<Value, ChannelFailure>>,
): Promise<Result<Value, string>> {
  const outcome = await callChannel(services, channel, call);
  return outcome.ok ? ok(outcome.value) : err(outcome.error.reason);
}
