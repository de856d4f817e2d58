import type { FC } from "hono/jsx";

import { catalogueOperations } from "../../../../contract/catalogue.ts";
import { holdOperations } from "../../../../contract/holds.ts";
import { stockOperations, type LedgerEntryView, type StockView } from "../../../../contract/stock.ts";
import { ledgerNumbers, movementChange, type LedgerNumber } from "../../../../domain/inventory/ledger.ts";
import { Badge, Empty, Figure, Figures, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "../orders/paths.ts";
import { MovementForms } from "./movements.tsx";
import { STOCK_PATH, skuPath } from "./paths.ts";

const PAGE_SIZE = 30;
type LocationRow = StockView["locations"][number];

/** A SKU: each number with the entries of the ledger behind it, and the forms that add to the ledger. */
export async function showSku(view: View): Promise<Shown> {
  const sku = view.params["sku"] ?? "";
  const params = { sku };
  const number = ledgerNumbers.find((known) => known === view.query("of"));
  const location = view.query("location");
  const [stock, ledger, holds, catalogue, locations] = await Promise.all([
    view.ask(stockOperations.getStock, { params }),
    view.ask(stockOperations.listMovements, {
      params,
      query: { order: "newest", limit: PAGE_SIZE, of: number, location, cursor: view.query("cursor") },
    }),
    view.can("holds:read") ? view.ask(holdOperations.listLiveHolds, { params, query: { limit: 20 } }) : null,
    view.can("catalogue:read") ? view.ask(catalogueOperations.getSku, { params }) : null,
    view.can("catalogue:read")
      ? view.ask(catalogueOperations.listLocations, { query: { limit: 200 } })
      : null,
  ]);
  if (!stock.ok) return { problem: stock.error };
  const report = stock.value;
  return {
    title: catalogue?.ok === true ? catalogue.value.title : sku,
    body: (
      <>
        <p class="crumb">
          <a href={STOCK_PATH}>Stock</a> <code>{sku}</code>
        </p>
        <Numbers report={report} />
        {view.can("stock:write") ? (
          <MovementForms
            view={view}
            sku={sku}
            codes={
              locations?.ok === true
                ? locations.value.data.map(({ code }) => code)
                : report.locations.map((row) => row.location)
            }
            report={report}
          />
        ) : null}
        <Locations report={report} />
        {holds?.ok === true && holds.value.data.length > 0 ? <Holds holds={holds.value.data} /> : null}
        <section class="card" id="ledger">
          <h2>{ledgerTitle(number, location)}</h2>
          {number === undefined && location === undefined ? null : (
            <p>
              <a href={`${skuPath(sku)}#ledger`}>All entries</a>
            </p>
          )}
          {ledger.ok ? (
            <Ledger entries={ledger.value.data} number={number ?? null} />
          ) : (
            <Empty title={ledger.error.title} />
          )}
        </section>
        {ledger.ok ? <Pager path={view.path} nextCursor={ledger.value.next_cursor} /> : null}
      </>
    ),
  };
}

function ledgerTitle(number: LedgerNumber | undefined, location: string | undefined): string {
  const what = number === undefined ? "Ledger" : `What “${number.replaceAll("_", " ")}” is made of`;
  return location === undefined ? what : `${what}, at ${location}`;
}

function behind(sku: string, number: LedgerNumber, location?: string): string {
  const at = location === undefined ? "" : `&location=${encodeURIComponent(location)}`;
  return `${skuPath(sku)}?of=${number}${at}#ledger`;
}

const sum = (rows: ReadonlyArray<LocationRow>, pick: (row: LocationRow) => number) =>
  rows.reduce((total, row) => total + pick(row), 0);

const Numbers: FC<{ report: StockView }> = ({ report }) => {
  const { sku, locations, available, held, committed, ring_fenced: fenced } = report;
  const onHand = sum(locations, (row) => row.on_hand);
  const allocated = sum(locations, (row) => row.allocated);
  const kept = sum(locations, (row) => row.safety_stock);
  const damaged = sum(locations, (row) => row.damaged);
  return (
    <Figures label="Stock of the SKU">
      <Figure
        id="available"
        label="Available"
        value={available}
        {...(available <= 0 ? { tone: "bad" as const } : {})}
        how={`On hand ${onHand} − allocated ${allocated} − safety stock ${kept} − damaged ${damaged} − on hold ${held} − committed ${committed} − for shows ${fenced}.`}
      />
      <Figure
        id="on-hand"
        label="On hand"
        value={onHand}
        how="Units that are at a location, whoever they are promised to: the sum over the locations below."
        href={behind(sku, "on_hand")}
      />
      <Figure
        id="held"
        label="On hold"
        value={held}
        how="Units set aside by live holds, for minutes. Holds are not in the ledger: they come to nothing, or to an order."
      />
      <Figure
        id="committed"
        label="Committed"
        value={committed}
        how="Units of placed orders that no location has been given yet."
        href={behind(sku, "committed")}
      />
      <Figure
        id="allocated"
        label="Allocated"
        value={allocated}
        how="Units of placed orders that a location has been given, and that have not left."
        href={behind(sku, "allocated")}
      />
      <Figure
        id="fenced"
        label="For shows"
        value={fenced}
        how="Units kept for drops of shows that nobody holds or has bought yet."
        href={behind(sku, "ring_fenced")}
      />
    </Figures>
  );
};

const Locations: FC<{ report: StockView }> = ({ report: { sku, locations } }) => (
  <section class="card">
    <h2>By location</h2>
    {locations.length === 0 ? (
      <p class="soft">It has never been anywhere.</p>
    ) : (
      <Table
        caption="Stock by location; each number leads to the entries behind it"
        columns={[
          { label: "Location", cell: ({ location }: LocationRow) => <code>{location}</code> },
          {
            label: "On hand",
            cell: (row) => <a href={behind(sku, "on_hand", row.location)}>{row.on_hand}</a>,
            isNumber: true,
          },
          {
            label: "Allocated",
            cell: (row) => <a href={behind(sku, "allocated", row.location)}>{row.allocated}</a>,
            isNumber: true,
          },
          {
            label: "Damaged",
            cell: (row) => <a href={behind(sku, "damaged", row.location)}>{row.damaged}</a>,
            isNumber: true,
          },
          { label: "Safety stock", cell: (row) => row.safety_stock, isNumber: true },
          { label: "Incoming", cell: (row) => row.incoming, isNumber: true },
          {
            label: "Can be given",
            cell: (row) => Math.max(0, row.on_hand - row.allocated - row.safety_stock - row.damaged),
            isNumber: true,
          },
        ]}
        rows={locations}
      />
    )}
  </section>
);

const Holds: FC<{
  holds: ReadonlyArray<{
    readonly buyer: string;
    readonly quantity: number;
    readonly status: string;
    readonly ends_at: string;
  }>;
}> = ({ holds }) => (
  <section class="card">
    <h2>Live holds</h2>
    <Table
      caption="Holds that end soonest, outside of shows"
      columns={[
        { label: "Buyer", cell: ({ buyer }) => <code>{buyer}</code> },
        { label: "State", cell: ({ status }) => <Badge status={status} /> },
        { label: "Ends", cell: ({ ends_at }) => <Time at={ends_at} /> },
        { label: "Units", cell: ({ quantity }) => quantity, isNumber: true },
      ]}
      rows={holds}
    />
  </section>
);

const Ledger: FC<{ entries: ReadonlyArray<LedgerEntryView>; number: LedgerNumber | null }> = ({
  entries,
  number,
}) =>
  entries.length === 0 ? (
    <p class="soft">No entries.</p>
  ) : (
    <Table
      caption="Entries, newest first; nothing is ever taken out of the ledger"
      columns={[
        { label: "When", cell: ({ at }) => <Time at={at} /> },
        { label: "What", cell: ({ kind }) => kind.replaceAll("_", " ") },
        {
          label: "Location",
          cell: ({ location }) => (location === null ? <span class="none">–</span> : <code>{location}</code>),
        },
        {
          label: "Because of",
          cell: ({ order, reason }) =>
            order === null ? (
              (reason ?? <span class="none">–</span>)
            ) : (
              <a href={orderPath(order)}>{reason ?? "an order"}</a>
            ),
        },
        {
          label: "Change",
          cell: (entry) => (number === null ? changesOf(entry) : signed(movementChange(entry, number))),
          isNumber: true,
        },
      ]}
      rows={entries}
    />
  );

/** `on hand −1, allocated −1`: all that an entry does. */
function changesOf(entry: LedgerEntryView): string {
  return ledgerNumbers
    .map((number) => ({ number, change: movementChange(entry, number) }))
    .filter(({ change }) => change !== 0)
    .map(({ number, change }) => `${number.replaceAll("_", " ")} ${signed(change)}`)
    .join(", ");
}

function signed(quantity: number): string {
  return quantity > 0 ? `+${quantity}` : String(quantity).replace("-", "−");
}
