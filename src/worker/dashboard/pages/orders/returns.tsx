import type { FC } from "hono/jsx";

import { catalogueOperations } from "../../../../contract/catalogue.ts";
import { problem } from "../../../../contract/problem.ts";
import { returnOperations, type ReturnView } from "../../../../contract/returns.ts";
import { returnOutcomes, returnReasons } from "../../../../domain/returns/return.ts";
import { CheckBox, Confirm, Field, Form, Select } from "../../components/form.tsx";
import { readMoney } from "../../components/money.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath, returnPath } from "./paths.ts";
import { netText, Refused, Settlement } from "./settlement.tsx";

export async function requestReturn(view: View, form: SentForm, key: string): Promise<Outcome> {
  const id = view.params["id"] ?? "";
  const lines = [...form.names()].flatMap((name) => {
    const line = name.startsWith("units:") ? name.slice("units:".length) : "";
    const quantity = Number(form.text(name));
    const reason = returnReasons.find((known) => known === form.text(`why:${line}`)) ?? "other";
    return line !== "" && Number.isInteger(quantity) && quantity > 0 ? [{ line, quantity, reason }] : [];
  });
  const exception = form.optional("exception");
  const asked = await view.ask(returnOperations.requestReturn, {
    params: { id },
    body: {
      lines,
      kind: form.isOn("claim") ? "claim" : "return",
      ...(exception === undefined ? {} : { exception }),
    },
    key,
  });
  return asked.ok
    ? done(returnPath(asked.value.id), "The return is asked for.")
    : failed(orderPath(id), asked.error);
}

/** A return, and the steps that its state allows, the settlement with what it comes to beforehand. */
export async function showReturn(view: View): Promise<Shown> {
  const read = await view.ask(returnOperations.getReturn, { params: { id: view.params["id"] ?? "" } });
  if (!read.ok) return { problem: read.error };
  const found = read.value;
  const may = view.can("orders:write");
  return {
    title: found.kind === "claim" ? "Claim" : "Return",
    body: (
      <>
        {found.order === null ? null : (
          <p class="crumb">
            <a href={orderPath(found.order)}>Its order</a>
          </p>
        )}
        <div class="row">
          <Badge status={found.status} />
          <span class="soft">
            asked <Time at={found.created_at} />
          </span>
        </div>
        <section class="card">
          <h2>Units</h2>
          <Table
            caption="What comes back, and what became of it"
            columns={[
              { label: "SKU", cell: ({ sku }) => <code>{sku}</code> },
              { label: "Why", cell: ({ reason }) => reason?.replaceAll("_", " ") ?? "–" },
              { label: "Awaited", cell: ({ quantity }) => quantity, isNumber: true },
              { label: "Received", cell: ({ received }) => received, isNumber: true },
              { label: "For sale again", cell: ({ restocked }) => restocked, isNumber: true },
              { label: "Damaged", cell: ({ damaged }) => damaged, isNumber: true },
              { label: "To be checked", cell: (line) => line.quality_control, isNumber: true },
              { label: "Missing", cell: ({ missing }) => missing, isNumber: true },
            ]}
            rows={found.lines}
          />
        </section>
        {found.settlement === null ? null : (
          <section class="card">
            <h2>Settled: {found.outcome?.replaceAll("_", " ")}</h2>
            <Settlement settlement={found.settlement} />
            {found.exchange_order === null ? null : (
              <p>
                <a href={orderPath(found.exchange_order)}>The order that is sent instead</a>
              </p>
            )}
          </section>
        )}
        {may ? await stepsOf(view, found) : null}
      </>
    ),
  };
}

async function stepsOf(view: View, found: ReturnView) {
  const path = returnPath(found.id);
  const canReceive = ["approved", "in_transit", "received"].includes(found.status) && found.kind === "return";
  const awaited = found.lines.some(({ received, quantity }) => received < quantity);
  const canSettle = found.status === "inspected" || (found.kind === "claim" && found.status === "approved");
  const canCancel = ["requested", "approved", "in_transit"].includes(found.status);
  return (
    <>
      <div class="row actions" role="group" aria-label="What can be done">
        {found.status === "requested" ? <Decide view={view} path={path} /> : null}
        {canReceive && awaited ? (
          <Receive view={view} found={found} locations={await locationsOf(view)} />
        ) : null}
        {found.status === "received" ? <Inspect view={view} found={found} /> : null}
        {canCancel ? (
          <Confirm label="Cancel the return" tone="danger">
            <Form view={view} action={`${path}/cancel`}>
              <p>Nothing of it has arrived. The units can be returned again later.</p>
              <button class="danger">Cancel it</button>
            </Form>
          </Confirm>
        ) : null}
        {found.status === "resolved" ? (
          <Form view={view} action={`${path}/close`} class="inline">
            <button class="main">Put it away</button>
          </Form>
        ) : null}
      </div>
      {canSettle ? await settlingOf(view, found) : null}
    </>
  );
}

async function locationsOf(view: View): Promise<ReadonlyArray<{ value: string; label: string }>> {
  const list = await view.ask(catalogueOperations.listLocations, { query: { limit: 200 } });
  return list.ok
    ? list.value.data.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))
    : [];
}

const Decide: FC<{ view: View; path: string }> = ({ view, path }) => (
  <>
    <Confirm label="Approve">
      <Form view={view} action={`${path}/approve`}>
        <Field
          label="Tracking number of the label that the buyer has"
          name="tracking_number"
          maxlength={100}
          hint="Empty, if there is none."
        />
        <button class="main">Approve it</button>
      </Form>
    </Confirm>
    <Confirm label="Decline" tone="danger">
      <Form view={view} action={`${path}/decline`}>
        <Field label="Why" name="decline_reason" required maxlength={200} />
        <button class="danger">Decline it</button>
      </Form>
    </Confirm>
  </>
);

const Receive: FC<{
  view: View;
  found: ReturnView;
  locations: ReadonlyArray<{ value: string; label: string }>;
}> = ({ view, found, locations }) => (
  <Confirm label="Note what has arrived">
    <Form view={view} action={`${returnPath(found.id)}/receive`}>
      <Select label="Where" name="location" options={locations} />
      <div class="grid">
        {found.lines.map(({ line, sku, quantity, received }) =>
          line === null ? null : (
            <Field
              label={`${sku}: units`}
              name={`units:${line}`}
              type="number"
              min={0}
              max={quantity - received}
              value={quantity - received}
            />
          ),
        )}
      </div>
      <button class="main">They are here</button>
    </Form>
  </Confirm>
);

const Inspect: FC<{ view: View; found: ReturnView }> = ({ view, found }) => (
  <Confirm label="Inspect">
    <Form view={view} action={`${returnPath(found.id)}/inspect`}>
      <p class="hint">
        Each unit that has arrived is for sale again, damaged, or to be checked. The rest of what was awaited
        is missing.
      </p>
      {found.lines.map(({ line, sku, quantity, received }) =>
        line === null ? null : (
          <fieldset class="fields">
            <legend>
              {sku}: {received} of {quantity} arrived
            </legend>
            <div class="grid">
              <Field
                label="For sale again"
                name={`restock:${line}`}
                type="number"
                min={0}
                max={received}
                value={received}
              />
              <Field
                label="Damaged"
                name={`damaged:${line}`}
                type="number"
                min={0}
                max={received}
                value={0}
              />
              <Field
                label="To be checked"
                name={`check:${line}`}
                type="number"
                min={0}
                max={received}
                value={0}
              />
              <Field
                label="Missing"
                name={`missing:${line}`}
                type="number"
                min={0}
                max={quantity}
                value={quantity - received}
              />
            </div>
          </fieldset>
        ),
      )}
      <button class="main">Note it</button>
    </Form>
  </Confirm>
);

/** What one step of a return is, from what was sent. */
export async function returnStep(view: View, form: SentForm, key: string): Promise<Outcome> {
  const { id = "", step = "" } = view.params;
  const params = { id };
  const found = await view.ask(returnOperations.getReturn, { params });
  if (!found.ok) return { problem: found.error };
  const lines = found.value.lines.flatMap(({ line }) => (line === null ? [] : [line]));
  const count = (name: string) => Number(form.text(name) || "0");
  const ask = () => {
    switch (step) {
      case "approve": {
        const tracking = form.optional("tracking_number");
        return view.ask(returnOperations.approveReturn, {
          params,
          key,
          body: tracking === undefined ? {} : { tracking_number: tracking },
        });
      }
      case "decline":
        return view.ask(returnOperations.declineReturn, {
          params,
          key,
          body: { reason: form.text("decline_reason") },
        });
      case "cancel":
        return view.ask(returnOperations.cancelReturn, { params, key, body: {} });
      case "close":
        return view.ask(returnOperations.closeReturn, { params, key, body: {} });
      case "receive":
        return view.ask(returnOperations.receiveReturn, {
          params,
          key,
          body: {
            location: form.text("location"),
            lines: lines
              .map((line) => ({ line, quantity: count(`units:${line}`) }))
              .filter(({ quantity }) => quantity > 0),
          },
        });
      case "inspect":
        return view.ask(returnOperations.inspectReturn, {
          params,
          key,
          body: {
            lines: lines.map((line) => ({
              line,
              restock: count(`restock:${line}`),
              damaged: count(`damaged:${line}`),
              quality_control: count(`check:${line}`),
              missing: count(`missing:${line}`),
            })),
          },
        });
      case "resolve": {
        const body = settlementBody((name) => form.optional(name), form.text("currency"));
        return view.ask(returnOperations.resolveReturn, { params, key, body });
      }
      default:
        return null;
    }
  };
  const asked = await ask();
  if (asked === null) return { problem: problem("not_found") };
  return asked.ok
    ? done(returnPath(id), `The return is ${asked.value.status.replaceAll("_", " ")}.`)
    : failed(returnPath(id), asked.error);
}

function settlementBody(read: (name: string) => string | undefined, currency: string) {
  const outcome = returnOutcomes.find((known) => known === read("outcome")) ?? "refund";
  const sku = read("exchange_sku");
  const amount = (name: string) => {
    const text = read(name);
    const value = text === undefined ? null : readMoney(text, currency);
    return value ?? undefined;
  };
  const [shipping, fee] = [amount("shipping_refund"), amount("return_shipping_fee")];
  return {
    outcome,
    ...(outcome === "exchange" && sku !== undefined
      ? { exchange_lines: [{ sku, quantity: Number(read("exchange_units") ?? "1") }] }
      : {}),
    ...(shipping === undefined ? {} : { shipping_refund: shipping }),
    ...(fee === undefined ? {} : { return_shipping_fee: fee }),
    ...(read("no_fee") === undefined ? {} : { restocking_fee_bps: 0 }),
  };
}

/** The form that asks what a settlement comes to, what it comes to, and the button that settles it so. */
async function settlingOf(view: View, found: ReturnView) {
  const path = returnPath(found.id);
  const isAsked = view.query("outcome") !== undefined;
  const currency = view.query("currency") ?? "";
  const previewed = await view.ask(returnOperations.previewReturn, {
    params: { id: found.id },
    body: isAsked ? settlementBody(view.query, currency) : { outcome: "refund" },
  });
  const asked = new URL(view.path, "https://holdfast.invalid").searchParams;
  return (
    <>
      {previewed.ok ? (
        <section class="card preview" aria-label="Preview">
          <h2>{netText(previewed.value)}</h2>
          <Settlement settlement={previewed.value} />
          <Form view={view} action={`${path}/resolve`}>
            {[...asked].map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <button class="main">Settle it so</button>
          </Form>
        </section>
      ) : (
        <Refused refusal={previewed.error} />
      )}
      <form method="get" action={path} class="card">
        <h2>Settle it in another way</h2>
        <input type="hidden" name="currency" value={previewed.ok ? previewed.value.currency : currency} />
        <div class="grid top-aligned">
          <Select
            label="Outcome"
            name="outcome"
            value={view.query("outcome") ?? "refund"}
            options={returnOutcomes.map((outcome) => ({
              value: outcome,
              label: outcome.replaceAll("_", " "),
            }))}
          />
          <Field
            label="SKU that is sent instead"
            hint="For an exchange"
            name="exchange_sku"
            maxlength={64}
            value={view.query("exchange_sku") ?? ""}
          />
          <Field
            label="Units of it"
            name="exchange_units"
            type="number"
            min={1}
            value={view.query("exchange_units") ?? "1"}
          />
          <Field
            label="Of the shipping goes back"
            name="shipping_refund"
            value={view.query("shipping_refund") ?? ""}
          />
          <Field
            label="Fee for sending it back"
            hint="Empty: the policy's"
            name="return_shipping_fee"
            value={view.query("return_shipping_fee") ?? ""}
          />
        </div>
        <CheckBox label="No restocking fee" name="no_fee" checked={view.query("no_fee") !== undefined} />
        <button>See what it comes to</button>
      </form>
    </>
  );
}
