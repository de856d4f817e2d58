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
}: {
  caption: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: ReadonlyArray<Row>;
  isCaptionShown?: true;
}) {
  return (
    <div class="table">
      <table>
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
        <tbody>
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
