import type { Hono } from "hono";

import type { Problem } from "../../../../contract/problem.ts";
import { webhookOperations, type EndpointView } from "../../../../contract/webhooks.ts";
import type { AppEnv } from "../../../app.ts";
import { CheckBox, Confirm, Field, Form, TextArea } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { deliveriesTable } from "./deliveries.tsx";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/webhooks";
const HOUR_MS = 3_600_000;

type Said = {
  readonly form: SentForm;
  readonly problem: Problem | null;
  readonly secret: string | null | undefined;
};
const nothingSaid: Said = { form: noForm, problem: null, secret: undefined };

export function registerWebhookPages(app: Hono<AppEnv>): void {
  servePage(app, PATH, "webhooks:read", (view) => showEndpoints(view, nothingSaid));
  servePage(app, `${PATH}/:id`, "webhooks:read", (view) => showEndpoint(view, nothingSaid));

  serveAction(app, PATH, "webhooks:write", async (view, form, key) => {
    const made = await view.ask(webhookOperations.createWebhookEndpoint, { body: endpointBody(form), key });
    const said = made.ok
      ? { ...nothingSaid, secret: made.value.secret }
      : { ...nothingSaid, form, problem: made.error };
    return showEndpoints(view, said);
  });
  serveAction(app, `${PATH}/:id`, "webhooks:write", async (view, form) => {
    const params = { id: view.params["id"] ?? "" };
    const saved = await view.ask(webhookOperations.putWebhookEndpoint, {
      params,
      body: endpointBody(form),
      ifMatch: form.text("version"),
    });
    return saved.ok
      ? done(`${PATH}/${params.id}`, "Saved.")
      : showEndpoint(view, { ...nothingSaid, form, problem: saved.error });
  });
  serveAction(app, `${PATH}/:id/rotate-secret`, "webhooks:write", async (view, _, key) => {
    const params = { id: view.params["id"] ?? "" };
    const rotated = await view.ask(webhookOperations.rotateWebhookSecret, { params, body: {}, key });
    if (!rotated.ok) return failed(`${PATH}/${params.id}`, rotated.error);
    return showEndpoint(view, { ...nothingSaid, secret: rotated.value.secret });
  });
  serveAction(app, `${PATH}/:id/test`, "webhooks:write", async (view, _, key) => {
    const params = { id: view.params["id"] ?? "" };
    const sent = await view.ask(webhookOperations.testWebhookEndpoint, { params, key });
    const to = `${PATH}/${params.id}`;
    return sent.ok ? done(to, "A test message is on its way; see the log below.") : failed(to, sent.error);
  });
  serveAction(app, `${PATH}/:id/replay-failed`, "webhooks:write", async (view, form, key) => {
    const params = { id: view.params["id"] ?? "" };
    const hours = Math.min(720, Math.max(1, Number(form.text("hours")) || 24));
    const since = new Date(view.nowMs - hours * HOUR_MS).toISOString();
    const sent = await view.ask(webhookOperations.replayFailedWebhooks, { params, body: { since }, key });
    const to = `${PATH}/${params.id}`;
    return sent.ok ? done(to, `${sent.value.replayed} messages are sent again.`) : failed(to, sent.error);
  });
  serveAction(app, `${PATH}/:id/delete`, "webhooks:write", async (view) => {
    const gone = await view.ask(webhookOperations.deleteWebhookEndpoint, {
      params: { id: view.params["id"] ?? "" },
    });
    return gone.ok ? done(PATH, `Nothing more is sent to ${gone.value.url}.`) : failed(PATH, gone.error);
  });
}

function endpointBody(form: SentForm) {
  const description = form.optional("description");
  return {
    url: form.text("url"),
    events: form
      .text("events")
      .split(/[\s,]+/)
      .filter((name) => name !== ""),
    ...(description === undefined ? {} : { description }),
    status: form.isOn("enabled") ? ("enabled" as const) : ("disabled" as const),
  };
}

async function showEndpoints(view: View, said: Said): Promise<Shown> {
  const list = await view.ask(webhookOperations.listWebhookEndpoints, {
    query: { limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  return {
    title: "Webhooks",
    status: said.problem === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        <Secret said={said} />
        {list.value.data.length === 0 ? (
          <Empty title="Nobody is told of events">
            <p>
              An endpoint is an address of yours that is sent what happens, signed, and again until it
              answers.
            </p>
          </Empty>
        ) : (
          <Table
            caption="Endpoints"
            columns={[
              { label: "Address", cell: ({ id, url }) => <a href={`${PATH}/${id}`}>{url}</a> },
              { label: "Events", cell: ({ events }) => events.join(", ") },
              { label: "State", cell: (endpoint) => <EndpointState endpoint={endpoint} /> },
              { label: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
            ]}
            rows={list.value.data}
          />
        )}
        <Pager path={view.path} nextCursor={list.value.next_cursor} />
        {view.can("webhooks:write") ? (
          <section class="card" aria-labelledby="new-endpoint">
            <h2 id="new-endpoint">Add an endpoint</h2>
            <EndpointForm view={view} said={said} endpoint={null} />
          </section>
        ) : null}
      </>
    ),
  };
}

const EndpointState = ({ endpoint }: { endpoint: EndpointView }) => (
  <>
    <Badge status={endpoint.status} tone={endpoint.status === "enabled" ? "good" : "warn"} />
    {endpoint.disabled_reason === null ? "" : ` ${endpoint.disabled_reason}`}
  </>
);

const Secret = ({ said }: { said: Said }) => {
  if (said.secret === undefined) return null;
  return (
    <section class="card" aria-labelledby="secret">
      <h2 id="secret">Signing secret</h2>
      {said.secret === null ? (
        <p>It was shown when it was made, and cannot be shown again. Make a new one if nobody has it.</p>
      ) : (
        <>
          <p>Copy it now: it is not shown again.</p>
          <pre tabindex={0}>{said.secret}</pre>
        </>
      )}
    </section>
  );
};

const EndpointForm = ({
  view,
  said,
  endpoint,
}: {
  view: View;
  said: Said;
  endpoint: EndpointView | null;
}) => {
  const { form, problem } = said;
  const value = (name: string, stored: string) => (problem === null ? stored : form.text(name));
  return (
    <Form view={view} action={endpoint === null ? PATH : `${PATH}/${endpoint.id}`}>
      {problem === null ? null : (
        <p class="flash failed" role="alert">
          {problemText(problem)}
        </p>
      )}
      <input type="hidden" name="version" value={endpoint === null ? "" : `"${endpoint.version}"`} />
      <Field
        label="Address"
        name="url"
        type="url"
        required
        maxlength={2000}
        hint="A public name over https."
        value={value("url", endpoint?.url ?? "")}
        error={errorAt(problem, "/url")}
      />
      <TextArea
        label="Events"
        name="events"
        rows={3}
        required
        hint="One on each line: order.placed, order.*, or * for everything."
        value={value("events", endpoint?.events.join("\n") ?? "order.*")}
        error={errorAt(problem, "/events")}
      />
      <Field
        label="Description"
        name="description"
        maxlength={200}
        value={value("description", endpoint?.description ?? "")}
        error={errorAt(problem, "/description")}
      />
      <CheckBox
        label="Messages are sent"
        name="enabled"
        checked={problem === null ? endpoint?.status !== "disabled" : form.isOn("enabled")}
      />
      <button class="main">{endpoint === null ? "Add it" : "Save"}</button>
    </Form>
  );
};

async function showEndpoint(view: View, said: Said): Promise<Shown> {
  const id = view.params["id"] ?? "";
  const [read, log] = await Promise.all([
    view.ask(webhookOperations.getWebhookEndpoint, { params: { id } }),
    view.ask(webhookOperations.listWebhookDeliveries, {
      query: { limit: 25, cursor: view.query("cursor"), endpoint: id },
    }),
  ]);
  if (!read.ok) return { problem: read.error };
  if (!log.ok) return { problem: log.error };
  const endpoint = read.value;
  return {
    title: endpoint.url,
    status: said.problem === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        <Secret said={said} />
        <p class="row">
          <EndpointState endpoint={endpoint} />
          <span class="soft">{endpoint.events.join(", ")}</span>
        </p>
        {view.can("webhooks:write") ? (
          <>
            <EndpointActions view={view} endpoint={endpoint} />
            <details class="card" open={said.problem !== null}>
              <summary>Change it</summary>
              <EndpointForm view={view} said={said} endpoint={endpoint} />
            </details>
          </>
        ) : null}
        <section class="card" aria-labelledby="log">
          <h2 id="log">Delivery log</h2>
          {deliveriesTable(log.value.data)}
        </section>
        <Pager path={view.path} nextCursor={log.value.next_cursor} />
      </>
    ),
  };
}

const EndpointActions = ({ view, endpoint }: { view: View; endpoint: EndpointView }) => {
  const path = `${PATH}/${endpoint.id}`;
  return (
    <div class="row">
      <Form view={view} action={`${path}/test`}>
        <button>Send a test</button>
      </Form>
      <Confirm label="Replay what it missed">
        <Form view={view} action={`${path}/replay-failed`}>
          <Field label="Of the last hours" name="hours" type="number" min={1} max={720} value={24} />
          <button class="main">Send what failed again</button>
        </Form>
      </Confirm>
      <Confirm label="New secret">
        <p>
          The one before signs too for a day, so that nothing is refused while you change it on your side.
        </p>
        <Form view={view} action={`${path}/rotate-secret`}>
          <button class="main">Make a new secret</button>
        </Form>
      </Confirm>
      <Confirm label="Delete" tone="danger">
        <p>Nothing more is sent to it, and what was still owed is forgotten.</p>
        <Form view={view} action={`${path}/delete`}>
          <button class="danger">Delete the endpoint</button>
        </Form>
      </Confirm>
    </div>
  );
};
