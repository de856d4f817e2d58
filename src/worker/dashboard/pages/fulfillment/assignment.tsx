import type { FC } from "hono/jsx";

import { catalogueOperations } from "../../../../contract/catalogue.ts";
import { fulfillmentOperations, type FulfillmentOrderView } from "../../../../contract/fulfillment.ts";
import { problem } from "../../../../contract/problem.ts";
import { rejectionReasons } from "../../../../domain/fulfillment/fulfillment.ts";
import { Confirm, Field, Form, Select } from "../../components/form.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "../orders/paths.ts";
import { fromForm, unitsOf } from "../orders/units.ts";
import { skuPath } from "../stock/paths.ts";
import { assignmentPath, FULFILLMENT_PATH, parcelPath, pickListsPath } from "./paths.ts";
import { RouteTrace } from "./trace.tsx";
import { FulfillmentTabs } from "./work.tsx";

/** What one location sends of an order, why this location, and each step that is left to do. */
export async function showAssignment(view: View): Promise<Shown> {
  const read = await view.ask(fulfillmentOperations.getFulfillmentOrder, {
    params: { id: view.params["id"] ?? "" },
  });
  if (!read.ok) return { problem: read.error };
  const found = read.value;
  return {
    title: `Assignment ${found.id.slice(-8)}`,
    body: (
      <>
        <FulfillmentTabs view={view} />
        <div class="row">
          <Badge status={found.status} />
          {found.location === null ? (
            <span class="soft">no location yet</span>
          ) : (
            <a href={pickListsPath(found.location)}>{found.location}</a>
          )}
          <a href={orderPath(found.order)}>Its order</a>
          <span class="soft">
            since <Time at={found.created_at} />
          </span>
        </div>
        {found.rejected_reason === null ? null : (
          <p class="notice">Given back: {found.rejected_reason.replaceAll("_", " ")}</p>
        )}
        {view.can("fulfillment:write") ? await Steps({ view, found }) : null}
        <section class="card">
          <h2>Units</h2>
          <Table
            caption="What is to be sent"
            columns={[
              {
                label: "SKU",
                cell: ({ sku }) => (
                  <a href={skuPath(sku)}>
                    <code>{sku}</code>
                  </a>
                ),
              },
              { label: "Units", cell: ({ quantity }) => quantity, isNumber: true },
            ]}
            rows={found.lines}
          />
        </section>
        {found.shipments.length === 0 ? null : (
          <section class="card">
            <h2>Parcels</h2>
            <Table
              caption="Parcels of it"
              columns={[
                {
                  label: "Parcel",
                  cell: ({ id }) => (
                    <a href={parcelPath(id)}>
                      <code>{id.slice(-8)}</code>
                    </a>
                  ),
                },
                { label: "State", cell: ({ status }) => <Badge status={status} /> },
                { label: "Tracking", cell: ({ tracking_number }) => <code>{tracking_number ?? "–"}</code> },
                { label: "Left", cell: ({ shipped_at }) => <Time at={shipped_at} /> },
              ]}
              rows={found.shipments}
            />
          </section>
        )}
        {found.trace === null ? null : <RouteTrace trace={found.trace} />}
      </>
    ),
  };
}

async function Steps({ view, found }: { view: View; found: FulfillmentOrderView }) {
  const path = assignmentPath(found.id);
  const isOpen = found.status === "open";
  const isUnderWay = isOpen || found.status === "in_progress";
  const hasLeft = found.shipments.some(({ status }) => status === "shipped" || status === "delivered");
  const canMove = (isUnderWay && !hasLeft) || found.status === "incomplete";
  const list = canMove ? await view.ask(catalogueOperations.listLocations, { query: { limit: 200 } }) : null;
  const others =
    list?.ok === true
      ? list.value.data
          .filter(({ code }) => code !== found.location)
          .map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))
      : [];
  const simple = (step: string, label: string, tone = "") => (
    <Form view={view} action={`${path}/${step}`} class="inline">
      <button class={tone}>{label}</button>
    </Form>
  );
  return (
    <div class="row actions" role="group" aria-label="What can be done">
      {found.pick_list === null ? null : (
        <a class="button" href={`${FULFILLMENT_PATH}/print/pick-list/${encodeURIComponent(found.pick_list)}`}>
          Print the pick list
        </a>
      )}
      {isOpen && found.pick_list !== null ? simple("picked", "Picked", "main") : null}
      {isUnderWay && !hasLeft ? simple("ship", "Pick, label and ship", isOpen ? "" : "main") : null}
      {isOpen ? simple("accept", "Accept") : null}
      {isOpen ? simple("hold", "Hold") : null}
      {found.status === "on_hold" || found.status === "incomplete"
        ? simple("release", "Release", "main")
        : null}
      {isOpen ? <GiveBack view={view} found={found} /> : null}
      {canMove && others.length > 0 ? (
        <Confirm label="Move">
          <Form view={view} action={`${path}/move`}>
            <Select label="To" name="location" options={others} />
            <button class="main">Move it there</button>
          </Form>
        </Confirm>
      ) : null}
    </div>
  );
}

const GiveBack: FC<{ view: View; found: FulfillmentOrderView }> = ({ view, found }) => (
  <Confirm label="Not found, or not from here" tone="danger">
    <Form view={view} action={`${assignmentPath(found.id)}/reject`}>
      <p class="hint">
        Units that were not found go to another location, and what was found is picked here. Without units,
        nothing is sent from here.
      </p>
      <div class="grid">
        {found.lines.map(({ line, sku, quantity }) => (
          <Field
            label={`${sku}: units that are missing`}
            name={`units:${line}`}
            type="number"
            min={0}
            max={quantity}
            value={0}
          />
        ))}
        <Select
          label="Why"
          name="reason"
          options={rejectionReasons.map((reason) => ({ value: reason, label: reason.replaceAll("_", " ") }))}
        />
        <Field label="Note" name="note" maxlength={500} />
      </div>
      <button class="danger">Give back</button>
    </Form>
  </Confirm>
);

/** One step of an assignment. */
export async function assignmentStep(view: View, form: SentForm, key: string): Promise<Outcome> {
  const { id = "", step = "" } = view.params;
  const params = { id };
  const read = await view.ask(fulfillmentOperations.getFulfillmentOrder, { params });
  if (!read.ok) return { problem: read.error };
  const found = read.value;
  const ask = () => {
    switch (step) {
      case "picked":
        return found.pick_list === null
          ? null
          : view.ask(fulfillmentOperations.markPicked, { params: { id: found.pick_list }, key });
      case "ship":
        return view.ask(fulfillmentOperations.shipFulfillmentOrder, { params, key });
      case "accept":
        return view.ask(fulfillmentOperations.acceptFulfillmentOrder, { params, key });
      case "hold":
        return view.ask(fulfillmentOperations.holdFulfillmentOrder, { params, key });
      case "release":
        return view.ask(fulfillmentOperations.releaseFulfillmentOrder, { params, key });
      case "move":
        return view.ask(fulfillmentOperations.moveFulfillmentOrder, {
          params,
          key,
          body: { location: form.text("location") },
        });
      case "reject": {
        const lines = unitsOf(
          found.lines.map(({ line }) => ({ id: line })),
          fromForm(form),
        );
        const note = form.optional("note");
        return view.ask(fulfillmentOperations.rejectFulfillmentOrder, {
          params,
          key,
          body: {
            reason: rejectionReasons.find((reason) => reason === form.text("reason")) ?? "other",
            ...(note === undefined ? {} : { note }),
            ...(lines.length === 0 ? {} : { lines: [...lines] }),
          },
        });
      }
      default:
        return null;
    }
  };
  const asked = await ask();
  if (asked === null) return { problem: problem("not_found") };
  return asked.ok
    ? done(assignmentPath(id), saidOf[step] ?? "Done.")
    : failed(assignmentPath(id), asked.error);
}

const saidOf: Readonly<Record<string, string>> = {
  picked: "The goods are in a carton.",
  ship: "The parcel has left.",
  accept: "The location ships it.",
  hold: "Nobody picks it for now.",
  release: "It goes on.",
  move: "Another location ships it.",
  reject: "What is missing is planned again.",
};
