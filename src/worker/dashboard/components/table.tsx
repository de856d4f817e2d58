import type { Child, FC } from "hono/jsx";

export type Column<Row> = {
  readonly label: string;
  readonly cell: (row: Row) => Child;
  /** Numbers stand at the end of their column. */
  readonly isNumber?: true;
};

/**
 * Rows under headers. On a narrow screen each row becomes a card, where every cell repeats its header.
 *
 * @param caption - What the table holds; read out, and shown where nothing else says it.
 */
export function Table<Row>({
  caption,
  columns,
  rows,
  isCaptionShown,
  isDense,
  live,
}: {
  caption: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: ReadonlyArray<Row>;
  isCaptionShown?: true;
  /** Few and short columns: it stays a table on a narrow screen. */
  isDense?: true;
  /** On a page with a board: where its rows are in what is told, and what each cell is made of, as `kind:path`. */
  live?: { readonly rows: string; readonly cells: ReadonlyArray<string> };
}) {
  return (
    <div class="table">
      <table {...(isDense === true ? { class: "dense" } : {})}>
        <caption class={isCaptionShown === true ? "shown" : "unseen"}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, isNumber }) => (
              <th scope="col" class={isNumber === true ? "number" : "text"}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          {...(live === undefined
            ? {}
            : { "data-live-rows": live.rows, "data-live-cells": live.cells.join(" ") })}
        >
          {rows.map((row) => (
            <tr>
              {columns.map(({ label, cell, isNumber }) => (
                <td data-label={label} class={isNumber === true ? "number" : "text"}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where a list goes on. @param path - The page's, with its query. */
export const Pager: FC<{ path: string; nextCursor: string | null }> = ({ path, nextCursor }) => {
  const url = new URL(path, "https://holdfast.invalid");
  const isLater = url.searchParams.has("cursor");
  url.searchParams.delete("cursor");
  const first = `${url.pathname}${url.search}`;
  if (nextCursor !== null) url.searchParams.set("cursor", nextCursor);
  if (!isLater && nextCursor === null) return null;
  return (
    <nav class="pager" aria-label="Pages of this list">
      {isLater ? (
        <a class="button" href={first}>
          First page
        </a>
      ) : null}
      {nextCursor === null ? null : (
        <a class="button" href={`${url.pathname}${url.search}`} rel="next">
          Next page
        </a>
      )}
    </nav>
  );
};
