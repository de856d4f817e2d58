import { scopes, type Scope } from "../../contract/operation.ts";

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

const readScopes = scopes.filter((scope) => scope.endsWith(":read"));
const workScopes = [
  "catalogue:write",
  "stock:write",
  "holds:write",
  "shows:write",
  "orders:write",
  "fulfillment:write",
  "imports:write",
  "ops:write",
] as const satisfies ReadonlyArray<Scope>;

/** A role is a name for a set of scopes. What somebody may do is decided by the scopes alone. */
export const roleScopes: Readonly<Record<Role, ReadonlyArray<Scope>>> = {
  viewer: readScopes,
  operator: [...readScopes, ...workScopes],
  admin: scopes,
};

/** The greatest role whose scopes are all among these; null where they are fewer than a viewer's. */
export function roleOf(held: ReadonlySet<Scope>): Role | null {
  return roles.findLast((role) => roleScopes[role].every((scope) => held.has(scope))) ?? null;
}

/**
 * Reads who may do what from a variable: `ada@shop.example=admin, *@shop.example=viewer`. The first entry that fits counts.
 *
 * @returns null where an entry cannot be read: a half-read list might let somebody in who should not be.
 */
export function readRoleList(text: string): ReadonlyArray<{ who: string; role: Role }> | null {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => /^(\*@[^\s@=*]+|[^\s@=*]+@[^\s@=*]+)=(\w+)$/.exec(entry))
    .map((match) => ({
      who: match?.[1]?.toLowerCase() ?? "",
      role: roles.find((role) => role === match?.[2]),
    }));
  const isWhole = entries.every(({ who, role }) => who !== "" && role !== undefined);
  return isWhole ? entries.flatMap(({ who, role }) => (role === undefined ? [] : [{ who, role }])) : null;
}

/** @returns null for whoever is not on the list. */
export function roleOnList(list: ReadonlyArray<{ who: string; role: Role }>, email: string): Role | null {
  const address = email.toLowerCase();
  const domain = `*${address.slice(address.lastIndexOf("@"))}`;
  return list.find(({ who }) => who === address || who === domain)?.role ?? null;
}
