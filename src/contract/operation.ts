import type * as z from "zod";

import type { ProblemCode } from "./problem.ts";

/** What a secret key may be allowed to do. */
export const scopes = [
  "catalogue:read",
  "catalogue:write",
  "stock:read",
  "stock:write",
  "holds:read",
  "holds:write",
  "shows:read",
  "shows:write",
  "orders:read",
  "orders:write",
  "fulfillment:read",
  "fulfillment:write",
  "imports:write",
  "buyers:write",
  "channels:read",
  "channels:write",
  "keys:write",
  "webhooks:read",
  "webhooks:write",
  "messages:read",
  "messages:write",
  "ops:read",
  "ops:write",
] as const;
export type Scope = (typeof scopes)[number];

/** Who may call: anyone, or a secret key with the scope, or also a publishable key where that is said. */
export type Access = "public" | { readonly scope: Scope; readonly publishable?: true };

/**
 * How a repeat of a changing call is recognised.
 * `none`: reads, and PUT and DELETE, which are idempotent by nature.
 * `stored`: the first answer is kept in D1 and replayed.
 * `own`: the key is required and the handler recognises the repeat itself (holds, whose key is their identity).
 */
export type Idempotency = "none" | "stored" | "own";

/** What a page says it is about to do when it asks for proof that a person is behind it. */
export type HumanAction = "hold" | "waitlist";

export type Operation = {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** OpenAPI style: `/v1/skus/{sku}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What the summary and the schemas leave open, in a few sentences. */
  readonly description?: string;
  readonly access: Access;
  readonly idempotency: Idempotency;
  /**
   * Where answers are `stored`: the handler finds out by itself, together with what else it reads, whether the key was
   * answered before, and then refuses for good, which gets the answer that is stored.
   */
  readonly findsOwnAnswer?: true;
  /** A buyer acts: a signed token may name the buyer, and a publishable key may require one. */
  readonly isForBuyer?: true;
  /** Where a check is configured, a page must prove that a person is behind this. */
  readonly humanAction?: HumanAction;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** What `body` would make of a request, found faster; null where `body` has to look itself. */
  readonly quickBody?: (value: unknown) => object | null;
  /** Set where the body is not JSON: it is handed over as a stream, and the cap counts on it. */
  readonly rawBody?: { readonly contentTypes: ReadonlyArray<string>; readonly bytesMax: number };
  /** A page cannot send headers with a WebSocket, so its key may come as `key=`. */
  readonly keyInQuery?: true;
  readonly success: {
    readonly status: 101 | 200 | 201;
    readonly schema?: z.ZodType;
    readonly contentType?: string;
    readonly description?: string;
  };
  /** Beside the ones every operation may answer (401, 403, 422 …). */
  readonly problems: ReadonlyArray<ProblemCode>;
};

/** Keeps the literal types of an operation's schemas. */
export function operation<const Declared extends Operation>(declared: Declared): Declared {
  return declared;
}
