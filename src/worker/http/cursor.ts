import { problem, type Problem } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";

/** Where a list goes on, as an opaque text. */
export function encodeCursor(position: string): string {
  return Buffer.from(position, "utf8").toString("base64url");
}

/**
 * @param pattern - What a position of this list looks like.
 * @returns null where the list starts.
 */
export function decodeCursor(cursor: string | undefined, pattern: RegExp): Result<string | null, Problem> {
  if (cursor === undefined) return ok(null);
  const position = Buffer.from(cursor, "base64url").toString("utf8");
  if (pattern.test(position)) return ok(position);
  return err(
    problem("request_invalid", {
      errors: [{ pointer: "/query/cursor", detail: "is not a cursor of this list" }],
    }),
  );
}

/**
 * Cuts what was read for one page, one row more than asked for, into the page and its cursor.
 *
 * @param rows - Read with a limit of `limit + 1`.
 */
export function pageOf<Row, View>(
  rows: ReadonlyArray<Row>,
  limit: number,
  positionOf: (row: Row) => string,
  view: (row: Row) => View,
): { data: Array<View>; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map(view),
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null,
  };
}
