import type { FC } from "hono/jsx";

import { problem } from "../../../../contract/problem.ts";
import { stockOperations, type StockView } from "../../../../contract/stock.ts";
import { Confirm, Field, Form, Select } from "../../components/form.tsx";
import type { SentForm } from "../../form.ts";
import { done, failed, type Outcome } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { skuPath } from "./paths.ts";

const kinds = [
  { kind: "received", label: "Receive", field: "Units that came in", min: 1, said: "Received." },
  { kind: "counted", label: "Count", field: "Units that are there", min: 0, said: "Counted." },
  { kind: "transferred", label: "Transfer", field: "Units that move", min: 1, said: "Transferred." },
  { kind: "damaged", label: "Damage", field: "Units that are damaged", min: 1, said: "Noted as damaged." },
  {
    kind: "adjusted",
    label: "Adjust",
    field: "Units more, or with a minus fewer",
    min: undefined,
    said: "Adjusted.",
  },
] as const;

/** One form for each thing that can happen to units. */
export const MovementForms: FC<{
  view: View;
  sku: string;
  codes: ReadonlyArray<string>;
  report: StockView;
}> = ({ view, sku, codes, report }) => {
  const options = codes.map((code) => ({ value: code, label: code }));
  if (codes.length === 0) return null;
  return (
    <div class="row actions" role="group" aria-label="What can be done">
      {kinds
        .filter(({ kind }) => kind !== "transferred" || codes.length > 1)
        .map(({ kind, label, field, min }) => (
          <Confirm label={label}>
            <Form view={view} action={`${skuPath(sku)}/movements`}>
              <input type="hidden" name="kind" value={kind} />
              <div class="grid">
                <Select
                  label={kind === "transferred" ? "From" : "Location"}
                  name="location"
                  id={`${kind}-at`}
                  options={options}
                />
                {kind === "transferred" ? (
                  <Select label="To" name="to_location" options={options} value={codes[1]} />
                ) : null}
                <Field
                  label={field}
                  name="quantity"
                  id={`${kind}-units`}
                  type="number"
                  required
                  {...(min === undefined ? {} : { min })}
                />
                <Field label="Why" name="reason" id={`${kind}-why`} maxlength={200} />
              </div>
              <button class="main">{label}</button>
            </Form>
          </Confirm>
        ))}
      <Confirm label="Safety stock">
        <Form view={view} action={`${skuPath(sku)}/safety`}>
          <p class="hint">Units that a location keeps back from sale.</p>
          <div class="grid">
            <Select label="Location" name="location" id="safety-at" options={options} />
            <Field
              label="Units"
              name="quantity"
              id="safety-units"
              type="number"
              min={0}
              required
              value={report.locations[0]?.safety_stock ?? 0}
            />
          </div>
          <button class="main">Keep back</button>
        </Form>
      </Confirm>
    </div>
  );
};

export async function move(view: View, form: SentForm, key: string): Promise<Outcome> {
  const sku = view.params["sku"] ?? "";
  const found = kinds.find(({ kind }) => kind === form.text("kind"));
  if (found === undefined) return { problem: problem("request_invalid") };
  const reason = form.optional("reason");
  const common = {
    sku,
    location: form.text("location"),
    quantity: Number(form.text("quantity") || "NaN"),
    ...(reason === undefined ? {} : { reason }),
  };
  const movement =
    found.kind === "transferred"
      ? { ...common, kind: found.kind, to_location: form.text("to_location") }
      : { ...common, kind: found.kind };
  const moved = await view.ask(stockOperations.moveStock, { body: { movements: [movement] }, key });
  if (!moved.ok) return failed(skuPath(sku), moved.error);
  const [result] = moved.value.results;
  if (result === undefined || !result.ok) {
    return failed(skuPath(sku), result === undefined ? problem("unavailable") : result.problem);
  }
  return done(skuPath(sku), `${found.said} ${result.stock.available} are available.`);
}

export async function keepBack(view: View, form: SentForm): Promise<Outcome> {
  const sku = view.params["sku"] ?? "";
  const kept = await view.ask(stockOperations.setSafetyStock, {
    params: { sku, location: form.text("location") },
    body: { safety_stock: Number(form.text("quantity") || "NaN") },
  });
  return kept.ok
    ? done(skuPath(sku), `${kept.value.available} are available.`)
    : failed(skuPath(sku), kept.error);
}
