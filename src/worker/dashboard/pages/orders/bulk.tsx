import type { FC } from "hono/jsx";

import { bulkOperations } from "../../../../contract/bulk.ts";
import type { OrderSummaryView } from "../../../../contract/orders.ts";
import { problem } from "../../../../contract/problem.ts";
import { Confirm, Field, Form } from "../../components/form.tsx";
import { Badge } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath, ORDERS_PATH } from "./paths.ts";

const FORM_ID = "chosen-orders";

/** Chooses an order of the list for {@link BulkActions}. */
export const Choose: FC<{ order: OrderSummaryView }> = ({ order }) => (
  <input
    type="checkbox"
    form={FORM_ID}
    name="chosen"
    value={order.id}
    aria-label={`Choose order #${order.number}`}
  />
);

/** What can be done to every order that is ticked in the list above it. */
export const BulkActions: FC<{ view: View }> = ({ view }) => (
  <Confirm label="With the chosen orders">
    <Form view={view} action={`${ORDERS_PATH}/bulk`} id={FORM_ID}>
      <div class="grid">
        <Field
          label="Tag"
          name="tag"
          maxlength={40}
          pattern="[a-z0-9][a-z0-9._:\-]*"
          hint="For Tag and Untag, such as vip."
        />
        <Field label="Why" name="why" maxlength={200} hint="For Hold." />
      </div>
      <div class="row">
        <button name="do" value="hold">
          Hold
        </button>
        <button name="do" value="release">
          Release
        </button>
        <button name="do" value="tag">
          Tag
        </button>
        <button name="do" value="untag">
          Untag
        </button>
        <button name="do" value="cancel" class="danger">
          Cancel, restock and pay back
        </button>
      </div>
    </Form>
  </Confirm>
);

/** Does it, and says what became of each. */
export async function actOnChosen(view: View, form: SentForm, key: string): Promise<Shown> {
  const ids = [...form.all("chosen")];
  const action = actionOf(form);
  if (ids.length === 0 || action === null) {
    return {
      problem: problem("request_invalid", { detail: "Choose orders, and say what is to be done with them." }),
    };
  }
  const acted = await view.ask(bulkOperations.bulkOrders, { body: { action, ids }, key });
  if (!acted.ok) return { problem: acted.error };
  const { results } = acted.value;
  const done = results.filter(({ ok }) => ok).length;
  return {
    title: `${done} of ${results.length} orders: ${action.do}`,
    body: (
      <>
        <p class="crumb">
          <a href={ORDERS_PATH}>Orders</a>
        </p>
        <Table
          caption="What became of each"
          columns={[
            { label: "Order", cell: ({ order }) => <a href={orderPath(order)}>{order}</a> },
            {
              label: "Outcome",
              cell: ({ ok }) => <Badge status={ok ? "done" : "refused"} tone={ok ? "good" : "bad"} />,
            },
            { label: "Why", cell: ({ reason }) => reason?.replaceAll("_", " ") ?? "–" },
          ]}
          rows={results}
        />
      </>
    ),
  };
}

function actionOf(form: SentForm) {
  const tags = [form.text("tag")];
  switch (form.text("do")) {
    case "hold":
      return { do: "hold" as const, reason: form.optional("why") ?? "to be looked at" };
    case "release":
      return { do: "release" as const };
    case "tag":
      return { do: "tag" as const, tags };
    case "untag":
      return { do: "untag" as const, tags };
    case "cancel":
      return { do: "cancel" as const, reason: "staff" as const };
    default:
      return null;
  }
}
