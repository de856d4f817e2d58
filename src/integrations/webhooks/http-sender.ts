import type { DeliveryOutcome, WebhookSender } from "./port.ts";

/** How long a receiver may take to answer: Standard Webhooks asks for 15 seconds at least, to be told apart from a hang. */
const ANSWER_MS_MAX = 15_000;
/** What is kept of an answer, for whoever looks for a mistake in the receiver. */
const RESPONSE_CHARACTERS_MAX = 1_000;
const RESPONSE_BYTES_MAX = 64_000;

/**
 * Sends by `fetch`. A redirect is a failure and is not followed: it would lead a signed message, and whoever sends it,
 * to an address that nobody checked.
 */
export const httpSender: WebhookSender = {
  async send({ url, headers, body }) {
    const startedAtMs = Date.now();
    const outcome = await attempt(url, { method: "POST", headers, body });
    return { ...outcome, durationMs: Math.max(0, Date.now() - startedAtMs) };
  },
};

async function attempt(url: string, init: RequestInit): Promise<Omit<DeliveryOutcome, "durationMs">> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return {
      httpStatus: response.status,
      error: null,
      response: await beginningOf(response),
      retryAfterMs: retryAfterMs(response.headers.get("retry-after")),
    };
  } catch (error) {
    // What the runtime says may name inner addresses: only the kind of failure is told.
    const reason = signal.aborted ? "no answer in time" : `no connection (${(error as Error).name})`;
    return { httpStatus: null, error: reason, response: null, retryAfterMs: 0 };
  }
}

/** An answer that is cut off, endless or not text counts as what was read of it. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    while (text.length < RESPONSE_CHARACTERS_MAX && bytes < RESPONSE_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
  } catch {
    // The status is what counts.
  }
  return text.slice(0, RESPONSE_CHARACTERS_MAX).toWellFormed();
}

/** RFC 9110 §10.2.3, in seconds only; a date is rare, and the schedule waits anyway. */
function retryAfterMs(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : 0;
}
