import type { FC } from "hono/jsx";

import { orderOperations, type OrderSummaryView } from "../../../../contract/orders.ts";
import { skuPattern } from "../../../../contract/primitives.ts";
import { countOrders, type OrderFilter } from "../../../../db/order-search.ts";
import {
  channels,
  fulfillmentStatuses,
  orderStatuses,
  paymentStatuses,
} from "../../../../domain/orders/order.ts";
import { Field, Select } from "../../components/form.tsx";
import { Money } from "../../components/money.tsx";
import { Badge, Empty, Figure, Figures, Time } from "../../components/show.tsx";
import { Pager, Table, type Column } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { BulkActions, Choose } from "./bulk.tsx";
import { orderPath, ORDERS_PATH } from "./paths.ts";

/** More are said to be "more than": nobody reads the difference, and counting it would cost a walk over all of them. */
const COUNT_MAX = 1_000;
const PAGE_SIZE = 50;

type Asked = {
  readonly q?: string | undefined;
  readonly status?: (typeof orderStatuses)[number] | undefined;
  readonly payment_status?: (typeof paymentStatuses)[number] | undefined;
  readonly fulfillment_status?: (typeof fulfillmentStatuses)[number] | undefined;
  readonly channel?: (typeof channels)[number] | undefined;
  readonly sku?: string | undefined;
  readonly placed_after?: string | undefined;
  readonly placed_before?: string | undefined;
};

/** Orders, newest first, by what the address of the page asks for: a link to it is a saved search. */
export async function showOrders(view: View): Promise<Shown> {
  const asked = askedOf(view);
  const cursor = view.query("cursor");
  const [list, figures] = await Promise.all([
    view.ask(orderOperations.listOrders, { query: { ...asked, limit: PAGE_SIZE, cursor } }),
    readFigures(view),
  ]);
  const isNarrowed = Object.values(asked).some((value) => value !== undefined);
  return {
    title: "Orders",
    body: (
      <>
        <Figures label="Orders that wait for something">
          {figures.map(({ id, label, href, how, count }) => (
            <Figure
              id={id}
              label={label}
              value={count >= COUNT_MAX ? `${COUNT_MAX.toLocaleString("en")}+` : count}
              how={how}
              href={href}
            />
          ))}
        </Figures>
        <Search asked={asked} isNarrowed={isNarrowed} />
        {list.ok ? (
          <Found
            view={view}
            orders={list.value.data}
            nextCursor={list.value.next_cursor}
            isNarrowed={isNarrowed}
          />
        ) : (
          <Empty title="This cannot be searched for">
            <p>{(list.error.errors ?? []).map(({ detail }) => detail).join("; ") || list.error.title}</p>
          </Empty>
        )}
      </>
    ),
  };
}

function askedOf(view: View): Asked {
  const among = <Value extends string>(name: string, all: ReadonlyArray<Value>) =>
    all.find((value) => value === view.query(name));
  return {
    q: view.query("q"),
    status: among("status", orderStatuses),
    payment_status: among("payment_status", paymentStatuses),
    fulfillment_status: among("fulfillment_status", fulfillmentStatuses),
    channel: among("channel", channels),
    sku: view.query("sku"),
    placed_after: dayOf(view.query("from"), 0, -1),
    placed_before: dayOf(view.query("to"), 1, 0),
  };
}

/** The beginning of a day, or of the one after it; `placed_after` is exclusive, so its day begins a moment earlier. */
function dayOf(day: string | undefined, daysLater: number, offsetMs: number): string | undefined {
  const startMs =
    day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day) ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(startMs)
    ? undefined
    : new Date(startMs + daysLater * 86_400_000 + offsetMs).toISOString();
}

const waiting: ReadonlyArray<{
  readonly id: string;
  readonly label: string;
  readonly how: string;
  readonly filter: OrderFilter;
  readonly query: string;
}> = [
  {
    id: "to-pick",
    label: "To be picked",
    how: "Placed orders of which a location has been given something, and picked nothing: fulfilment status scheduled.",
    filter: { status: "placed", fulfillmentStatus: "scheduled" },
    query: "status=placed&fulfillment_status=scheduled",
  },
  {
    id: "to-ship",
    label: "Being packed",
    how: "Placed orders of which something is picked and has not left: fulfilment status in progress.",
    filter: { status: "placed", fulfillmentStatus: "in_progress" },
    query: "status=placed&fulfillment_status=in_progress",
  },
  {
    id: "unfulfilled",
    label: "Not yet routed",
    how: "Placed orders of which nothing is being fulfilled: fulfilment status unfulfilled.",
    filter: { status: "placed", fulfillmentStatus: "unfulfilled" },
    query: "status=placed&fulfillment_status=unfulfilled",
  },
  {
    id: "on-hold",
    label: "On hold",
    how: "Orders that somebody, or the engine, has stopped: status on hold.",
    filter: { status: "on_hold" },
    query: "status=on_hold",
  },
  {
    id: "unpaid",
    label: "Placed and unpaid",
    how: "Placed orders of whose total nothing is authorized or captured: payment status unpaid.",
    filter: { status: "placed", paymentStatus: "unpaid" },
    query: "status=placed&payment_status=unpaid",
  },
];

function readFigures(view: View) {
  return Promise.all(
    waiting.map(async ({ id, label, how, filter, query }) => ({
      id,
      label,
      how: `${how} Counted up to ${COUNT_MAX.toLocaleString("en")}.`,
      href: `${ORDERS_PATH}?${query}`,
      count: await countOrders(view.services.db, filter, COUNT_MAX),
    })),
  );
}

const Search: FC<{ asked: Asked; isNarrowed: boolean }> = ({ asked, isNarrowed }) => {
  const isDetailed = Object.entries(asked).some(([name, value]) => name !== "q" && value !== undefined);
  return (
    <form method="get" action={ORDERS_PATH} class="card search" role="search" aria-label="Orders">
      <div class="search-line">
        <Field
          label="Find orders"
          name="q"
          type="search"
          value={asked.q ?? ""}
          maxlength={254}
          placeholder="Number, name, e-mail, SKU, tracking number, shop's number"
        />
        <button class="main">Search</button>
        {isNarrowed ? (
          <a class="button" href={ORDERS_PATH}>
            Clear
          </a>
        ) : null}
      </div>
      <details open={isDetailed}>
        <summary>Filters</summary>
        <div class="grid">
          <Select label="Status" name="status" value={asked.status} options={optionsOf(orderStatuses)} />
          <Select
            label="Payment"
            name="payment_status"
            value={asked.payment_status}
            options={optionsOf(paymentStatuses)}
          />
          <Select
            label="Fulfilment"
            name="fulfillment_status"
            value={asked.fulfillment_status}
            options={optionsOf(fulfillmentStatuses)}
          />
          <Select label="Channel" name="channel" value={asked.channel} options={optionsOf(channels)} />
          <Field
            label="SKU"
            name="sku"
            value={asked.sku ?? ""}
            maxlength={64}
            pattern={skuPattern.source.slice(1, -1)}
          />
          <Field
            label="Placed from"
            name="from"
            type="date"
            value={asked.placed_after === undefined ? "" : nextDay(asked.placed_after)}
          />
          <Field
            label="Placed until"
            name="to"
            type="date"
            value={asked.placed_before === undefined ? "" : dayBefore(asked.placed_before)}
          />
        </div>
      </details>
    </form>
  );
};

function nextDay(at: string): string {
  return new Date(Date.parse(at) + 1).toISOString().slice(0, 10);
}

function dayBefore(at: string): string {
  return new Date(Date.parse(at) - 1).toISOString().slice(0, 10);
}

function optionsOf(values: ReadonlyArray<string>) {
  return [
    { value: "", label: "Any" },
    ...values.map((value) => ({ value, label: value.replaceAll("_", " ") })),
  ];
}

const Found: FC<{
  view: View;
  orders: ReadonlyArray<OrderSummaryView>;
  nextCursor: string | null;
  isNarrowed: boolean;
}> = ({ view, orders, nextCursor, isNarrowed }) => {
  if (orders.length === 0) {
    return isNarrowed ? (
      <Empty title="No order fits">
        <p>A name is found by whole words, the last of which may be a beginning.</p>
      </Empty>
    ) : (
      <Empty title="No orders yet">
        <p>They come from holds on shows and in storefronts, from sales channels and from imports.</p>
      </Empty>
    );
  }
  return (
    <>
      <Table
        caption="Orders, newest first"
        columns={view.can("orders:write") ? [choice, ...columns] : columns}
        rows={orders}
      />
      {view.can("orders:write") ? <BulkActions view={view} /> : null}
      <Pager path={view.path} nextCursor={nextCursor} />
    </>
  );
};

const choice: Column<OrderSummaryView> = { label: "Choose", cell: (order) => <Choose order={order} /> };

const columns: ReadonlyArray<Column<OrderSummaryView>> = [
  {
    label: "Order",
    cell: ({ id, number, channel }) => (
      <span class="item">
        <a class="whole" href={orderPath(id)}>
          #{number}
        </a>
        <small class="whole">{channel}</small>
      </span>
    ),
  },
  { label: "Placed", cell: ({ created_at }) => <Time at={created_at} /> },
  {
    label: "Customer",
    cell: ({ customer }) =>
      customer === null ? <span class="none">–</span> : (customer.name ?? customer.email ?? customer.id),
  },
  {
    label: "Order, payment, fulfilment",
    cell: (order) => (
      <span class="badges">
        <Badge status={order.status} /> <Badge status={order.payment_status} />{" "}
        <Badge status={order.fulfillment_status} />
      </span>
    ),
  },
  {
    label: "Units",
    cell: ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0),
    isNumber: true,
  },
  {
    label: "Total",
    cell: ({ total, currency }) => <Money amount={total} currency={currency} />,
    isNumber: true,
  },
];
