import { createHash } from "node:crypto";

import { scopes } from "../src/contract/operation.ts";
import type { LocalDatabase } from "./migrations.ts";

/** Known to everybody, and therefore made here only: a deployment never runs this file. */
export const LOCAL_SECRET_KEY = "sk_local_holdfast";
export const LOCAL_PUBLISHABLE_KEY = "pk_local_holdfast";

/** Makes the two local keys, unless they are there. */
export async function seedLocalKeys(database: LocalDatabase): Promise<void> {
  const insert = database.prepare(
    `INSERT INTO api_key (id, kind, name, hash, prefix, last4, scopes, allowed_origins, created_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING`,
  );
  await database.batch(
    [
      { id: "key_local_secret", kind: "secret", key: LOCAL_SECRET_KEY, scopes, origins: [] },
      {
        id: "key_local_publishable",
        kind: "publishable",
        key: LOCAL_PUBLISHABLE_KEY,
        scopes: [],
        origins: ["http://localhost:*", "http://127.0.0.1:*"],
      },
    ].map(({ id, kind, key, scopes: allowed, origins }) =>
      insert.bind(
        id,
        kind,
        "local",
        createHash("sha256").update(key).digest("hex"),
        key.slice(0, 8),
        key.slice(-4),
        JSON.stringify(allowed),
        JSON.stringify(origins),
        Date.now(),
      ),
    ),
  );
}
