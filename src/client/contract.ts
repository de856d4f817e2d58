import type * as z from "zod";

import type { operationsById } from "../contract/operations.ts";
import type { Problem } from "../contract/problem.ts";

/** Everything here is derived from the contract, so that what changes there stops compiling where it is used. */
export type Operations = typeof operationsById;
export type OperationId = keyof Operations;

/** `POST /v1/holds`, as the contract says it of this operation. */
export type RouteOf<Id extends OperationId> = `${Operations[Id]["method"]} ${Operations[Id]["path"]}`;

type Given<Op, Member extends string> =
  Op extends Record<Member, infer Schema extends z.ZodType> ? z.input<Schema> : never;
/** What is read from text on the other side may be given as what it is read to. */
type Query<Shape> = { [Name in keyof Shape]: unknown extends Shape[Name] ? string | number : Shape[Name] };
type Part<Name extends string, Value> = [Value] extends [never]
  ? object
  : object extends Value
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };

/** What a call of the operation takes. */
export type CallOf<Id extends OperationId> = Part<"params", Given<Operations[Id], "params">> &
  Part<"query", Query<Given<Operations[Id], "query">>> &
  Part<
    "body",
    Operations[Id] extends { readonly rawBody: object } ? BodyInit : Given<Operations[Id], "body">
  > &
  CallOptions;

export type CallOptions = {
  /** The same for every repeat of one wish. Made up for the call where it is left out. */
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
  /** Of a body that is not JSON. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
};

/** What the operation answers: JSON as its schema says it, or bytes. */
export type AnswerOf<Id extends OperationId> = Operations[Id]["success"] extends {
  readonly schema: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : ArrayBuffer;

/** Nobody answered, however often it was tried; what was asked may have been done all the same. */
export type Unreachable = { readonly code: "unreachable"; readonly title: string; readonly detail: string };
export type ClientProblem = Problem | Unreachable;

export type Answered<Body> =
  | {
      readonly ok: true;
      readonly status: number;
      readonly body: Body;
      readonly etag: string | null;
      /** The engine had answered this key before. */
      readonly isReplayed: boolean;
    }
  | { readonly ok: false; readonly problem: ClientProblem };
