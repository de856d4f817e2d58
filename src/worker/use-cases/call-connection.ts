import { circuitStateOf } from "../../domain/connections/breaker.ts";
import type { Result } from "../../domain/result.ts";
import type { CarrierFailure } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater } from "./step-failure.ts";

/** How long an outside system may take to answer. */
const CALL_MS_MAX = 10_000;
/** A second try mends a lost connection; more of them would only pile up on a system in trouble. */
const ATTEMPTS_MAX = 2;

type Refused = Extract<CarrierFailure, { code: "refused" }>;
type Ports = Pick<Services, "connection" | "nowMs" | "db">;

/** Where a call may not be made twice in a row, or is made of several. */
export type CallLimits = { readonly attemptsMax: number; readonly timeoutMs: number };

/**
 * Calls an outside system through the health record of its connection: not at all while its circuit is open or it asked
 * for quiet, at most twice, and never for longer than ten seconds each. Only for calls that an outside system recognises
 * when repeated. A circuit that opens is put on the list of what needs a person.
 *
 * @returns What it answered; a refusal is an answer, and proves that the connection works.
 * @throws RetryLater where it did not answer.
 */
export async function callConnection<Value>(
  services: Ports,
  name: string,
  call: () => Promise<Result<Value, CarrierFailure>>,
  { attemptsMax, timeoutMs }: CallLimits = { attemptsMax: ATTEMPTS_MAX, timeoutMs: CALL_MS_MAX },
): Promise<Result<Value, Refused>> {
  const health = services.connection(name);
  const admission = await health.admitCall(services.nowMs());
  if (!admission.isAdmitted) {
    throw new RetryLater(`the circuit of ${name} is open`, admission.retryAfterMs);
  }
  let reason = "";
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const outcome = await within(timeoutMs, call);
    if (outcome.ok || outcome.error.code === "refused") {
      await health.recordSuccess(services.nowMs());
      return outcome as Result<Value, Refused>;
    }
    if (outcome.error.code === "throttled") {
      const { retryAfterMs } = outcome.error;
      await health.recordThrottle(services.nowMs(), retryAfterMs);
      throw new RetryLater(`${name} asked for quiet`, retryAfterMs);
    }
    reason = outcome.error.reason;
  }
  await recordFailure(services, name, reason);
  throw new RetryLater(`${name} did not answer`);
}

async function recordFailure(services: Ports, name: string, reason: string): Promise<void> {
  const nowMs = services.nowMs();
  const health = await services.connection(name).recordFailure(nowMs, reason);
  if (circuitStateOf(health, nowMs) !== "open") return;
  await raiseException(services, {
    kind: "connection_down",
    subject: `connection:${name}`,
    // One outage is one entry, however often the circuit is tried in it.
    fact: String(health.lastSuccessAtMs ?? 0),
    orderId: null,
    data: { connection: name, reason, failures: health.consecutiveFailures },
  });
}

/** The outcome of `call`, or `unavailable` where it throws or takes too long. */
async function within<Value>(
  timeoutMs: number,
  call: () => Promise<Result<Value, CarrierFailure>>,
): Promise<Result<Value, CarrierFailure>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Result<Value, CarrierFailure>>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, error: { code: "unavailable", reason: "no answer in time" } }),
      timeoutMs,
    );
  });
  // An exception's text may quote the request, which carries an address: only its kind is kept.
  const answered = call().catch((error: unknown): Result<Value, CarrierFailure> => ({
    ok: false,
    error: { code: "unavailable", reason: `threw ${(error as Error).name}` },
  }));
  try {
    return await Promise.race([answered, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
