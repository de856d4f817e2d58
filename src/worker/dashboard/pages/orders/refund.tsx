import type { FC } from "hono/jsx";

import { paymentOperations } from "../../../../contract/payments.ts";
import { problem } from "../../../../contract/problem.ts";
import { readOrder, type OrderAggregate } from "../../../../db/orders.ts";
import type { RefundWish } from "../../../../domain/payments/refund.ts";
import { planOrderRefund, refusalProblem, type PlannedRequest } from "../../../use-cases/ask-payment.ts";
import { Field, Form } from "../../components/form.tsx";
import { Money, moneyField, moneyText, readMoney } from "../../components/money.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { problemText } from "../../problem-text.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderFacts } from "./facts.ts";
import { orderPath } from "./paths.ts";
import { fromForm, fromQuery, unitsOf } from "./units.ts";

type Wished =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "wish"; readonly wish: RefundWish };

/** Says what a refund would pay back, and of which payments, before anything is paid. */
export async function showRefund(view: View): Promise<Shown> {
  const aggregate = await readOrder(view.services.db, view.params["id"] ?? "");
  if (aggregate === null) return { problem: problem("not_found") };
  const { order } = aggregate;
  const facts = orderFacts(view, aggregate, 0);
  const wished = wishOf(aggregate, fromQuery(view));
  const planned =
    wished.kind === "wish" ? planOrderRefund(aggregate, wished.wish, view.query("reason") ?? "") : null;
  return {
    title: `Refund of order #${order.number}`,
    body: (
      <>
        <p class="crumb">
          <a href={orderPath(order.id)}>Order #{order.number}</a>
        </p>
        <p class="lead">
          {moneyText(facts.refundable, order.currency)} can be paid back: what was captured, less what was
          paid back or is being paid back. Say units, or an amount; nothing happens before you have seen what
          it comes to.
        </p>
        {wished.kind === "unreadable" ? (
          <p class="flash failed" role="alert">
            This is no amount in {order.currency}.
          </p>
        ) : null}
        {planned?.ok === false ? (
          <p class="flash failed" role="alert">
            {problemText(refusalProblem(planned.error))}
          </p>
        ) : null}
        {planned?.ok === true ? <Preview view={view} aggregate={aggregate} planned={planned.value} /> : null}
        <RefundForm view={view} aggregate={aggregate} />
      </>
    ),
  };
}

export async function refund(view: View, form: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const aggregate = await readOrder(view.services.db, id);
  if (aggregate === null) return { problem: problem("not_found") };
  const { currency } = aggregate.order;
  const wished = wishOf(aggregate, fromForm(form));
  if (wished.kind !== "wish") return failed(orderPath(id), problem("request_invalid"));
  const reason = form.text("reason");
  const body =
    wished.wish.kind === "lines"
      ? { lines: [...wished.wish.lines], shipping: wished.wish.shipping, reason }
      : wished.wish.kind === "amount"
        ? { amount: wished.wish.amount, reason }
        : { reason };
  const asked = await view.ask(paymentOperations.refundOrder, {
    params: { id },
    body,
    key,
    // What was looked at is what is paid back: an order that has changed since is looked at again.
    ifMatch: form.text("version"),
  });
  if (!asked.ok) return failed(orderPath(id), asked.error);
  const request = asked.value.payment_requests.at(-1);
  const amount = moneyText(request?.amount ?? 0, currency);
  return done(
    orderPath(id),
    request?.status === "pending"
      ? `A refund of ${amount} is on its way: the provider is asked until it answers.`
      : `${amount} went back to the buyer.`,
  );
}

function wishOf({ order, lines }: OrderAggregate, read: (name: string) => string | undefined): Wished {
  const units = unitsOf(lines, read);
  const money = (name: string) => {
    const text = read(name);
    return text === undefined ? undefined : readMoney(text, order.currency);
  };
  const [amount, shipping] = [money("amount"), money("shipping")];
  if (amount === null || shipping === null) return { kind: "unreadable" };
  if (units.length > 0)
    return { kind: "wish", wish: { kind: "lines", lines: units, shipping: shipping ?? 0 } };
  return amount === undefined ? { kind: "none" } : { kind: "wish", wish: { kind: "amount", amount } };
}

const RefundForm: FC<{ view: View; aggregate: OrderAggregate }> = ({ view, aggregate }) => {
  const { order, lines } = aggregate;
  return (
    <form method="get" action={`${orderPath(order.id)}/refund`} class="card">
      <h2>What is to be paid back</h2>
      <div class="grid">
        {lines.map(({ id, title, sku, quantity, canceledQuantity }) => (
          <Field
            label={`${title}: units`}
            hint={`${sku}, ${quantity - canceledQuantity} wanted`}
            name={`units:${id}`}
            type="number"
            min={0}
            max={quantity}
            value={view.query(`units:${id}`) ?? "0"}
          />
        ))}
        <Field
          label={`Of the shipping, in ${order.currency}`}
          hint={`${moneyField(order.shippingTotal, order.currency)} was charged`}
          name="shipping"
          value={view.query("shipping") ?? ""}
        />
        <Field
          label={`Or an amount, in ${order.currency}`}
          hint="Without units"
          name="amount"
          value={view.query("amount") ?? ""}
        />
      </div>
      <Field label="Why" name="reason" required maxlength={200} value={view.query("reason") ?? ""} />
      <button class="main">See what it comes to</button>
    </form>
  );
};

const Preview: FC<{ view: View; aggregate: OrderAggregate; planned: PlannedRequest }> = ({
  view,
  aggregate,
  planned,
}) => {
  const { order, lines } = aggregate;
  const { currency } = order;
  const asked = new URL(view.path, "https://holdfast.invalid").searchParams;
  return (
    <section class="card preview" aria-label="Preview">
      <h2>{moneyText(planned.amount, currency)} would go back</h2>
      {planned.lines.length === 0 ? null : (
        <ul>
          {planned.lines.map(({ line, quantity, amount }) => (
            <li>
              {quantity} × {lines.find(({ id }) => id === line)?.title ?? line}:{" "}
              <Money amount={amount} currency={currency} />
            </li>
          ))}
          {planned.shipping === 0 ? null : (
            <li>
              Shipping: <Money amount={planned.shipping} currency={currency} />
            </li>
          )}
        </ul>
      )}
      <Table
        caption="Out of these payments"
        isCaptionShown
        columns={[
          { label: "Provider", cell: ({ provider }) => provider },
          { label: "Payment", cell: ({ reference }) => <code>{reference}</code> },
          {
            label: "Amount",
            cell: ({ amount }) => <Money amount={amount} currency={currency} />,
            isNumber: true,
          },
        ]}
        rows={planned.steps}
      />
      <Form view={view} action={`${orderPath(order.id)}/refund`}>
        {[...asked].map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name="version" value={`"${order.version}"`} />
        <button class="main">Pay {moneyText(planned.amount, currency)} back</button>
      </Form>
    </section>
  );
};
