import { cloudflareAccess } from "@hono/cloudflare-access";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";

import type { AppEnv } from "../app.ts";
import { readRoleList, roleOnList, roleScopes, type Role } from "./roles.ts";
import { tokenFor, type SignedIn } from "./signed-in.ts";

/** How the dashboard is entered. `broken`: Access is set up in part, and nobody is let in. */
export type Door =
  | { readonly kind: "keys" }
  | { readonly kind: "broken"; readonly because: string }
  | {
      readonly kind: "access";
      readonly team: string;
      readonly audience: string;
      readonly list: ReadonlyArray<{ who: string; role: Role }>;
    };

const TEAM = /^[a-zA-Z0-9-]+$/;
/** How long Access may take to hand out its public keys. */
const KEYS_MS_MAX = 10_000;
const AUDIENCE = /^[0-9a-f]{64}$/;

export function doorOf(vars: { ACCESS_TEAM: string; ACCESS_AUD: string; ACCESS_ROLES: string }): Door {
  const team = vars.ACCESS_TEAM;
  const audience = vars.ACCESS_AUD;
  const text = vars.ACCESS_ROLES;
  if (team === "" && audience === "" && text === "") return { kind: "keys" };
  if (!TEAM.test(team)) return { kind: "broken", because: "ACCESS_TEAM is not the name of a team" };
  if (!AUDIENCE.test(audience)) return { kind: "broken", because: "ACCESS_AUD is not an audience tag" };
  const list = readRoleList(text);
  if (list === null || list.length === 0) {
    return { kind: "broken", because: "ACCESS_ROLES lists nobody, or cannot be read" };
  }
  return { kind: "access", team, audience, list };
}

/** Keeps the team's public keys, which the middleware fetches, from one request to the next. */
const checks = new Map<string, ReturnType<typeof cloudflareAccess>>();

/**
 * Who stands behind Access' assertion. What it says of a person goes into no log and no table: the audit log has the
 * subject, which Access resolves.
 *
 * @returns null where the assertion is missing, forged, stale, for something else, or of somebody who is on no list.
 */
export async function enterByAccess(
  c: Context<AppEnv>,
  door: Door & { readonly kind: "access" },
): Promise<SignedIn | null> {
  const cacheKey = `${door.team} ${door.audience}`;
  const check = checks.get(cacheKey) ?? cloudflareAccess(door.team, door.audience);
  checks.set(cacheKey, check);
  let isPassed = false;
  const passed = async () => {
    isPassed = true;
  };
  const asked = await Promise.race([
    check(c, passed),
    c
      .get("services")
      .pause(KEYS_MS_MAX)
      .then(() => "late"),
  ]);
  if (asked === "late") throw new Error("Access did not answer");
  if (!isPassed) return null;
  const { email, sub } = c.get("accessPayload");
  const role = typeof email === "string" && email !== "" ? roleOnList(door.list, email) : null;
  if (role === null || email === undefined || sub === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(sub))
    return null;
  return {
    principal: {
      id: `access:${sub}`,
      kind: "secret",
      scopes: new Set(roleScopes[role]),
      allowedOrigins: [],
      requiresBuyerToken: false,
    },
    name: email,
    role,
    via: "access",
    formToken: tokenFor(c.req.header("cf-access-jwt-assertion") ?? getCookie(c, "CF_Authorization") ?? ""),
    sessionHash: null,
  };
}
