import { eq } from "drizzle-orm";

import type { Db } from "./client.ts";
import { idempotency } from "./schema/platform.ts";

/** The first answer to an idempotency key. `body` is JSON without personal data. */
export type StoredAnswer = {
  readonly scope: string;
  readonly bodyHash: string;
  readonly status: number;
  readonly body: string;
};

export async function findAnswer(db: Db, scope: string): Promise<StoredAnswer | null> {
  return (await db.orm.query.idempotency.findFirst({ where: eq(idempotency.scope, scope) })) ?? null;
}

/** Stores an answer unless the key has one, and returns the one it has. */
export async function keepAnswer(
  db: Db,
  { scope, bodyHash, status, body }: StoredAnswer,
  nowMs: number,
): Promise<StoredAnswer> {
  const [, kept] = await db.orm.batch([
    db.orm
      .insert(idempotency)
      .values({ scope, bodyHash, status, body, createdAtMs: nowMs })
      .onConflictDoNothing(),
    db.orm.select().from(idempotency).where(eq(idempotency.scope, scope)),
  ]);
  return kept[0] ?? { scope, bodyHash, status, body };
}
