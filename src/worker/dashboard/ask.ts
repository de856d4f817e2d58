import type { Context, Hono } from "hono";
import type * as z from "zod";

import type { Operation } from "../../contract/operation.ts";
import type { Problem } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { vouchFor } from "../http/principal.ts";
import type { SignedIn } from "./signed-in.ts";

type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
type Given<Name extends string, Schema> = Schema extends z.ZodType
  ? object extends z.input<Schema>
    ? { readonly [name in Name]?: z.input<Schema> }
    : { readonly [name in Name]: z.input<Schema> }
  : object;

/** What an operation takes, as its schemas say; `key` is its idempotency key. */
export type Question<Declared extends Operation> = Given<"params", Declared["params"]> &
  Given<"query", Declared["query"]> &
  Given<"body", Declared["body"]> & {
    readonly key?: string;
    readonly ifMatch?: string;
    /** Where the body is not JSON. */
    readonly raw?: { readonly contentType: string; readonly body: BodyInit };
  };

/** What an operation answers. */
export type Answered<Declared extends Operation> = Input<Declared["success"]["schema"]>;

/**
 * Asks the engine what programs ask it over HTTP, within the Worker, as whoever is signed in. A page has no other way to
 * change anything: schemas, scopes, idempotency keys, audit and problems are those of the operation.
 */
export type Ask = {
  <Declared extends Operation>(
    declared: Declared,
    question: Question<Declared>,
  ): Promise<Result<Answered<Declared>, Problem>>;
  /** The answer as it is, for files. */
  response<Declared extends Operation>(declared: Declared, question: Question<Declared>): Promise<Response>;
};

export function askAs(app: Hono<AppEnv>, c: Context<AppEnv>, who: SignedIn): Ask {
  const response = async (declared: Operation, question: AnyQuestion): Promise<Response> => {
    const request = requestOf(declared, question, c.req.url);
    vouchFor(request, who.principal);
    return app.fetch(request, c.env, c.executionCtx);
  };
  const ask = async (declared: Operation, question: AnyQuestion): Promise<Result<unknown, Problem>> => {
    const answered = await response(declared, question);
    const body: unknown = await answered.json();
    return answered.ok ? ok(body) : err(body as Problem);
  };
  return Object.assign(ask, { response }) as Ask;
}

type Plain = string | number | boolean;
type AnyQuestion = {
  readonly params?: Readonly<Record<string, Plain>>;
  readonly query?: Readonly<Record<string, Plain | undefined>>;
  readonly body?: unknown;
  readonly key?: string;
  readonly ifMatch?: string;
  readonly raw?: { readonly contentType: string; readonly body: BodyInit };
};

function requestOf(declared: Operation, question: AnyQuestion, base: string): Request {
  const path = declared.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(question.params?.[name] ?? "")),
  );
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(question.query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const headers = new Headers();
  if (question.key !== undefined) headers.set("idempotency-key", question.key);
  if (question.ifMatch !== undefined) headers.set("if-match", question.ifMatch);
  const { raw } = question;
  if (raw !== undefined) headers.set("content-type", raw.contentType);
  else if (declared.body !== undefined) headers.set("content-type", "application/json");
  const body = raw?.body ?? (declared.body === undefined ? null : JSON.stringify(question.body ?? {}));
  return new Request(url, { method: declared.method, headers, body });
}
