import { type Call, type ClientOptions, createCall } from "./call.ts";
import type { Answered, AnswerOf, CallOf, ClientProblem, OperationId } from "./contract.ts";
import { LiveConnection, type LiveOptions } from "./live.ts";
import { allRoutes } from "./routes.ts";

export type { LiveResult, LiveState } from "./live.ts";
export type { LiveNews, Question } from "./live-messages.ts";
export type { Answered, AnswerOf, Call, CallOf, ClientOptions, ClientProblem, LiveOptions, OperationId };
export { LiveConnection };

/** Operations that answer a page of a list, and take its cursor. */
type ListId = {
  [Id in OperationId]: AnswerOf<Id> extends {
    readonly data: ReadonlyArray<unknown>;
    readonly next_cursor: string | null;
  }
    ? Id
    : never;
}[OperationId];
type ItemOf<Id extends ListId> =
  AnswerOf<Id> extends { readonly data: ReadonlyArray<infer Item> } ? Item : never;

export type HoldfastClient = {
  /** Calls an operation by its id in the contract; refusals are values, and nothing is thrown. */
  readonly call: Call<OperationId>;
  /** All items of a list, page by page. @throws {@link HoldfastError} where a page is refused. */
  readonly list: <Id extends ListId>(
    id: Id,
    ...call: object extends CallOf<Id> ? [CallOf<Id>?] : [CallOf<Id>]
  ) => AsyncGenerator<ItemOf<Id>>;
  /** A live socket that comes back by itself. */
  readonly live: (options: Omit<LiveOptions, "url" | "key">) => LiveConnection;
};

/** For whoever takes an answer for granted. */
export class HoldfastError extends Error {
  readonly problem: ClientProblem;

  constructor(problem: ClientProblem) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.problem = problem;
  }
}

/** @throws {@link HoldfastError} where the answer is a refusal. */
export async function answered<Body>(answer: Promise<Answered<Body>>): Promise<Body> {
  const given = await answer;
  if (!given.ok) throw new HoldfastError(given.problem);
  return given.body;
}

/** A client of an engine, for servers with a secret key and for pages with a publishable one. */
export function createClient(options: ClientOptions): HoldfastClient {
  const call = createCall(options, allRoutes);
  return {
    call,
    list: (id, ...given) => listAll(call, id, given[0] as { readonly query?: Query } | undefined),
    live: (live) => new LiveConnection({ url: options.url, key: options.key, ...live }),
  };
}

type Page<Item> = { readonly data: ReadonlyArray<Item>; readonly next_cursor: string | null };
type Query = { readonly [name: string]: unknown };

async function* listAll<Id extends ListId>(
  call: Call<OperationId>,
  id: Id,
  first: { readonly query?: Query } = {},
): AsyncGenerator<ItemOf<Id>> {
  // What one list takes beside its cursor is not what another takes: here they are all the same.
  const pageOf = call as unknown as (id: Id, call: object) => Promise<Answered<Page<ItemOf<Id>>>>;
  let query: Query = { ...first.query };
  for (;;) {
    const page = await answered(pageOf(id, { ...first, query }));
    yield* page.data;
    if (page.next_cursor === null) return;
    query = { ...query, cursor: page.next_cursor };
  }
}
