import type { Db } from "./client.ts";

/**
 * Aborts the batch it stands in unless the statement before it changed a row: a compare-and-set over several tables,
 * without a transaction that D1 does not have. `json()` of what is not JSON is an error, and an error undoes the batch.
 */
export function abortUnlessChanged(db: Db): D1PreparedStatement {
  return db.d1.prepare("SELECT iif(changes() > 0, 1, json('nothing changed'))");
}

/** Whether a batch was undone by {@link abortUnlessChanged}. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.message.includes("malformed JSON");
}

/** As {@link abortUnlessChanged}, for a statement over many rows: all `count` of them must have changed. */
export function abortUnlessAllChanged(db: Db, count: number): D1PreparedStatement {
  return db.d1.prepare("SELECT iif(changes() = ?1, 1, json('nothing changed'))").bind(count);
}

/** Whether a row was refused because another has the same value in `column`, as in `table.column`. */
export function isUniqueFailure(error: unknown, column: string): boolean {
  // Drizzle wraps what D1 said.
  const { message, cause } = error as { readonly message?: string; readonly cause?: unknown };
  if (message?.includes(`UNIQUE constraint failed: ${column}`) === true) return true;
  return cause !== undefined && isUniqueFailure(cause, column);
}
