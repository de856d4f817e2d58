import type { FC } from "hono/jsx";

import type { OrderDetailView } from "../../../../contract/orders.ts";
import { returnReasons } from "../../../../domain/returns/return.ts";
import { CheckBox, Confirm, Field, Form, Select } from "../../components/form.tsx";
import type { View } from "../../view.ts";
import type { OrderFacts } from "./facts.ts";
import { orderPath } from "./paths.ts";

/** What can be done with the order as a whole. */
export const OrderActions: FC<{
  view: View;
  order: OrderDetailView;
  facts: OrderFacts;
  hasChange: boolean;
}> = ({ view, order, facts, hasChange }) => {
  const path = orderPath(order.id);
  const { canHold, canRelease, canChange, canCancel } = facts;
  if (!canHold && !canRelease && !canChange && !canCancel) return null;
  return (
    <div class="row actions" role="group" aria-label="What can be done">
      {canHold ? (
        <Confirm label="Put on hold">
          <Form view={view} action={`${path}/hold`}>
            <Field
              label="Why"
              name="hold_reason"
              required
              maxlength={200}
              hint="Nothing of it is routed, picked or sent until it is released."
            />
            <button class="main">Put on hold</button>
          </Form>
        </Confirm>
      ) : null}
      {canRelease ? (
        <Form view={view} action={`${path}/release`} class="inline">
          <button class="main">Release</button>
        </Form>
      ) : null}
      {canChange && !hasChange ? (
        <Confirm label="Change">
          <Form view={view} action={`${path}/changes`}>
            <Field
              label="Why"
              name="change_reason"
              maxlength={200}
              hint="You then say what changes, and see what it comes to before anything does."
            />
            <button class="main">Begin a change</button>
          </Form>
        </Confirm>
      ) : null}
      {canCancel ? (
        <a class="button danger" href={`${path}/cancel`}>
          Cancel…
        </a>
      ) : null}
    </div>
  );
};

/** Units that were sent, to be taken back. */
export const ReturnRequestForm: FC<{ view: View; order: OrderDetailView }> = ({ view, order }) => (
  <Confirm label="Take units back">
    <Form view={view} action={`${orderPath(order.id)}/returns`}>
      {order.lines
        .filter(({ fulfilled, returned }) => fulfilled > returned)
        .map(({ id, sku, title, fulfilled, returned }) => (
          <div class="grid">
            <Field
              label={`${title} (${sku}), units`}
              name={`units:${id}`}
              type="number"
              min={0}
              max={fulfilled - returned}
              value={0}
            />
            <Select
              label="Why"
              name={`why:${id}`}
              options={returnReasons.map((reason) => ({ value: reason, label: reason.replaceAll("_", " ") }))}
            />
          </div>
        ))}
      <CheckBox
        label="A claim"
        name="claim"
        hint="Settled without the goods coming back: lost, or not worth sending."
      />
      <Field
        label="Why although the policy does not allow it"
        name="exception"
        maxlength={200}
        hint="Only where the window is over or the sale was final."
      />
      <button class="main">Ask for the return</button>
    </Form>
  </Confirm>
);
