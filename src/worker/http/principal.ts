import { createHash } from "node:crypto";

import type { Access, Scope } from "../../contract/operation.ts";
import type { ProblemCode } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { invariant } from "../../domain/invariant.ts";
import { err, ok, type Result } from "../../domain/result.ts";

/** Who is calling: a key, by its id. */
export type Principal = {
  readonly id: string;
  readonly kind: "secret" | "publishable";
  readonly scopes: ReadonlySet<Scope>;
  /** Publishable keys: the pages that may use it from a browser. */
  readonly allowedOrigins: ReadonlyArray<string>;
  /** Publishable keys: whether it acts only for a buyer whom a token names. */
  readonly requiresBuyerToken: boolean;
};

export type KeyLookup = (hash: string) => Promise<Principal | null>;

/** A revoked key stops working this long after at the latest. */
const CACHED_FOR_MS = 30_000;
/** A key that was tried before it was made works soon after it is. */
const REFUSED_FOR_MS = 2_000;
/** Bounds the memory that made-up keys can take. */
const CACHED_KEYS_MAX = 1_000;

/** By the key itself, in memory only: hashing it costs more than the rest of the check. */
const cache = new Map<string, { readonly principal: Principal | null; readonly untilMs: number }>();

export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/**
 * Finds who calls. A missing, malformed, unknown and revoked key are told apart by nobody outside.
 *
 * @param lookUp - Asked at most once in 30 seconds for the same key in one isolate.
 */
export async function authenticate(
  authorization: string | undefined,
  lookUp: KeyLookup,
  nowMs: number,
): Promise<Principal | null> {
  const match = /^Bearer ([A-Za-z0-9_-]{8,128})$/.exec(authorization ?? "");
  if (match === null) return null;
  const key = match[1] ?? "";
  const cached = cache.get(key);
  if (cached !== undefined && cached.untilMs > nowMs) return cached.principal;
  const principal = await lookUp(hashKey(key));
  if (cache.size >= CACHED_KEYS_MAX) cache.clear();
  cache.set(key, { principal, untilMs: nowMs + (principal === null ? REFUSED_FOR_MS : CACHED_FOR_MS) });
  return principal;
}

/** Requests that the Worker makes of itself, for somebody who is signed in. No caller outside can make one. */
const vouched = new WeakMap<Request, Principal>();

/** Lets a request that never left the Worker act as `principal`. */
export function vouchFor(request: Request, principal: Principal): void {
  vouched.set(request, principal);
}

/** @returns null for every request that came from outside. */
export function vouchedPrincipal(request: Request): Principal | null {
  return vouched.get(request) ?? null;
}

/** Forgets every key, so that one that was just revoked stops working here at once. */
export function forgetKeys(): void {
  cache.clear();
}

/** Who calls an operation that is not public. */
export function callerOf(call: { readonly principal: Principal | null }): Principal {
  invariant(call.principal !== null, "only public operations have no principal");
  return call.principal;
}

/** Who acts, for the audit log. */
export function actorOf(call: { readonly principal: Principal | null; readonly requestId: string }): Actor {
  return { principalId: callerOf(call).id, requestId: call.requestId };
}

/** A secret key in a browser is a leaked key, so it is refused where a page sends it. */
export function authorize(
  principal: Principal | null,
  access: Access,
  isFromBrowser: boolean,
): Result<Principal | null, ProblemCode> {
  if (access === "public") return ok(principal);
  if (principal === null) return err("unauthorized");
  if (principal.kind === "publishable") return access.publishable === true ? ok(principal) : err("forbidden");
  if (isFromBrowser || !principal.scopes.has(access.scope)) return err("forbidden");
  return ok(principal);
}
