import { createHash } from "node:crypto";

import type { Context, Hono } from "hono";
import type * as z from "zod";

import { invalidProblem } from "../../contract/invalid-request.ts";
import type { Operation } from "../../contract/operation.ts";
import { idempotencyKeyPattern } from "../../contract/primitives.ts";
import { problem, type Problem, type ProblemCode } from "../../contract/problem.ts";
import { ok } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import type { Services } from "../services.ts";
import { jsonResponse, problemResponse, type Answer } from "./answer.ts";
import { cappedBody, hasMediaType, readJson } from "./body.ts";
import type { TokenBuyer } from "./buyer-token.ts";
import { admitPage, BUYER_HEADER, checkHumanOf, inQuery } from "./page-guard.ts";
import { authenticate, authorize, vouchedPrincipal, type Principal } from "./principal.ts";

type OutputOf<Schema, Otherwise> = Schema extends z.ZodType ? z.output<Schema> : Otherwise;
type InputOf<Schema, Otherwise> = Schema extends z.ZodType ? z.input<Schema> : Otherwise;

/** How a repeat of this call is recognised: whose key it is, and what it came with. */
export type IdempotencyFacts = { readonly key: string; readonly scope: string; readonly bodyHash: string };

/** Everything a handler may know of a request, checked. */
export type Call<Declared extends Operation> = {
  readonly params: OutputOf<Declared["params"], Record<string, never>>;
  readonly query: OutputOf<Declared["query"], Record<string, never>>;
  readonly body: OutputOf<Declared["body"], undefined>;
  /** Null only where the operation is public. */
  readonly principal: Principal | null;
  /** Whom a buyer token names; null where none was sent. */
  readonly buyer: TokenBuyer | null;
  /** Null where the operation takes no key. */
  readonly idempotency: IdempotencyFacts | null;
  readonly ifMatch: string | undefined;
  readonly requestId: string;
  readonly services: Services;
  /** A body that is not JSON, capped; reading it may throw `BodyRefused`. Null where the operation takes none. */
  readonly rawBody: Declared["rawBody"] extends object ? ReadableStream<Uint8Array> : null;
  /** For its headers; the body is read already, or is `rawBody`. */
  readonly request: Request;
};

type Handler<Declared extends Operation> = (
  call: Call<Declared>,
) => Promise<Answer<InputOf<Declared["success"]["schema"], Response>>>;

/**
 * Serves an operation: authentication, authorization, idempotency key, schemas and problems are taken from its
 * declaration, so that a route cannot drift from the document. The order of checks is part of the contract: 401 and
 * 403 come before anything about the request's content.
 */
export function bind<Declared extends Operation>(
  app: Hono<AppEnv>,
  declared: Declared,
  handler: Handler<Declared>,
): void {
  const path = declared.path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.on(declared.method, [path], async (c) => {
    const services = c.get("services");
    const requestId = c.get("requestId");
    const fail = (failure: Problem) => problemResponse(failure, requestId);

    const principal =
      vouchedPrincipal(c.req.raw) ??
      (await authenticate(authorizationOf(declared, c), services.findKey, services.nowMs()));
    const permission = authorize(principal, declared.access, c.req.header("origin") !== undefined);
    if (!permission.ok) return fail(problem(permission.error));

    const token = c.req.header(BUYER_HEADER) ?? inQuery(declared, c.req.raw, "token");
    const admitted =
      principal === null || declared.access === "public"
        ? ok(null)
        : await admitPage(services, principal, c.req.raw, {
            token,
            isForBuyer: declared.isForBuyer === true,
          });
    if (!admitted.ok) return fail(admitted.error);
    const buyer = admitted.value;

    const checked = await checkRequest(declared, c, principal, buyer);
    if (!checked.ok) return fail(checked.problem);
    const { params, query, body, idempotency } = checked;

    if (declared.idempotency === "stored" && declared.findsOwnAnswer !== true && idempotency !== null) {
      const earlier = await services.answers.find(idempotency.scope);
      if (earlier !== null) {
        if (earlier.bodyHash !== idempotency.bodyHash) return fail(problem("idempotency_key_reused"));
        return replay(earlier, requestId);
      }
    }

    const inhuman = await checkHumanOf(services, declared, principal, c.req.raw);
    if (inhuman !== null) return fail(inhuman);

    const call = {
      params,
      query,
      body,
      principal,
      buyer,
      idempotency,
      requestId,
      services,
      ifMatch: c.req.header("if-match"),
      rawBody: declared.rawBody === undefined ? null : cappedBody(c.req.raw, declared.rawBody.bytesMax),
      request: c.req.raw,
    } as unknown as Call<Declared>;
    const said = await handler(call);
    if (said.ok && (said.body as unknown) instanceof Response) return said.body as unknown as Response;

    const status = said.ok ? declared.success.status : said.problem.status;
    const text = JSON.stringify(said.ok ? said.body : { ...said.problem, request_id: requestId });
    if (
      declared.idempotency === "stored" &&
      idempotency !== null &&
      !(said.ok && said.isStored === true) &&
      isFinal(status) &&
      (said.ok || !passingCodes.has(said.problem.code))
    ) {
      const kept = await services.answers.keep({ ...idempotency, status, body: text });
      if (kept.bodyHash !== idempotency.bodyHash) return fail(problem("idempotency_key_reused"));
      // Two requests with one key ran at once: both get the answer that was stored first.
      if (kept.body !== text) return replay(kept, requestId);
    }
    if (!said.ok) return fail(said.problem);
    return jsonResponse(text, status, requestId, said.headers);
  });
}

function authorizationOf(declared: Operation, c: Context<AppEnv>): string | undefined {
  const key = inQuery(declared, c.req.raw, "key");
  return c.req.header("authorization") ?? (key === null ? undefined : `Bearer ${key}`);
}

/** Refusals that only say that something else is under way. */
const passingCodes: ReadonlySet<ProblemCode> = new Set(["idempotency_in_progress", "hold_paying"]);

/** Whether an answer is the call's outcome, not an obstacle that a repeat may find gone. */
function isFinal(status: number): boolean {
  return status < 500 && status !== 429 && status !== 408;
}

/** Word for word what was answered first, refusals too, down to the id of the request that was answered. */
function replay(earlier: { readonly status: number; readonly body: string }, requestId: string): Response {
  const contentType = earlier.status < 400 ? "application/json" : "application/problem+json";
  return jsonResponse(earlier.body, earlier.status, requestId, {
    "content-type": contentType,
    "idempotent-replayed": "true",
  });
}

type Checked =
  | {
      readonly ok: true;
      readonly params: unknown;
      readonly query: unknown;
      readonly body: unknown;
      readonly idempotency: IdempotencyFacts | null;
    }
  | { readonly ok: false; readonly problem: Problem };

async function checkRequest(
  declared: Operation,
  c: Context<AppEnv>,
  principal: Principal | null,
  buyer: TokenBuyer | null,
): Promise<Checked> {
  const params = declared.params?.safeParse(c.req.param());
  if (params?.success === false) return invalid(params.error, "/path");
  const query = (declared.query ?? null)?.safeParse(c.req.query());
  if (query?.success === false) return invalid(query.error, "/query");

  const key = c.req.header("idempotency-key");
  if (declared.idempotency !== "none") {
    if (key === undefined) return { ok: false, problem: problem("idempotency_key_missing") };
    if (!idempotencyKeyPattern.test(key)) {
      return {
        ok: false,
        problem: problem("request_invalid", {
          errors: [{ pointer: "/header/Idempotency-Key", detail: "must be 1 to 128 of A-Z a-z 0-9 . _ : -" }],
        }),
      };
    }
  }

  let text = "";
  let body: unknown;
  if (declared.body !== undefined) {
    const read = await readJson(c.req.raw);
    if (!read.ok) return { ok: false, problem: problem(read.error) };
    body = declared.quickBody?.(read.value.value) ?? null;
    if (body === null) {
      const parsed = declared.body.safeParse(read.value.value);
      if (!parsed.success) return invalid(parsed.error, "");
      body = parsed.data;
    }
    text = read.value.text;
  }

  if (declared.rawBody !== undefined) {
    if (!hasMediaType(c.req.raw, declared.rawBody.contentTypes)) {
      return { ok: false, problem: problem("media_type_unsupported") };
    }
    if (Number(c.req.header("content-length") ?? 0) > declared.rawBody.bytesMax) {
      return { ok: false, problem: problem("body_too_large") };
    }
  }

  return {
    ok: true,
    params: params?.data ?? {},
    query: query?.data ?? {},
    body,
    idempotency:
      declared.idempotency === "none" || key === undefined
        ? null
        : {
            key,
            // Nobody gets the answer to another buyer's request, where tokens tell them apart.
            scope: [
              principal?.id ?? "public",
              ...(buyer === null ? [] : [buyer.buyer]),
              declared.id,
              key,
            ].join(" "),
            // Where the handler knows a repeat by itself, nobody asks for this, and a hash is not free.
            get bodyHash() {
              return createHash("sha256").update(`${c.req.path}\n${text}`).digest("hex");
            },
          },
  };
}

function invalid(error: z.ZodError, prefix: string): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: invalidProblem(error, prefix) };
}
