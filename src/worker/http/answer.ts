import { problem, type Problem, type ProblemCode, type ProblemFacts } from "../../contract/problem.ts";
import type { Result } from "../../domain/result.ts";
import { secureHeaders } from "./secure-headers.ts";

/** What a handler says: a body, or a problem. `bind` turns it into a response. */
export type Answer<Body> =
  | {
      readonly ok: true;
      readonly body: Body;
      readonly headers?: Readonly<Record<string, string>>;
      /** The answer was stored under its idempotency key together with its effect. */
      readonly isStored?: true;
    }
  | { readonly ok: false; readonly problem: Problem };

export function answer<Body>(body: Body, headers?: Readonly<Record<string, string>>): Answer<Body> {
  return headers === undefined ? { ok: true, body } : { ok: true, body, headers };
}

export function refuse(
  code: ProblemCode,
  facts?: ProblemFacts,
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: problem(code, facts) };
}

/** What a use case returned, as an answer. */
export function answerResult<Body>(
  result: Result<Body, Problem>,
  headers?: (body: Body) => Readonly<Record<string, string>>,
): Answer<Body> {
  if (!result.ok) return { ok: false, problem: result.error };
  return answer(result.value, headers?.(result.value));
}

export function problemResponse(body: Problem, requestId: string): Response {
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (body.status === 429 || body.status === 503) {
    const { retry_after_seconds: seconds } = body;
    headers["retry-after"] = typeof seconds === "number" ? String(seconds) : "1";
  }
  if (body.status === 401) headers["www-authenticate"] = "Bearer";
  return jsonResponse(JSON.stringify({ ...body, request_id: requestId }), body.status, requestId, headers);
}

/** With every header at once: setting them one by one afterwards costs more than the answer. */
export function jsonResponse(
  text: string,
  status: number,
  requestId: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", ...secureHeaders, "x-request-id": requestId, ...headers },
  });
}
