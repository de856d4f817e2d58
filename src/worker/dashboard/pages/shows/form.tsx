import type { FC } from "hono/jsx";

import { catalogueOperations } from "../../../../contract/catalogue.ts";
import type { Problem } from "../../../../contract/problem.ts";
import { showOperations, type ShowView } from "../../../../contract/shows.ts";
import { dropPolicies } from "../../../../domain/inventory/drop.ts";
import { Field, Form, Select } from "../../components/form.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";

const POLICY_LABELS: Readonly<Record<(typeof dropPolicies)[number], string>> = {
  hold_on_claim: "At the claim",
  hold_on_checkout: "At the checkout",
  first_paid: "To who pays first",
  lottery: "By lottery",
};
const DROP_FIELDS = [
  "sku",
  "quantity",
  "policy",
  "buyer_limit",
  "ttl_minutes",
  "opens_at",
  "draws_at",
] as const;
type DropField = (typeof DROP_FIELDS)[number];
type DropRow = Readonly<Record<DropField, string>>;
type Filled = {
  readonly code: string;
  readonly title: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly admission_per_unit: string;
  /** The version that was looked at, as an entity tag; empty for a show that is to be made. */
  readonly version: string;
  readonly drops: ReadonlyArray<DropRow>;
};

const emptyDrop: DropRow = {
  sku: "",
  quantity: "",
  policy: "hold_on_claim",
  buyer_limit: "",
  ttl_minutes: "10",
  opens_at: "",
  draws_at: "",
};
const SKUS_SUGGESTED = 200;

/** A form for a show that is to be made, or for one that is there. */
export async function editShow(view: View): Promise<Shown> {
  const code = view.params["code"];
  if (code === undefined) return showForm(view, formFilled(noForm, 0), null);
  const read = await view.ask(showOperations.getShow, { params: { code } });
  return read.ok ? showForm(view, filledFrom(read.value), null) : { problem: read.error };
}

/** The form again, as it was sent, with what was wrong; or with room for more drops. */
export function showFormAgain(view: View, form: SentForm, problem: Problem | null): Promise<Shown> {
  return showForm(view, formFilled(form, problem === null ? 3 : 0), problem);
}

/** What the operation is asked, as the form says. Numbers that are none are left for its schema to refuse. */
export function showBodyOf(form: SentForm) {
  const filled = formFilled(form, 0);
  return {
    title: filled.title,
    ...timeOf("starts_at", filled.starts_at),
    ...timeOf("ends_at", filled.ends_at),
    ...numberOf("admission_per_unit", filled.admission_per_unit),
    drops: filled.drops.map((drop) => ({
      sku: drop.sku,
      quantity: Number(drop.quantity),
      policy: dropPolicies.find((policy) => policy === drop.policy) ?? "hold_on_claim",
      ...numberOf("buyer_limit", drop.buyer_limit),
      ...(drop.ttl_minutes === "" ? {} : { ttl_seconds: Math.round(Number(drop.ttl_minutes) * 60) }),
      ...timeOf("opens_at", drop.opens_at),
      ...timeOf("draws_at", drop.draws_at),
    })),
  };
}

function numberOf<Name extends string>(name: Name, text: string): { readonly [name in Name]?: number } {
  return (text === "" ? {} : { [name]: Number(text) }) as { readonly [name in Name]?: number };
}

/** Times are typed in UTC, so that everybody who runs a show means the same. */
function timeOf<Name extends string>(name: Name, text: string): { readonly [name in Name]?: string } {
  const time = text === "" ? null : new Date(`${text}Z`);
  if (time === null) return {};
  const sent = Number.isNaN(time.getTime()) ? text : time.toISOString();
  return { [name]: sent } as { readonly [name in Name]?: string };
}

function formFilled(form: SentForm, extraRows: number): Filled {
  const sent = Array.from({ length: 50 }, (_, index) => dropSent(form, index)).filter(
    ({ sku }) => sku !== "",
  );
  const shown = form === noForm ? 1 : extraRows;
  return {
    code: form.text("code"),
    title: form.text("title"),
    starts_at: form.text("starts_at"),
    ends_at: form.text("ends_at"),
    admission_per_unit: form.text("admission_per_unit"),
    version: form.text("version"),
    drops: [...sent, ...Array.from({ length: shown }, () => emptyDrop)],
  };
}

function dropSent(form: SentForm, index: number): DropRow {
  return Object.fromEntries(DROP_FIELDS.map((name) => [name, form.text(`drop_${index}_${name}`)])) as DropRow;
}

function filledFrom(show: ShowView): Filled {
  return {
    code: show.code,
    title: show.title,
    starts_at: typed(show.starts_at),
    ends_at: typed(show.ends_at),
    admission_per_unit: String(show.admission_per_unit ?? ""),
    version: `"${show.version}"`,
    drops: show.drops.map((drop) => ({
      sku: drop.sku,
      quantity: String(drop.quantity ?? ""),
      policy: drop.policy,
      buyer_limit: String(drop.buyer_limit ?? ""),
      ttl_minutes: String(drop.ttl_seconds / 60),
      // A drop without a time of its own shows that of its show.
      opens_at: drop.opens_at === show.starts_at ? "" : typed(drop.opens_at),
      draws_at: typed(drop.draws_at),
    })),
  };
}

function typed(time: string | null): string {
  return time === null ? "" : time.slice(0, 16);
}

async function showForm(view: View, filled: Filled, problem: Problem | null): Promise<Shown> {
  const isNew = filled.version === "";
  const skus = view.can("catalogue:read")
    ? await view.ask(catalogueOperations.listSkus, { query: { limit: SKUS_SUGGESTED } })
    : null;
  return {
    title: isNew ? "Set up a show" : `Change ${filled.title}`,
    status: problem === null ? 200 : 422,
    body: (
      <>
        {problem === null ? null : (
          <p class="flash failed" role="alert">
            {problemText(problem)}
          </p>
        )}
        <p class="lead">
          The units of each drop are kept out of everybody else's reach as soon as this is saved. Times are in
          UTC.
        </p>
        <Form view={view} action="/admin/shows">
          <input type="hidden" name="version" value={filled.version} />
          <ShowFields filled={filled} problem={problem} isNew={isNew} />
          {filled.drops.map((drop, index) => (
            <DropFields drop={drop} index={index} problem={problem} />
          ))}
          <datalist id="skus">
            {(skus?.ok === true ? skus.value.data : []).map(({ sku, title }) => (
              <option value={sku}>{title}</option>
            ))}
          </datalist>
          <div class="row">
            <button class="main">{isNew ? "Set it up" : "Save"}</button>
            <button name="more" value="on" formnovalidate>
              Add drops
            </button>
          </div>
        </Form>
      </>
    ),
  };
}

const ShowFields: FC<{ filled: Filled; problem: Problem | null; isNew: boolean }> = ({
  filled,
  problem,
  isNew,
}) => (
  <fieldset class="fields">
    <legend>Show</legend>
    <div class="grid">
      <Field
        label="Title"
        name="title"
        required
        maxlength={200}
        value={filled.title}
        error={errorAt(problem, "/title")}
      />
      {isNew ? (
        <Field
          label="Code"
          name="code"
          required
          maxlength={64}
          hint="Stands in addresses, such as friday-live. It stays."
          value={filled.code}
          error={errorAt(problem, "/path/code")}
        />
      ) : (
        <input type="hidden" name="code" value={filled.code} />
      )}
      <Field
        label="Opens"
        name="starts_at"
        type="datetime-local"
        hint="Empty: when somebody opens it."
        value={filled.starts_at}
        error={errorAt(problem, "/starts_at")}
      />
      <Field
        label="Ends"
        name="ends_at"
        type="datetime-local"
        hint="Empty: when somebody closes it."
        value={filled.ends_at}
        error={errorAt(problem, "/ends_at")}
      />
      <Field
        label="Waiting room"
        name="admission_per_unit"
        type="number"
        min={1}
        max={1000}
        hint="Buyers let in for each unit that is left. Empty: everybody."
        value={filled.admission_per_unit}
        error={errorAt(problem, "/admission_per_unit")}
      />
    </div>
  </fieldset>
);

const DropFields: FC<{ drop: DropRow; index: number; problem: Problem | null }> = ({
  drop,
  index,
  problem,
}) => {
  const name = (field: DropField) => `drop_${index}_${field}`;
  const error = (field: string) => errorAt(problem, `/drops/${index}/${field}`);
  return (
    <fieldset class="fields">
      <legend>{`Drop ${index + 1}`}</legend>
      <div class="grid">
        <Field
          label="SKU"
          name={name("sku")}
          list="skus"
          maxlength={64}
          hint="Empty: no such drop."
          value={drop.sku}
          error={error("sku")}
        />
        <Field
          label="Units"
          name={name("quantity")}
          type="number"
          min={1}
          hint="Kept for the show."
          value={drop.quantity}
          error={error("quantity")}
        />
        <Select
          label="Given away"
          name={name("policy")}
          hint="Stays once the drop has begun."
          value={drop.policy}
          options={dropPolicies.map((policy) => ({ value: policy, label: POLICY_LABELS[policy] }))}
        />
        <Field
          label="Units for each buyer"
          name={name("buyer_limit")}
          type="number"
          min={1}
          hint="Empty: no limit."
          value={drop.buyer_limit}
          error={error("buyer_limit")}
        />
        <Field
          label="Minutes to pay"
          name={name("ttl_minutes")}
          hint="How long a hold lives."
          value={drop.ttl_minutes}
          error={error("ttl_seconds")}
        />
        <Field
          label="Opens"
          name={name("opens_at")}
          type="datetime-local"
          hint="Empty: with the show."
          value={drop.opens_at}
          error={error("opens_at")}
        />
        <Field
          label="Drawn"
          name={name("draws_at")}
          type="datetime-local"
          hint="Lottery: empty, when somebody draws."
          value={drop.draws_at}
          error={error("draws_at")}
        />
      </div>
    </fieldset>
  );
};
