import { backOffMs, newKey } from "./back-off.ts";
import type {
  Answered,
  AnswerOf,
  CallOf,
  CallOptions,
  OperationId,
  RouteOf,
  Unreachable,
} from "./contract.ts";

export type ClientOptions = {
  /** Of the engine: `https://shop.example`. */
  readonly url: string;
  readonly key: string;
  /** Asked before each call, because tokens end. */
  readonly buyerToken?: () => string | null;
  /** Proof of a person, where a check is set up. */
  readonly humanProof?: () => string | null;
  /** How long one attempt may take. */
  readonly timeoutMs?: number;
  /** In all, the first one among them. */
  readonly attempts?: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

const TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 5_000;
/** Who is told to stay away for longer is told so, and does not wait here. */
const RETRY_AFTER_SECONDS_MAX = 30;
/** Answers that the same request may get past. `queued` is one for people: it says where they stand. */
const PASSING = new Set([
  "unavailable",
  "internal",
  "rate_limited",
  "request_timeout",
  "idempotency_in_progress",
]);

type Routes = { readonly [Id in OperationId]?: RouteOf<Id> };
export type Call<Known extends OperationId> = <Id extends Known>(
  id: Id,
  ...call: object extends CallOf<Id> ? [CallOf<Id>?] : [CallOf<Id>]
) => Promise<Answered<AnswerOf<Id>>>;

type Asked = CallOptions & {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string | number | boolean | undefined>;
  readonly body?: unknown;
};

/**
 * Calls the operations of these routes. Every call may be repeated: what changes something carries a key, which all of its
 * attempts share. So outages, lost answers and full queues are waited out, and what comes back is the engine's one answer.
 */
export function createCall<const Known extends Routes>(
  options: ClientOptions,
  routes: Known,
): Call<keyof Known & OperationId> {
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const call = async (id: string, asked: Asked = {}): Promise<Answered<unknown>> => {
    const [method = "GET", path = ""] = ((routes as Record<string, string>)[id] ?? "").split(" ");
    const url = options.url + fillPath(path, asked);
    // One key for all attempts: whichever of them arrives first is the one that counts.
    const init = requestOf(method, asked, asked.idempotencyKey ?? newKey());
    for (let attempt = 1; ; attempt++) {
      const { answer, retryAfterMs } = await attemptOnce(
        send,
        url,
        withWho(init, options),
        options,
        asked.signal,
      );
      const isLast = attempt >= (options.attempts ?? ATTEMPTS) || asked.signal?.aborted === true;
      if (answer.ok || isLast || retryAfterMs === null) return answer;
      await sleep(
        Math.max(retryAfterMs, backOffMs(attempt - 1, Math.random(), FIRST_WAIT_MS, WAIT_MS_MAX)),
        asked.signal,
      );
    }
  };
  return call as Call<keyof Known & OperationId>;
}

function fillPath(path: string, { params = {}, query = {} }: Asked): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

function requestOf(method: string, { body, contentType, ifMatch }: Asked, key: string): RequestInit {
  const headers: Record<string, string> = {};
  if (method === "POST") headers["idempotency-key"] = key;
  if (ifMatch !== undefined) headers["if-match"] = ifMatch;
  if (contentType !== undefined) headers["content-type"] = contentType;
  else if (body !== undefined) headers["content-type"] = "application/json";
  if (body === undefined) return { method, headers };
  return { method, headers, body: contentType === undefined ? JSON.stringify(body) : (body as BodyInit) };
}

function withWho(init: RequestInit, { key, buyerToken, humanProof }: ClientOptions): RequestInit {
  const headers: Record<string, string> = {
    ...(init.headers as Record<string, string>),
    authorization: `Bearer ${key}`,
  };
  const token = buyerToken?.() ?? null;
  if (token !== null) headers["holdfast-buyer"] = token;
  const proof = init.method === "POST" ? (humanProof?.() ?? null) : null;
  if (proof !== null) headers["holdfast-turnstile"] = proof;
  return { ...init, headers };
}

type Attempt = {
  readonly answer: Answered<unknown>;
  /** Null where a repeat would be answered the same. */
  readonly retryAfterMs: number | null;
};

async function attemptOnce(
  send: NonNullable<ClientOptions["fetch"]>,
  url: string,
  init: RequestInit,
  { timeoutMs = TIMEOUT_MS }: ClientOptions,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const limit = new AbortController();
  const abort = () => limit.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  try {
    return await read(await send(url, { ...init, signal: limit.signal }));
  } catch (error) {
    const detail = limit.signal.aborted ? "It did not answer in time." : String(error);
    return { answer: { ok: false, problem: unreachable(detail) }, retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

export function unreachable(detail: string): Unreachable {
  return { code: "unreachable", title: "The engine could not be reached", detail };
}

async function read(response: Response): Promise<Attempt> {
  const { headers, status } = response;
  const isJson = headers.get("content-type")?.includes("json") === true;
  if (response.ok) {
    const body: unknown = isJson ? await response.json() : await response.arrayBuffer();
    const isReplayed = headers.get("idempotent-replayed") === "true";
    return { answer: { ok: true, status, body, etag: headers.get("etag"), isReplayed }, retryAfterMs: null };
  }
  if (!isJson) {
    // Something between us and the engine spoke, in its own words.
    await response.arrayBuffer();
    const detail = `The answer was ${status}, and not the engine's.`;
    return { answer: { ok: false, problem: unreachable(detail) }, retryAfterMs: status >= 500 ? 0 : null };
  }
  const problem = (await response.json()) as Extract<Answered<unknown>, { ok: false }>["problem"];
  const seconds = Number(headers.get("retry-after") ?? 0);
  const isPassing = PASSING.has(problem.code) && seconds <= RETRY_AFTER_SECONDS_MAX;
  return { answer: { ok: false, problem }, retryAfterMs: isPassing ? seconds * 1_000 : null };
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
