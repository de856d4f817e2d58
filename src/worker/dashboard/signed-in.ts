import { createHash, timingSafeEqual } from "node:crypto";

import type { Context } from "hono";
import { getCookie } from "hono/cookie";

import type { Scope } from "../../contract/operation.ts";
import { deleteSession, findSessionKey, writeSession } from "../../db/admin-sessions.ts";
import { encodeBytes } from "../../domain/ids.ts";
import type { AppEnv } from "../app.ts";
import type { Principal } from "../http/principal.ts";
import { roleOf, type Role } from "./roles.ts";

/** Who looks at the dashboard. */
export type SignedIn = {
  readonly principal: Principal;
  /** What the person is called on the page. */
  readonly name: string;
  /** Null for a key that may do less than a viewer. */
  readonly role: Role | null;
  readonly via: "key" | "access";
  /** Stands in every form, and can be known only by who can read the page. */
  readonly formToken: string;
  /** Null where Access keeps the session. */
  readonly sessionHash: string | null;
};

const SESSION_SECONDS = 12 * 3600;
/** 256 bits in base 32. */
const TOKEN_BYTES = 33;
const TOKEN_LENGTH = 52;

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Derived from what the browser keeps, so that it needs no place of its own; a digest, so that a page does not tell it. */
export function tokenFor(credential: string): string {
  return sha256(`form of ${credential}`);
}

export function isSameToken(sent: string, own: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(sent)), Buffer.from(sha256(own)));
}

/**
 * `__Host-` binds the cookie to this host over https. Plain http is left for loopback addresses alone, which no visitor of
 * a deployment can have in the address line, and where not every browser keeps a secure cookie.
 */
function cookieOf(url: string): { readonly name: string; readonly attributes: string } {
  const { protocol, hostname } = new URL(url);
  const isOwnMachine = protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return isOwnMachine
    ? { name: "holdfast-session", attributes: "Path=/; HttpOnly; SameSite=Lax" }
    : { name: "__Host-holdfast-session", attributes: "Path=/; HttpOnly; SameSite=Lax; Secure" };
}

/** @returns null where nobody is signed in, the session is over, or its key was revoked. */
export async function readSession(c: Context<AppEnv>): Promise<SignedIn | null> {
  const token = getCookie(c, cookieOf(c.req.url).name);
  if (token === undefined || !/^[0-9a-z]{52}$/.test(token)) return null;
  const { db, nowMs } = c.get("services");
  const sessionHash = sha256(token);
  const key = await findSessionKey(db, sessionHash, nowMs());
  if (key === null) return null;
  const scopes = new Set(key.scopes as ReadonlyArray<Scope>);
  return {
    principal: { id: key.id, kind: "secret", scopes, allowedOrigins: [], requiresBuyerToken: false },
    name: key.name,
    role: roleOf(scopes),
    via: "key",
    formToken: tokenFor(token),
    sessionHash,
  };
}

/** @returns The `Set-Cookie` that signs the browser in. */
export async function beginSession(c: Context<AppEnv>, keyId: string): Promise<string> {
  const { db, nowMs } = c.get("services");
  const token = encodeBytes(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)), TOKEN_LENGTH);
  const createdAtMs = nowMs();
  const session = {
    hash: sha256(token),
    keyId,
    createdAtMs,
    expiresAtMs: createdAtMs + SESSION_SECONDS * 1000,
  };
  await writeSession(db, session, { principalId: keyId, requestId: c.get("requestId") });
  const { name, attributes } = cookieOf(c.req.url);
  return `${name}=${token}; Max-Age=${SESSION_SECONDS}; ${attributes}`;
}

/** @returns The `Set-Cookie` that takes the session from the browser. */
export async function endSession(c: Context<AppEnv>, who: SignedIn): Promise<string> {
  const { db, nowMs } = c.get("services");
  if (who.sessionHash !== null) {
    const actor = { principalId: who.principal.id, requestId: c.get("requestId") };
    await deleteSession(db, who.sessionHash, actor, nowMs());
  }
  const { name, attributes } = cookieOf(c.req.url);
  return `${name}=; Max-Age=0; ${attributes}`;
}
