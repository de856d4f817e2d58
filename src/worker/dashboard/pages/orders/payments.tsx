import type { FC } from "hono/jsx";

import type { OrderDetailView } from "../../../../contract/orders.ts";
import { Confirm, Field, Form, Select } from "../../components/form.tsx";
import { Money, moneyField, moneyText } from "../../components/money.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { View } from "../../view.ts";
import type { OrderFacts } from "./facts.ts";
import { orderPath } from "./paths.ts";

/** The ledger, what is still asked of providers, and what can be done with the money. */
export const Payments: FC<{ view: View; order: OrderDetailView; facts: OrderFacts }> = ({
  view,
  order,
  facts,
}) => (
  <section class="card" id="payments">
    <h2>Payments</h2>
    {order.transactions.length === 0 ? (
      <p class="soft">No money has moved.</p>
    ) : (
      <Table
        caption="The ledger of payments, oldest first"
        columns={[
          { label: "When", cell: ({ occurred_at }) => <Time at={occurred_at} /> },
          { label: "What", cell: ({ kind }) => kind },
          {
            label: "At",
            cell: ({ provider, reference }) => (
              <ProviderReference provider={provider} reference={reference} />
            ),
          },
          {
            label: "Amount",
            cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
            isNumber: true,
          },
        ]}
        rows={order.transactions}
      />
    )}
    {order.payments.length === 0 ? null : (
      <Table
        caption="Payments that go on at their provider"
        isCaptionShown
        columns={[
          {
            label: "At",
            cell: ({ provider, reference }) => (
              <ProviderReference provider={provider} reference={reference} />
            ),
          },
          { label: "State", cell: ({ status }) => <Badge status={status} /> },
          { label: "Waits until", cell: ({ due_at }) => <Time at={due_at} /> },
          {
            label: "Amount",
            cell: ({ amount }) => <Money amount={amount} currency={order.currency} />,
            isNumber: true,
          },
        ]}
        rows={order.payments}
      />
    )}
    {order.payment_requests.length === 0 ? null : (
      <Table
        caption="What was asked to be done"
        isCaptionShown
        columns={[
          { label: "When", cell: ({ created_at }) => <Time at={created_at} /> },
          { label: "What", cell: ({ kind }) => kind },
          { label: "State", cell: ({ status }) => <Badge status={status} /> },
          {
            label: "Why",
            cell: ({ reason, failure }) =>
              [reason, failure].filter((text) => text !== null).join(" · ") || "–",
          },
          {
            label: "Amount",
            cell: ({ amount }) => <Money amount={amount} currency={order.currency} />,
            isNumber: true,
          },
        ]}
        rows={order.payment_requests}
      />
    )}
    <PaymentActions view={view} order={order} facts={facts} />
  </section>
);

const ProviderReference: FC<{ provider: string; reference: string }> = ({ provider, reference }) => (
  <span class="item">
    <span>{provider}</span>
    <code>{reference}</code>
  </span>
);

const PaymentActions: FC<{ view: View; order: OrderDetailView; facts: OrderFacts }> = ({
  view,
  order,
  facts,
}) => {
  const { currency } = order;
  const path = orderPath(order.id);
  if (facts.capturable === 0 && facts.refundable === 0 && !facts.canPay) return null;
  return (
    <div class="row actions">
      {facts.capturable === 0 ? null : (
        <Confirm label="Capture">
          <Form view={view} action={`${path}/capture`}>
            <p>{moneyText(facts.capturable, currency)} is authorized and not captured.</p>
            <div class="grid">
              <Field
                label={`Amount in ${currency}`}
                name="capture_amount"
                value={moneyField(facts.capturable, currency)}
                required
              />
              <Select
                label="The rest"
                name="remainder"
                options={[
                  { value: "keep", label: "can be captured later" },
                  { value: "release", label: "goes back to the buyer now" },
                ]}
              />
            </div>
            <button class="main">Capture now</button>
          </Form>
        </Confirm>
      )}
      {facts.capturable === 0 ? null : (
        <Confirm label="Void" tone="danger">
          <Form view={view} action={`${path}/void`}>
            <p>
              {moneyText(facts.capturable, currency)} is given back to the buyer and cannot be captured any
              more.
            </p>
            <button class="danger">Void the authorization</button>
          </Form>
        </Confirm>
      )}
      {facts.refundable === 0 ? null : (
        <a class="button" href={`${path}/refund`}>
          Refund…
        </a>
      )}
      {facts.canPay ? (
        <Confirm label="Note a payment">
          <Form view={view} action={`${path}/pay`}>
            <p>
              {moneyText(order.balance, currency)} is owed. Noting it says that the money is there: by
              transfer, in cash, on account.
            </p>
            <button class="main">It is paid</button>
          </Form>
        </Confirm>
      ) : null}
    </div>
  );
};
