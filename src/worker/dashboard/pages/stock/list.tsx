import type { FC } from "hono/jsx";

import { countLowStock, listStock, type ListedStock } from "../../../../db/stock-list.ts";
import { CheckBox, Field } from "../../components/form.tsx";
import { Badge, Empty, Figure, Figures } from "../../components/show.tsx";
import { Pager, Table, type Column } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { STOCK_PATH, skuPath } from "./paths.ts";

const PAGE_SIZE = 50;
const COUNT_MAX = 1_000;
/** Where pages of buyers begin to say that few are left. */
export const LOW_MAX = 10;

/** All SKUs with what is left of them, by SKU; narrowed to low ones, and to a beginning. */
export async function showStock(view: View): Promise<Shown> {
  const { db } = view.services;
  const beginning = view.query("q");
  const isLow = view.query("low") !== undefined;
  const filter = { beginning, availableMax: isLow ? LOW_MAX : undefined };
  const [rows, low, none] = await Promise.all([
    listStock(db, filter, view.query("cursor") ?? null, PAGE_SIZE + 1),
    countLowStock(db, LOW_MAX, COUNT_MAX),
    countLowStock(db, 0, COUNT_MAX),
  ]);
  const shown = rows.slice(0, PAGE_SIZE);
  const counted = (count: number) => (count >= COUNT_MAX ? `${COUNT_MAX.toLocaleString("en")}+` : count);
  return {
    title: "Stock",
    body: (
      <>
        <Figures label="Stock that runs out">
          <Figure
            id="low"
            label="Low"
            value={counted(low)}
            {...(low > 0 ? { tone: "warn" as const } : {})}
            how={`SKUs of which at most ${LOW_MAX} units are available, sold out ones too, as their objects last told.`}
            href={`${STOCK_PATH}?low=on`}
          />
          <Figure
            id="none"
            label="Sold out"
            value={counted(none)}
            {...(none > 0 ? { tone: "bad" as const } : {})}
            how="SKUs of which nothing is available: what is on hand is promised to orders, held, kept back or damaged."
          />
        </Figures>
        <form method="get" action={STOCK_PATH} class="card search" role="search" aria-label="Stock">
          <div class="search-line">
            <Field
              label="SKU"
              name="q"
              type="search"
              value={beginning ?? ""}
              maxlength={64}
              placeholder="A SKU, or what it begins with"
            />
            <CheckBox label={`At most ${LOW_MAX} left`} name="low" checked={isLow} />
            <button class="main">Show</button>
          </div>
        </form>
        <Files view={view} />
        {shown.length === 0 ? (
          <Empty title={beginning === undefined && !isLow ? "No stock yet" : "No SKU fits"}>
            <p>A SKU is here once it has been received at a location.</p>
          </Empty>
        ) : (
          <Table caption="SKUs and what is left of them" columns={columns} rows={shown} />
        )}
        <Pager path={view.path} nextCursor={rows.length > PAGE_SIZE ? (shown.at(-1)?.sku ?? null) : null} />
      </>
    ),
  };
}

const Files: FC<{ view: View }> = ({ view }) => (
  <div class="row">
    <a class="button" href={`${STOCK_PATH}/export.csv`}>
      Download as CSV
    </a>
    {view.can("stock:write") ? (
      <a class="button" href={`${STOCK_PATH}/import`}>
        Movements from a file
      </a>
    ) : null}
  </div>
);

const columns: ReadonlyArray<Column<ListedStock>> = [
  {
    label: "SKU",
    cell: ({ sku, title }) => (
      <span class="item">
        <a href={skuPath(sku)}>
          <code>{sku}</code>
        </a>
        <span>{title}</span>
      </span>
    ),
  },
  {
    label: "State",
    cell: ({ available }) =>
      available <= 0 ? (
        <Badge status="sold out" tone="bad" />
      ) : available <= LOW_MAX ? (
        <Badge status="low" tone="warn" />
      ) : null,
  },
  { label: "Available", cell: ({ available }) => available, isNumber: true },
  {
    label: "On hand",
    cell: ({ locations }) => locations.reduce((sum, row) => sum + row.on_hand, 0),
    isNumber: true,
  },
  { label: "On hold", cell: ({ held }) => held, isNumber: true },
  {
    label: "For orders",
    cell: ({ committed, locations }) => committed + locations.reduce((sum, row) => sum + row.allocated, 0),
    isNumber: true,
  },
  { label: "For shows", cell: ({ ringFenced }) => ringFenced, isNumber: true },
  {
    label: "Locations",
    cell: ({ locations }) => locations.map(({ location }) => location).join(", ") || "–",
  },
];
