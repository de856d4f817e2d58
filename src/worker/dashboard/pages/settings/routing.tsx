import type { Hono } from "hono";

import { problem, type Problem } from "../../../../contract/problem.ts";
import {
  routingOperations,
  type RoutingPlanView,
  type SimulationView,
} from "../../../../contract/routing.ts";
import type { AppEnv } from "../../../app.ts";
import { Confirm, Field, Form, Select, TextArea } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { readJsonField } from "./json-field.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/routing";
const NEW_BATCHES = [{ name: "all orders", rules: [{ name: "fewest parcels, then nearest" }] }];
/** Past orders that are routed again to see what a plan would do. */
const SIMULATED_ORDERS = 200;

type Said = { readonly form: SentForm; readonly problem: Problem | null };
const nothingSaid: Said = { form: noForm, problem: null };

export function registerRoutingPages(app: Hono<AppEnv>): void {
  servePage(app, PATH, "fulfillment:read", showPlans);
  servePage(app, `${PATH}/new`, "fulfillment:write", async (view) => planPage(view, null, nothingSaid));
  servePage(app, `${PATH}/:code`, "fulfillment:read", (view) => showPlan(view, nothingSaid));

  serveAction(app, PATH, "fulfillment:write", async (view, form) => {
    const code = form.text("code");
    const again = (refused: Problem) => planPage(view, null, { form, problem: refused });
    if (
      form.text("version") === "" &&
      (await view.ask(routingOperations.getRoutingPlan, { params: { code } })).ok
    ) {
      return again(problem("precondition_failed", { detail: `There is a plan ${code} already.` }));
    }
    const batches = readJsonField(form, "batches");
    const costs = readJsonField(form, "costs");
    if (!batches.ok) return again(batches.error);
    if (!costs.ok) return again(costs.error);
    const saved = await view.ask(routingOperations.putRoutingPlan, {
      params: { code },
      // The operation's schema looks at what is in them.
      body: {
        title: form.text("title"),
        status: form.text("status") === "active" ? "active" : "draft",
        batches: batches.value as RoutingPlanView["batches"],
        ...(costs.value === undefined ? {} : { costs: costs.value as NonNullable<RoutingPlanView["costs"]> }),
      },
      ...(form.text("version") === "" ? {} : { ifMatch: form.text("version") }),
    });
    return saved.ok ? done(`${PATH}/${encodeURIComponent(code)}`, "Saved.") : again(saved.error);
  });
  serveAction(app, `${PATH}/:code/delete`, "fulfillment:write", async (view) => {
    const gone = await view.ask(routingOperations.deleteRoutingPlan, {
      params: { code: view.params["code"] ?? "" },
    });
    return gone.ok ? done(PATH, `${gone.value.title} is deleted.`) : failed(PATH, gone.error);
  });
}

async function showPlans(view: View): Promise<Shown> {
  const list = await view.ask(routingOperations.listRoutingPlans, {
    query: { limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  return {
    title: "Routing plans",
    body: (
      <>
        <SettingsTabs view={view} />
        <p class="lead">
          Where orders are sent from. Without an active plan an order comes from the nearest location that has
          everything, else in the fewest parcels.
        </p>
        {view.can("fulfillment:write") ? (
          <p>
            <a class="button main" href={`${PATH}/new`}>
              Write a plan
            </a>
          </p>
        ) : null}
        {list.value.data.length === 0 ? (
          <Empty title="No plans" />
        ) : (
          <Table
            caption="Routing plans, by code"
            columns={[
              {
                label: "Title",
                cell: ({ code, title }) => <a href={`${PATH}/${encodeURIComponent(code)}`}>{title}</a>,
              },
              { label: "Code", cell: ({ code }) => <code>{code}</code> },
              { label: "State", cell: ({ status = "draft" }) => <Badge status={status} /> },
              { label: "Batches", cell: ({ batches }) => batches.map(({ name }) => name).join(", ") },
              { label: "Changed", cell: ({ updated_at }) => <Time at={updated_at} /> },
            ]}
            rows={list.value.data}
          />
        )}
        <Pager path={view.path} nextCursor={list.value.next_cursor} />
      </>
    ),
  };
}

async function showPlan(view: View, said: Said): Promise<Shown> {
  const params = { code: view.params["code"] ?? "" };
  const read = await view.ask(routingOperations.getRoutingPlan, { params });
  if (!read.ok) return { problem: read.error };
  if (view.query("simulate") === undefined) return planPage(view, read.value, said);
  const simulated = await view.ask(routingOperations.simulateRouting, {
    params,
    query: { orders: SIMULATED_ORDERS },
  });
  return simulated.ok ? planPage(view, read.value, said, simulated.value) : { problem: simulated.error };
}

function planPage(view: View, plan: RoutingPlanView | null, said: Said, simulation?: SimulationView): Shown {
  const { form, problem: refused } = said;
  const value = (name: string, stored: string) => (refused === null ? stored : form.text(name));
  const version = value("version", plan === null ? "" : `"${plan.version}"`);
  const code = value("code", plan?.code ?? "");
  return {
    title: version === "" ? "New routing plan" : value("title", plan?.title ?? ""),
    status: refused === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        {refused === null ? null : (
          <p class="flash failed" role="alert">
            {problemText(refused)}
          </p>
        )}
        {version === "" ? null : <PlanActions view={view} code={code} title={plan?.title ?? code} />}
        {simulation === undefined ? null : <Simulated simulation={simulation} />}
        <Form view={view} action={PATH} class="card">
          <input type="hidden" name="version" value={version} />
          <div class="grid">
            {version === "" ? (
              <Field
                label="Code"
                name="code"
                required
                maxlength={64}
                value={code}
                hint="Such as eu-first. It stays."
              />
            ) : (
              <input type="hidden" name="code" value={code} />
            )}
            <Field
              label="Title"
              name="title"
              required
              maxlength={200}
              value={value("title", plan?.title ?? "")}
              error={errorAt(refused, "/title")}
            />
            <Select
              label="State"
              name="status"
              hint="One plan is active; making this one active makes the others drafts."
              value={value("status", plan?.status ?? "draft")}
              options={[
                { value: "draft", label: "Draft" },
                { value: "active", label: "Active" },
              ]}
            />
          </div>
          <TextArea
            label="Batches, as JSON"
            name="batches"
            rows={18}
            required
            hint="The first batch whose filter fits an order decides; its rules are tried in turn. The API's reference has every field."
            value={value("batches", JSON.stringify(plan?.batches ?? NEW_BATCHES, null, 2))}
            error={errorAt(refused, "/batches")}
          />
          <TextArea
            label="Costs, as JSON"
            name="costs"
            rows={6}
            hint="Zones, handling and split penalty, in minor units: for rules whose objective is least_cost."
            value={value("costs", plan?.costs === undefined ? "" : JSON.stringify(plan.costs, null, 2))}
            error={errorAt(refused, "/costs")}
          />
          {view.can("fulfillment:write") ? <button class="main">Save</button> : null}
        </Form>
      </>
    ),
  };
}

const PlanActions = ({ view, code, title }: { view: View; code: string; title: string }) => {
  const path = `${PATH}/${encodeURIComponent(code)}`;
  return (
    <div class="row">
      <a class="button" href={`${path}?simulate=1`}>
        Try it on past orders
      </a>
      {view.can("fulfillment:write") ? (
        <Confirm label="Delete" tone="danger">
          <p>Orders that were routed stay as they are.</p>
          <Form view={view} action={`${path}/delete`}>
            <button class="danger">Delete {title}</button>
          </Form>
        </Confirm>
      ) : null}
    </div>
  );
};

const Simulated = ({ simulation: { plan, against, differences } }: { simulation: SimulationView }) => (
  <section class="card" aria-labelledby="simulated">
    <h2 id="simulated">The last {plan.orders} orders, with the stock of now</h2>
    <Table
      caption="This plan and no plan, compared"
      columns={[
        { label: "Under", cell: ({ name }) => name },
        { label: "Parcels", cell: ({ side }) => side.parcels, isNumber: true },
        { label: "Split orders", cell: ({ side }) => side.split_orders, isNumber: true },
        { label: "Units unplaced", cell: ({ side }) => side.units_unplaced, isNumber: true },
        { label: "Cost", cell: ({ side }) => side.cost, isNumber: true },
        { label: "Kilometres", cell: ({ side }) => Math.round(side.metres / 1000), isNumber: true },
      ]}
      rows={[
        { name: "This plan", side: plan },
        { name: "No plan", side: against },
      ]}
    />
    <p class="soft">{differences.length} orders would go from elsewhere. Nothing was changed.</p>
  </section>
);
