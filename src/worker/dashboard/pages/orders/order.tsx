import { exceptionOperations } from "../../../../contract/exceptions.ts";
import type { OrderDetailView } from "../../../../contract/orders.ts";
import { problem } from "../../../../contract/problem.ts";
import { findOpenChange } from "../../../../db/order-changes.ts";
import { readOrder } from "../../../../db/orders.ts";
import { readProjected } from "../../../../db/stock-projection.ts";
import { orderDetailView } from "../../../use-cases/order-view.ts";
import { amountText, moneyText } from "../../components/money.tsx";
import { Badge, Figure, Figures, Time } from "../../components/show.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { EXCEPTIONS_PATH } from "../fulfillment/paths.ts";
import { OrderActions, ReturnRequestForm } from "./actions.tsx";
import { orderFacts } from "./facts.ts";
import { Lines } from "./lines.tsx";
import { Parcels, Returns } from "./parcels.tsx";
import { ORDERS_PATH, orderPath } from "./paths.ts";
import { Payments } from "./payments.tsx";
import { Timeline } from "./timeline.tsx";

/** An order with everything that hangs on it, and everything that can be done about it now. */
export async function showOrder(view: View): Promise<Shown> {
  const { db } = view.services;
  const aggregate = await readOrder(db, view.params["id"] ?? "");
  if (aggregate === null) return { problem: problem("not_found") };
  const order = orderDetailView(aggregate);
  const skus = [...new Set(order.lines.map(({ sku }) => sku))];
  const [available, change, exceptions] = await Promise.all([
    readProjected(db, skus),
    findOpenChange(db, order.id),
    view.can("ops:read")
      ? view.ask(exceptionOperations.listExceptions, {
          query: { order: order.id, status: "open", limit: 20 },
        })
      : null,
  ]);
  const facts = orderFacts(view, aggregate, order.balance);
  const open = exceptions?.ok === true ? exceptions.value.data : [];
  return {
    title: `Order #${order.number}`,
    body: (
      <>
        <p class="crumb">
          <a href={ORDERS_PATH}>Orders</a>
        </p>
        <div class="row">
          <Badge status={order.status} /> <Badge status={order.payment_status} />{" "}
          <Badge status={order.fulfillment_status} />
          {order.tags.map((tag) => (
            <Badge status={tag} tone="plain" />
          ))}
          <span class="soft">
            placed <Time at={order.created_at} /> by {order.channel}
          </span>
        </div>
        {order.hold_reason === null ? null : (
          <p class="notice">
            On hold: <strong>{order.hold_reason}</strong>
          </p>
        )}
        {open.map(({ title, what_to_do }) => (
          <p class="notice">
            <strong>{title}.</strong> {what_to_do} <a href={EXCEPTIONS_PATH}>Exceptions</a>
          </p>
        ))}
        {change === null ? null : (
          <p class="notice">
            A change of this order is open.{" "}
            <a href={`${orderPath(order.id)}/changes/${change.id}`}>Go on with it</a>
          </p>
        )}
        <OrderActions view={view} order={order} facts={facts} hasChange={change !== null} />
        <Sums order={order} />
        <Lines
          order={order}
          available={new Map([...available].map(([sku, known]) => [sku, known.available]))}
        />
        <div class="columns">
          <Payments view={view} order={order} facts={facts} />
          <Customer order={order} />
        </div>
        <Parcels order={order} />
        <Returns order={order} />
        {facts.canReturn ? (
          <div class="row">
            <ReturnRequestForm view={view} order={order} />
          </div>
        ) : null}
        <section class="card">
          <h2>Timeline</h2>
          <Timeline events={order.events} currency={order.currency} />
        </section>
      </>
    ),
  };
}

function Sums({ order }: { order: OrderDetailView }) {
  const { currency } = order;
  const money = (amount: number) => moneyText(amount, currency);
  return (
    <Figures label="The order's money">
      <Figure
        id="total"
        label="Total"
        value={amountText(order.total, currency)}
        unit={currency}
        how={`Subtotal ${money(order.subtotal)} − discount ${money(order.discount_total)} + shipping ${money(order.shipping_total)} + tax ${money(order.tax_total)}.`}
      />
      <Figure
        id="paid"
        label="Captured"
        value={amountText(order.paid_total, currency)}
        unit={currency}
        how="The sum of the captures in the ledger of payments."
        href="#payments"
      />
      <Figure
        id="refunded"
        label="Paid back"
        value={amountText(order.refunded_total, currency)}
        unit={currency}
        how="The sum of the refunds and disputes in the ledger of payments."
        href="#payments"
      />
      <Figure
        id="balance"
        label={order.balance < 0 ? "Paid too much" : "Still owed"}
        value={amountText(Math.abs(order.balance), currency)}
        unit={currency}
        {...(order.balance === 0 ? {} : { tone: "warn" as const })}
        how="What the order is worth without its canceled units, less what is captured or authorized, plus what was paid back."
        href="#payments"
      />
    </Figures>
  );
}

function Customer({ order }: { order: OrderDetailView }) {
  const { customer, shipping_address: address } = order;
  const facts: ReadonlyArray<readonly [string, string | null | undefined]> = [
    ["Name", customer?.name],
    ["E-mail", customer?.email],
    ["Phone", customer?.phone],
    ["Ships to", addressText(address)],
    ["Shipping", order.shipping_method],
    ["Channel's number", order.external_id],
    ["Hold", order.hold],
    ["Buyer", order.buyer],
    ["Canceled because", order.cancel_reason],
    ["Order id", order.id],
    ...Object.entries(order.metadata),
  ];
  return (
    <section class="card">
      <h2>Customer and facts</h2>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== "")
          .map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
      </dl>
      {customer?.email == null ? null : (
        <p>
          <a href={`${ORDERS_PATH}?q=${encodeURIComponent(customer.email)}`}>All orders of this customer</a>
        </p>
      )}
    </section>
  );
}

function addressText(address: OrderDetailView["shipping_address"]): string {
  if (address === null) return "";
  const { name, line1, line2, postal_code, city, region, country } = address;
  return [name, line1, line2, [postal_code, city].filter(Boolean).join(" "), region, country]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}
