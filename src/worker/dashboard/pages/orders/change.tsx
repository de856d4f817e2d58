import type { FC } from "hono/jsx";
import type * as z from "zod";

import { orderChangeOperations, type OrderChangeView } from "../../../../contract/order-changes.ts";
import { problem, type Problem } from "../../../../contract/problem.ts";
import { findChange } from "../../../../db/order-changes.ts";
import { readOrder, type OrderAggregate } from "../../../../db/orders.ts";
import type { ChangeAction } from "../../../../domain/orders/change.ts";
import { CheckBox, Confirm, Field, Form, Select } from "../../components/form.tsx";
import { amountText, moneyField, moneyText, readMoney } from "../../components/money.tsx";
import { Badge, Figure, Figures } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { problemText } from "../../problem-text.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { addressBody, AddressFields } from "./address.tsx";
import { orderPath } from "./paths.ts";

export async function beginChange(view: View, form: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const reason = form.optional("change_reason");
  const begun = await view.ask(orderChangeOperations.beginChange, {
    params: { id },
    body: reason === undefined ? {} : { reason },
    key,
  });
  return begun.ok ? { to: changePath(id, begun.value.id) } : failed(orderPath(id), begun.error);
}

/** A change that is being put together: what is staged, what it comes to, what else can be staged. */
export async function showChange(view: View): Promise<Shown> {
  const { id = "", change: changeId = "" } = view.params;
  const [aggregate, read] = await Promise.all([
    readOrder(view.services.db, id),
    view.ask(orderChangeOperations.getChange, { params: { id, change: changeId } }),
  ]);
  if (aggregate === null) return { problem: problem("not_found") };
  const refusal = read.ok ? null : read.error;
  if (refusal?.code === "not_found") return { problem: refusal };
  const change = read.ok ? read.value : null;
  const staged = await findChange(view.services.db, changeId);
  const actions = staged?.actions ?? [];
  const isOpen = staged?.status === "pending";
  return {
    title: `Change of order #${aggregate.order.number}`,
    body: (
      <>
        <p class="crumb">
          <a href={orderPath(id)}>Order #{aggregate.order.number}</a>
        </p>
        {refusal === null ? null : <Refused refusal={refusal} />}
        {isOpen ? null : (
          <p>
            <Badge status={staged?.status ?? "canceled"} /> It is over; nothing can be staged any more.
          </p>
        )}
        {change?.preview == null ? null : (
          <Preview preview={change.preview} currency={aggregate.order.currency} />
        )}
        <Staged view={view} aggregate={aggregate} changeId={changeId} actions={actions} isOpen={isOpen} />
        {isOpen ? <Stages view={view} aggregate={aggregate} changeId={changeId} /> : null}
        {isOpen ? (
          <Endings view={view} orderId={id} changeId={changeId} isEmpty={actions.length === 0} />
        ) : null}
      </>
    ),
  };
}

/** Adds to what is staged, or takes one thing out of it. All of it is staged anew, so that the preview is of the whole. */
export async function stage(view: View, form: SentForm): Promise<Outcome> {
  const { id = "", change = "" } = view.params;
  const [aggregate, row] = await Promise.all([
    readOrder(view.services.db, id),
    findChange(view.services.db, change),
  ]);
  if (aggregate === null || row === null || row.orderId !== id) return { problem: problem("not_found") };
  const dropped = form.optional("drop");
  const added = dropped === undefined ? actionOf(form, aggregate) : null;
  if (dropped === undefined && added === null) {
    return {
      to: changePath(id, change),
      flash: {
        kind: "failed",
        text: `Say what changes; amounts are in ${aggregate.order.currency}, such as 9.90.`,
      },
    };
  }
  const kept = row.actions.filter((_, index) => String(index) !== dropped);
  const staged = await view.ask(orderChangeOperations.stageChange, {
    params: { id, change },
    // What was staged before fitted the schema then.
    body: { actions: [...kept, ...(added === null ? [] : [added])] as Staging },
  });
  return staged.ok ? { to: changePath(id, change) } : failed(changePath(id, change), staged.error);
}

export async function confirmChange(view: View, form: SentForm, key: string): Promise<Outcome> {
  const { id = "", change = "" } = view.params;
  const confirmed = await view.ask(orderChangeOperations.confirmChange, {
    params: { id, change },
    body: {
      refund: !form.isOn("keep_money"),
      on_balance: form.text("on_balance") === "ship" ? "ship" : "hold",
    },
    key,
  });
  return confirmed.ok
    ? done(orderPath(id), "The order is changed.")
    : failed(changePath(id, change), confirmed.error);
}

export async function dropChange(view: View): Promise<Outcome> {
  const { id = "", change = "" } = view.params;
  const dropped = await view.ask(orderChangeOperations.dropChange, { params: { id, change } });
  if (!dropped.ok) return failed(changePath(id, change), dropped.error);
  return done(orderPath(id), "The change is given up; the order is as it was.");
}

function changePath(id: string, change: string): string {
  return `${orderPath(id)}/changes/${encodeURIComponent(change)}`;
}

type Staging = z.input<typeof orderChangeOperations.stageChange.body>["actions"];

/** What the schemas of the operation make of it is said by the operation; null where a field cannot be read at all. */
function actionOf(form: SentForm, { order }: OrderAggregate) {
  const amount = readMoney(form.text("amount"), order.currency);
  const line = form.text("line");
  const quantity = Number(form.text("quantity") || "1");
  switch (form.text("type")) {
    case "add_line":
      return {
        type: "add_line" as const,
        sku: form.text("sku"),
        quantity,
        ...(amount === null ? {} : { unit_price: amount }),
      };
    case "remove_units":
      return { type: "remove_units" as const, line, quantity };
    case "set_price":
      return amount === null ? null : { type: "set_price" as const, line, unit_price: amount };
    case "add_discount":
      return amount === null ? null : { type: "add_discount" as const, amount };
    case "set_shipping":
      return amount === null ? null : { type: "set_shipping" as const, amount };
    case "set_address":
      return { type: "set_address" as const, address: addressBody(form) };
    default:
      return null;
  }
}

function describe(action: ChangeAction, { order, lines }: OrderAggregate): string {
  const money = (amount: number) => moneyText(amount, order.currency);
  const titleOf = (id: string) => lines.find((line) => line.id === id)?.title ?? id;
  switch (action.type) {
    case "add_line":
      return `Add ${action.quantity} × ${action.sku}${action.unit_price === undefined ? "" : ` at ${money(action.unit_price)}`}`;
    case "remove_units":
      return `Take ${action.quantity} × ${titleOf(action.line)} out`;
    case "set_price":
      return `${titleOf(action.line)} costs ${money(action.unit_price)}`;
    case "add_discount":
      return `A discount of ${money(action.amount)}`;
    case "set_shipping":
      return `Shipping costs ${money(action.amount)}`;
    case "set_address":
      return `Ship to ${action.address.name ?? ""}, ${action.address.line1 ?? ""}, ${action.address.city ?? ""}`;
  }
}

const Refused: FC<{ refusal: Problem }> = ({ refusal }) => (
  <p class="flash failed" role="alert">
    {problemText(refusal)}
  </p>
);

const Preview: FC<{ preview: NonNullable<OrderChangeView["preview"]>; currency: string }> = ({
  preview,
  currency,
}) => {
  const money = (amount: number) => moneyText(amount, currency);
  return (
    <Figures label="What the change comes to">
      <Figure
        id="before"
        label="Worth before"
        value={amountText(preview.value_before, currency)}
        unit={currency}
        how="The order's total without its canceled units, as it is now."
      />
      <Figure
        id="after"
        label="Worth after"
        value={amountText(preview.value_after, currency)}
        unit={currency}
        how={`Subtotal ${money(preview.subtotal)} − discount ${money(preview.discount_total)} + shipping ${money(preview.shipping_total)} + tax ${money(preview.tax_total)}, without canceled units.`}
      />
      <Figure
        id="refund"
        label="Goes back"
        value={amountText(preview.refund, currency)}
        unit={currency}
        how="What would be captured and no longer owed."
      />
      <Figure
        id="owed"
        label="Still owed"
        value={amountText(preview.owed, currency)}
        unit={currency}
        {...(preview.owed > 0 ? { tone: "warn" as const } : {})}
        how="What would be owed and neither captured nor authorized."
      />
    </Figures>
  );
};

const Staged: FC<{
  view: View;
  aggregate: OrderAggregate;
  changeId: string;
  actions: ReadonlyArray<ChangeAction>;
  isOpen: boolean;
}> = ({ view, aggregate, changeId, actions, isOpen }) => (
  <section class="card">
    <h2>Staged</h2>
    {actions.length === 0 ? (
      <p class="soft">Nothing yet.</p>
    ) : (
      <Table
        caption="What would change"
        columns={[
          { label: "Change", cell: ({ text }: { text: string; index: number }) => text },
          {
            label: "Steps",
            cell: ({ text, index }) =>
              isOpen ? (
                <Form
                  view={view}
                  action={changePath(aggregate.order.id, changeId)}
                  class="inline"
                  label={text}
                >
                  <input type="hidden" name="drop" value={String(index)} />
                  <button class="small">Take out</button>
                </Form>
              ) : null,
          },
        ]}
        rows={actions.map((action, index) => ({ text: describe(action, aggregate), index }))}
      />
    )}
  </section>
);

const Stages: FC<{ view: View; aggregate: OrderAggregate; changeId: string }> = ({
  view,
  aggregate,
  changeId,
}) => {
  const { order, lines } = aggregate;
  const action = changePath(order.id, changeId);
  const lineOptions = lines.map(({ id, title, sku, quantity }) => ({
    value: id,
    label: `${title} (${sku}, ${quantity})`,
  }));
  const amountOf = (label: string, id: string, value?: number) => (
    <Field
      label={`${label}, in ${order.currency}`}
      name="amount"
      id={id}
      {...(value === undefined ? {} : { value: moneyField(value, order.currency) })}
    />
  );
  const stage = (label: string, type: string, fields: unknown) => (
    <Confirm label={label}>
      <Form view={view} action={action}>
        <input type="hidden" name="type" value={type} />
        {fields as never}
        <button class="main">Stage it</button>
      </Form>
    </Confirm>
  );
  return (
    <div class="row actions" role="group" aria-label="What can be staged">
      {stage(
        "Add items",
        "add_line",
        <div class="grid">
          <Field label="SKU" name="sku" id="add-sku" required maxlength={64} />
          <Field label="Units" name="quantity" id="add-units" type="number" min={1} value={1} />
          {amountOf("Price, if not the catalogue's", "add-price")}
        </div>,
      )}
      {stage(
        "Take units out",
        "remove_units",
        <div class="grid">
          <Select label="Line" name="line" id="out-line" options={lineOptions} />
          <Field label="Units" name="quantity" id="out-units" type="number" min={1} value={1} />
        </div>,
      )}
      {stage(
        "Price",
        "set_price",
        <div class="grid">
          <Select label="Line" name="line" id="price-line" options={lineOptions} />
          {amountOf("Price of one", "price-amount")}
        </div>,
      )}
      {stage("Discount", "add_discount", amountOf("Discount on the order", "discount-amount"))}
      {stage("Shipping", "set_shipping", amountOf("Shipping", "shipping-amount", order.shippingTotal))}
      {stage("Address", "set_address", <AddressFields address={order.shippingAddress} />)}
    </div>
  );
};

const Endings: FC<{ view: View; orderId: string; changeId: string; isEmpty: boolean }> = ({
  view,
  orderId,
  changeId,
  isEmpty,
}) => (
  <div class="columns">
    {isEmpty ? null : (
      <Form view={view} action={`${changePath(orderId, changeId)}/confirm`} class="card">
        <h2>Change the order as staged</h2>
        <CheckBox label="Keep what was paid too much" name="keep_money" />
        <Select
          label="If more is owed then"
          name="on_balance"
          options={[
            { value: "hold", label: "it waits for the payment" },
            { value: "ship", label: "it goes on" },
          ]}
        />
        <button class="main">Confirm the change</button>
      </Form>
    )}
    <Form view={view} action={`${changePath(orderId, changeId)}/drop`} class="card">
      <h2>Give it up</h2>
      <p class="soft">The order stays as it is. What was held for the change is for sale again.</p>
      <button class="danger">Give the change up</button>
    </Form>
  </div>
);
