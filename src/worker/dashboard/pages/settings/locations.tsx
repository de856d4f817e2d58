import type { Hono } from "hono";

import { catalogueOperations, type LocationView } from "../../../../contract/catalogue.ts";
import { problem, type Problem } from "../../../../contract/problem.ts";
import type { AppEnv } from "../../../app.ts";
import { CheckBox, Field, Form, Select } from "../../components/form.tsx";
import { Empty } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import { done, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/locations";
const addressFields = [
  ["name", "Name on labels"],
  ["line1", "Street and number"],
  ["line2", "Second line"],
  ["postal_code", "Postal code"],
  ["city", "City"],
  ["region", "Region"],
  ["phone", "Phone"],
] as const;

export function registerLocationPages(app: Hono<AppEnv>): void {
  servePage(app, PATH, "catalogue:read", showLocations);
  servePage(app, `${PATH}/new`, "catalogue:write", async (view) => locationForm(view, null, noForm, null));
  servePage(app, `${PATH}/:code`, "catalogue:read", async (view) => {
    const read = await readLocation(view);
    return read.ok ? locationForm(view, read.value, noForm, null) : { problem: read.error };
  });
  serveAction(app, PATH, "catalogue:write", async (view, form) => {
    const code = form.text("code");
    const isNew = form.text("version") === "";
    if (isNew && (await view.ask(catalogueOperations.getLocation, { params: { code } })).ok) {
      return locationForm(view, null, form, problem("precondition_failed", { detail: `${code} exists.` }));
    }
    const saved = await view.ask(catalogueOperations.putLocation, {
      params: { code },
      body: locationBody(form),
      // A new location replaces none; a changed one is the one that was looked at.
      ...(isNew ? {} : { ifMatch: form.text("version") }),
    });
    if (saved.ok) return done(PATH, `${saved.value.name} is saved.`);
    return locationForm(view, null, form, saved.error);
  });
}

function readLocation(view: View) {
  return view.ask(catalogueOperations.getLocation, { params: { code: view.params["code"] ?? "" } });
}

function locationBody(form: SentForm) {
  const address = Object.fromEntries(
    addressFields.flatMap(([name]) => {
      const value = form.optional(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const number = (name: string) => {
    const value = form.optional(name);
    return value === undefined ? {} : { [name]: Number(value) };
  };
  return {
    name: form.text("title"),
    type: form.text("type") as LocationView["type"],
    address: {
      ...address,
      country: form.text("country").toUpperCase(),
      ...number("latitude"),
      ...number("longitude"),
    },
    ships: form.isOn("ships"),
    pickup: form.isOn("pickup"),
    ...number("capacity_per_day"),
    groups: words(form.text("groups")),
    capabilities: words(form.text("capabilities")),
  };
}

function words(text: string): Array<string> {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

async function showLocations(view: View): Promise<Shown> {
  const cursor = view.query("cursor");
  const list = await view.ask(catalogueOperations.listLocations, { query: { limit: 50, cursor } });
  if (!list.ok) return { problem: list.error };
  const { data, next_cursor: nextCursor } = list.value;
  return {
    title: "Locations",
    body: (
      <>
        <SettingsTabs view={view} />
        {view.can("catalogue:write") ? (
          <p>
            <a class="button main" href={`${PATH}/new`}>
              Add a location
            </a>
          </p>
        ) : null}
        {data.length === 0 ? (
          <Empty title="No locations">
            <p>A location holds stock, and ships it or hands it over. Add the first one.</p>
          </Empty>
        ) : (
          <Table
            caption="Locations, by code"
            columns={[
              {
                label: "Code",
                cell: ({ code }) => (
                  <a href={`${PATH}/${encodeURIComponent(code)}`}>
                    <code>{code}</code>
                  </a>
                ),
              },
              { label: "Name", cell: ({ name }) => name },
              { label: "Kind", cell: ({ type }) => type },
              { label: "Country", cell: ({ address }) => address.country },
              { label: "Does", cell: ({ ships, pickup }) => doesText(ships, pickup) },
              {
                label: "Parcels a day",
                cell: ({ capacity_per_day }) => capacity_per_day ?? "no limit",
                isNumber: true,
              },
            ]}
            rows={data}
          />
        )}
        <Pager path={view.path} nextCursor={nextCursor} />
      </>
    ),
  };
}

function doesText(ships: boolean, pickup: boolean): string {
  const does = [...(ships ? ["ships"] : []), ...(pickup ? ["pick-up"] : [])];
  return does.length === 0 ? "stores only" : does.join(", ");
}

/** @param form - What was sent and refused; where there is a refusal, it goes before what is stored. */
function locationForm(
  view: View,
  location: LocationView | null,
  form: SentForm,
  refusal: Problem | null,
): Shown {
  const address: Readonly<Record<string, unknown>> = location?.address ?? {};
  const stored = (value: unknown) =>
    value === undefined || value === null ? "" : String(value as string | number);
  const value = (name: string, kept: unknown) => (refusal === null ? stored(kept) : form.text(name));
  const isOn = (name: string, kept: boolean) => (refusal === null ? kept : form.isOn(name));
  const version =
    refusal === null ? (location === null ? "" : `"${location.version}"`) : form.text("version");
  const isNew = version === "";
  const code = value("code", location?.code);
  return {
    title: isNew ? "New location" : value("title", location?.name),
    status: refusal === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        {refusal === null ? null : (
          <p class="flash failed" role="alert">
            {problemText(refusal)}
          </p>
        )}
        <Form view={view} action={PATH} class="card">
          <input type="hidden" name="version" value={version} />
          <div class="grid">
            {isNew ? (
              <Field
                label="Code"
                name="code"
                required
                maxlength={64}
                value={code}
                hint="Stays as it is, such as BER-1."
              />
            ) : (
              <input type="hidden" name="code" value={code} />
            )}
            <Field
              label="Name"
              name="title"
              required
              maxlength={200}
              value={value("title", location?.name)}
              error={errorAt(refusal, "/name")}
            />
            <Select
              label="Kind"
              name="type"
              value={value("type", location?.type)}
              options={[
                { value: "warehouse", label: "Warehouse" },
                { value: "store", label: "Store" },
                { value: "3pl", label: "Logistics provider" },
              ]}
            />
          </div>
          <CheckBox
            label="Parcels leave from here"
            name="ships"
            checked={isOn("ships", location?.ships ?? true)}
          />
          <CheckBox
            label="Buyers may collect here"
            name="pickup"
            checked={isOn("pickup", location?.pickup ?? false)}
          />
          <div class="grid">
            <Field
              label="Country"
              name="country"
              required
              maxlength={2}
              hint="Two letters, such as DE."
              value={value("country", address["country"])}
              error={errorAt(refusal, "/address/country")}
            />
            {addressFields.map(([name, label]) => (
              <Field
                label={label}
                name={name}
                value={value(name, address[name])}
                error={errorAt(refusal, `/address/${name}`)}
              />
            ))}
            <Field
              label="Latitude"
              name="latitude"
              value={value("latitude", address["latitude"])}
              error={errorAt(refusal, "/address/latitude")}
            />
            <Field
              label="Longitude"
              name="longitude"
              value={value("longitude", address["longitude"])}
              error={errorAt(refusal, "/address/longitude")}
            />
            <Field
              label="Parcels a day"
              name="capacity_per_day"
              type="number"
              min={0}
              hint="Empty: no limit."
              value={value("capacity_per_day", location?.capacity_per_day)}
              error={errorAt(refusal, "/capacity_per_day")}
            />
            <Field
              label="Groups"
              name="groups"
              hint="Names that routing plans choose by."
              value={value("groups", location?.groups.join(" "))}
              error={errorAt(refusal, "/groups")}
            />
            <Field
              label="Capabilities"
              name="capabilities"
              hint="What it can ship that not every location can."
              value={value("capabilities", location?.capabilities.join(" "))}
              error={errorAt(refusal, "/capabilities")}
            />
          </div>
          {view.can("catalogue:write") ? <button class="main">Save</button> : null}
        </Form>
      </>
    ),
  };
}
