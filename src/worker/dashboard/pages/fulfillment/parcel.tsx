import { fulfillmentOperations } from "../../../../contract/fulfillment.ts";
import { trackingStatuses } from "../../../../domain/fulfillment/fulfillment.ts";
import { Confirm, Field, Form, Select } from "../../components/form.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "../orders/paths.ts";
import { assignmentPath, FULFILLMENT_PATH, parcelPath } from "./paths.ts";
import { FulfillmentTabs } from "./work.tsx";

/** A parcel, its papers and its way. */
export async function showParcel(view: View): Promise<Shown> {
  const read = await view.ask(fulfillmentOperations.getShipment, { params: { id: view.params["id"] ?? "" } });
  if (!read.ok) return { problem: read.error };
  const parcel = read.value;
  const print = (what: string, label: string) => (
    <a class="button" href={`${FULFILLMENT_PATH}/print/${what}/${encodeURIComponent(parcel.id)}`}>
      {label}
    </a>
  );
  const may = view.can("fulfillment:write");
  return {
    title: `Parcel ${parcel.id.slice(-8)}`,
    body: (
      <>
        <FulfillmentTabs view={view} />
        <div class="row">
          <Badge status={parcel.status} />
          <a href={assignmentPath(parcel.fulfillment_order)}>Its assignment</a>
          <a href={orderPath(parcel.order)}>Its order</a>
        </div>
        <div class="row actions" role="group" aria-label="What can be done">
          {print("packing-slip", "Print the packing slip")}
          {parcel.labeled_at === null ? null : print("label", "Print the label")}
          {parcel.labeled_at !== null && parcel.carrier === "manual"
            ? print("label-zpl", "Label for a label printer")
            : null}
          {may && parcel.labeled_at === null && parcel.status !== "canceled" ? (
            <Form view={view} action={`${parcelPath(parcel.id)}/label`} class="inline">
              <button class="main">Buy the label</button>
            </Form>
          ) : null}
          {may && parcel.shipped_at !== null ? (
            <Confirm label="Note what happened to it">
              <Form view={view} action={`${parcelPath(parcel.id)}/track`}>
                <div class="grid">
                  <Select
                    label="What"
                    name="status"
                    value="delivered"
                    options={trackingStatuses.map((status) => ({
                      value: status,
                      label: status.replaceAll("_", " "),
                    }))}
                  />
                  <Field label="Said" name="message" maxlength={500} />
                </div>
                <button class="main">Note it</button>
              </Form>
            </Confirm>
          ) : null}
        </div>
        <section class="card">
          <h2>Parcel</h2>
          <dl class="facts">
            <dt>Carrier</dt>
            <dd>{[parcel.carrier, parcel.service].filter((text) => text !== null).join(", ")}</dd>
            <dt>Tracking number</dt>
            <dd>
              <code>{parcel.tracking_number ?? "none yet"}</code>
            </dd>
            <dt>On its way</dt>
            <dd>{parcel.tracking_status.replaceAll("_", " ")}</dd>
            <dt>Weight</dt>
            <dd>{parcel.weight_grams === null ? "–" : `${parcel.weight_grams} g`}</dd>
            <dt>Label bought</dt>
            <dd>
              <Time at={parcel.labeled_at} />
            </dd>
            <dt>Left</dt>
            <dd>
              <Time at={parcel.shipped_at} />
            </dd>
            <dt>Delivered</dt>
            <dd>
              <Time at={parcel.delivered_at} />
            </dd>
          </dl>
        </section>
        {parcel.tracking.length === 0 ? null : (
          <section class="card">
            <h2>Its way</h2>
            <Table
              caption="What the carrier told, oldest first"
              columns={[
                { label: "When", cell: ({ occurred_at }) => <Time at={occurred_at} /> },
                { label: "What", cell: ({ status }) => status.replaceAll("_", " ") },
                { label: "Said", cell: ({ message }) => message ?? "–" },
              ]}
              rows={parcel.tracking}
            />
          </section>
        )}
      </>
    ),
  };
}

export async function buyLabel(view: View, _: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const bought = await view.ask(fulfillmentOperations.buyLabel, { params: { id }, key });
  return bought.ok ? done(parcelPath(id), "The label is there.") : failed(parcelPath(id), bought.error);
}

export async function track(view: View, form: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const message = form.optional("message");
  const told = await view.ask(fulfillmentOperations.trackShipment, {
    params: { id },
    body: {
      status: trackingStatuses.find((status) => status === form.text("status")) ?? "unknown",
      occurred_at: new Date(view.nowMs).toISOString(),
      ...(message === undefined ? {} : { message }),
    },
    key,
  });
  return told.ok ? done(parcelPath(id), "It is noted.") : failed(parcelPath(id), told.error);
}
