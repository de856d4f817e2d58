import type { FC } from "hono/jsx";

import { orderOperations } from "../../../../contract/orders.ts";
import { problem } from "../../../../contract/problem.ts";
import { readOrder, type OrderAggregate } from "../../../../db/orders.ts";
import { cancelReasons, checkCancel, paymentUndo } from "../../../../domain/orders/cancel.ts";
import { planChange } from "../../../use-cases/confirm-change.ts";
import { pendingParts } from "../../../use-cases/settle-payment.ts";
import { CheckBox, Field, Form, Select } from "../../components/form.tsx";
import { moneyText } from "../../components/money.tsx";
import type { SentForm } from "../../form.ts";
import { problemText } from "../../problem-text.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "./paths.ts";
import { fromForm, fromQuery, unitsOf, type Units } from "./units.ts";

/** Says what a cancel would give back, in money and in stock, before anything is canceled. */
export async function showCancel(view: View): Promise<Shown> {
  const aggregate = await readOrder(view.services.db, view.params["id"] ?? "");
  if (aggregate === null) return { problem: problem("not_found") };
  const { order } = aggregate;
  const isAsked = view.query("reason") !== undefined;
  const units = unitsOf(aggregate.lines, fromQuery(view));
  const consequences = isAsked ? await consequencesOf(view, aggregate, units) : null;
  return {
    title: `Cancel order #${order.number}`,
    body: (
      <>
        <p class="crumb">
          <a href={orderPath(order.id)}>Order #{order.number}</a>
        </p>
        {consequences === null ? null : "refused" in consequences ? (
          <p class="flash failed" role="alert">
            {consequences.refused}
          </p>
        ) : (
          <section class="card preview" aria-label="Preview">
            <h2>
              {units.length === 0 ? "All of the order would be canceled" : "These units would be canceled"}
            </h2>
            <ul>
              {consequences.told.map((line) => (
                <li>{line}</li>
              ))}
            </ul>
            <Form view={view} action={`${orderPath(order.id)}/cancel`}>
              {[...new URL(view.path, "https://holdfast.invalid").searchParams].map(([name, value]) => (
                <input type="hidden" name={name} value={value} />
              ))}
              <input type="hidden" name="version" value={`"${order.version}"`} />
              <button class="danger">{units.length === 0 ? "Cancel the order" : "Cancel these units"}</button>
            </Form>
          </section>
        )}
        <CancelForm view={view} aggregate={aggregate} />
      </>
    ),
  };
}

export async function cancel(view: View, form: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const aggregate = await readOrder(view.services.db, id);
  if (aggregate === null) return { problem: problem("not_found") };
  const units = unitsOf(aggregate.lines, fromForm(form));
  const canceled = await view.ask(orderOperations.cancelOrder, {
    params: { id },
    body: {
      reason: cancelReasons.find((reason) => reason === form.text("reason")) ?? "other",
      restock: !form.isOn("write_off"),
      refund: !form.isOn("keep_money"),
      notify: !form.isOn("quietly"),
      ...(units.length === 0 ? {} : { lines: [...units] }),
    },
    key,
    ifMatch: form.text("version"),
  });
  if (!canceled.ok) return failed(orderPath(id), canceled.error);
  return done(orderPath(id), units.length === 0 ? "The order is canceled." : "The units are canceled.");
}

type Consequences = { readonly refused: string } | { readonly told: ReadonlyArray<string> };

async function consequencesOf(view: View, aggregate: OrderAggregate, units: Units): Promise<Consequences> {
  const { order, lines } = aggregate;
  const keepsMoney = view.query("keep_money") !== undefined;
  const money = (amount: number) => moneyText(amount, order.currency);
  if (units.length > 0) {
    const actions = units.map((one) => ({ type: "remove_units" as const, ...one }));
    const plan = await planChange(view.services, aggregate, actions);
    if (!plan.ok) return { refused: problemText(plan.error) };
    const { valueBefore, valueAfter } = plan.value.changed;
    return {
      told: [
        `${units.reduce((sum, { quantity }) => sum + quantity, 0)} units are for sale again.`,
        `The order is then worth ${money(valueAfter)} instead of ${money(valueBefore)}.`,
        keepsMoney || plan.value.refund === 0
          ? "Nothing is paid back."
          : `${money(plan.value.refund)} is paid back.`,
      ],
    };
  }
  const check = checkCancel(order.status, lines);
  if (!check.ok) return { refused: problemText(problem(check.error.code, { because: check.error.because })) };
  const steps = paymentUndo(aggregate.transactions, pendingParts(aggregate));
  const wanted = lines.reduce((sum, { quantity, canceledQuantity }) => sum + quantity - canceledQuantity, 0);
  return {
    told: [
      view.query("write_off") === undefined
        ? `${wanted} units are for sale again.`
        : `Of ${wanted} units, those that a location has set aside are written off as damaged.`,
      ...(keepsMoney
        ? ["No money moves."]
        : steps.length === 0
          ? ["There is no money to give back."]
          : steps.map(({ kind, amount, provider, reference }) =>
              kind === "void"
                ? `The authorization ${reference} at ${provider} over ${money(amount)} is voided.`
                : `${money(amount)} of ${reference} at ${provider} is paid back.`,
            )),
      view.query("quietly") === undefined ? "The customer is told." : "The customer is not told.",
    ],
  };
}

const CancelForm: FC<{ view: View; aggregate: OrderAggregate }> = ({ view, aggregate }) => (
  <form method="get" action={`${orderPath(aggregate.order.id)}/cancel`} class="card">
    <h2>What is to be canceled</h2>
    <p class="hint">Without units, all of the order.</p>
    <div class="grid">
      {aggregate.lines.map(({ id, title, sku, quantity, fulfilledQuantity, canceledQuantity }) => (
        <Field
          label={`${title}: units`}
          hint={`${sku}, ${quantity - fulfilledQuantity - canceledQuantity} not sent`}
          name={`units:${id}`}
          type="number"
          min={0}
          max={quantity - fulfilledQuantity - canceledQuantity}
          value={view.query(`units:${id}`) ?? "0"}
        />
      ))}
      <Select
        label="Why"
        name="reason"
        value={view.query("reason") ?? "customer"}
        options={cancelReasons.map((reason) => ({ value: reason, label: reason }))}
      />
    </div>
    <CheckBox
      label="Keep the money"
      name="keep_money"
      checked={view.query("keep_money") !== undefined}
      hint="Nothing is voided or paid back."
    />
    <CheckBox
      label="Write the units off"
      name="write_off"
      checked={view.query("write_off") !== undefined}
      hint="What a location has set aside counts as damaged. Of whole orders only."
    />
    <CheckBox label="Do not tell the customer" name="quietly" checked={view.query("quietly") !== undefined} />
    <button class="main">See what it comes to</button>
  </form>
);
