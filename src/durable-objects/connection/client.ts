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
  readHealth(): Promise<Health>;
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
    readHealth: () => proxy().readHealth(),
  };
}
