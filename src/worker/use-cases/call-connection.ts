import type { Result } from "../../domain/result.ts";
import type { CarrierFailure } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { RetryLater } from "./step-failure.ts";

/** How long an outside system may take to answer. */
const CALL_MS_MAX = 10_000;
/** A second try mends a lost connection; more of them would only pile up on a system in trouble. */
const ATTEMPTS_MAX = 2;

type Refused = Extract<CarrierFailure, { code: "refused" }>;

/**
 * Calls an outside system through the health record of its connection: not at all while its circuit is open, at most
 * twice, and never for longer than ten seconds each. Only for calls that an outside system recognises when repeated.
 *
 * @returns What it answered; a refusal is an answer, and proves that the connection works.
 * @throws RetryLater where it did not answer.
 */
export async function callConnection<Value>(
  services: Pick<Services, "connection" | "nowMs">,
  name: string,
  call: () => Promise<Result<Value, CarrierFailure>>,
): Promise<Result<Value, Refused>> {
  const health = services.connection(name);
  const admission = await health.admitCall(services.nowMs());
  if (!admission.isAdmitted) {
    throw new RetryLater(`the circuit of ${name} is open`, admission.retryAfterMs);
  }
  let reason = "";
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const outcome = await within(CALL_MS_MAX, call);
    if (outcome.ok || outcome.error.code === "refused") {
      await health.recordSuccess(services.nowMs());
      return outcome as Result<Value, Refused>;
    }
    reason = outcome.error.reason;
  }
  await health.recordFailure(services.nowMs(), reason);
  throw new RetryLater(`${name} did not answer`);
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
