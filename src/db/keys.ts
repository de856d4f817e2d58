import { and, eq, isNull } from "drizzle-orm";

import type { Scope } from "../contract/operation.ts";
import type { Db } from "./client.ts";
import { apiKey } from "./schema/platform.ts";

/** A live key by the SHA-256 of itself. */
export async function findKeyByHash(
  db: Db,
  hash: string,
): Promise<{ id: string; kind: "secret" | "publishable"; scopes: ReadonlySet<Scope> } | null> {
  const [row] = await db.orm
    .select()
    .from(apiKey)
    .where(and(eq(apiKey.hash, hash), isNull(apiKey.revokedAtMs)));
  return row === undefined
    ? null
    : { id: row.id, kind: row.kind, scopes: new Set(row.scopes as Array<Scope>) };
}
