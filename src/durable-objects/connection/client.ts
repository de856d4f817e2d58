import { proxyDurable } from "itty-durable/proxy-durable.js";

import type { Admission, Health } from "../../domain/connections/breaker.ts";
import { objectName } from "../shared/object-name.ts";

/** Success, failures and circuit state of one connection. */
export interface ConnectionHealth {
  /** Asked before every call to the outside system. */
  admitCall(nowMs: number): Promise<Admission>;
  recordSuccess(nowMs: number): Promise<Health>;
  /** @param error - Without personal data. */
  recordFailure(nowMs: number, error: string): Promise<Health>;
  /** The other side asked for quiet: nothing is admitted until then. */
  recordThrottle(nowMs: number, retryAfterMs: number): Promise<Health>;
  readHealth(): Promise<Health>;
  /** Whether the holder may work for this connection now; if not, whoever does is told that somebody asked. */
  takeTurn(nowMs: number, holder: string): Promise<{ readonly isTaken: boolean }>;
  /** Ends a turn, unless somebody asked meanwhile: then the holder goes on with it. */
  endTurn(nowMs: number, holder: string): Promise<{ readonly isAskedAgain: boolean }>;
}

/**
 * The only place that knows that a connection is an itty-durable object.
 *
 * The proxy itself never leaves: it answers to `then`, so awaiting it never settles, and it forwards any method name,
 * `destroy` included.
 */
export function connectionClient(
  env: Pick<Env, "CONNECTION" | "HOLDFAST_JURISDICTION">,
  name: string,
): ConnectionHealth {
  const jurisdiction = env.HOLDFAST_JURISDICTION as string;
  const namespace =
    jurisdiction === ""
      ? env.CONNECTION
      : env.CONNECTION.jurisdiction(jurisdiction as DurableObjectJurisdiction);
  // A fresh proxy for each call: a stub stays broken after most exceptions.
  const proxy = () =>
    proxyDurable(namespace, { parse: true }).get(objectName("connection", name)) as ConnectionHealth;
  return {
    admitCall: (nowMs) => proxy().admitCall(nowMs),
    recordSuccess: (nowMs) => proxy().recordSuccess(nowMs),
    recordFailure: (nowMs, error) => proxy().recordFailure(nowMs, error),
    recordThrottle: (nowMs, retryAfterMs) => proxy().recordThrottle(nowMs, retryAfterMs),
    readHealth: () => proxy().readHealth(),
    takeTurn: (nowMs, holder) => proxy().takeTurn(nowMs, holder),
    endTurn: (nowMs, holder) => proxy().endTurn(nowMs, holder),
  };
}
