import type { Hono } from "hono";

import { channelOperations, type ConnectionBody } from "../../../../contract/channels.ts";
import { problem, type Problem } from "../../../../contract/problem.ts";
import { platforms } from "../../../../domain/channels/channel-order.ts";
import type { AppEnv } from "../../../app.ts";
import type { Answered } from "../../ask.ts";
import { Field, Form, Select, TextArea } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import { done, serveAction, servePage, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { readJsonField } from "./json-field.ts";
import { SettingsTabs } from "./tabs.tsx";

export type Connection = Answered<typeof channelOperations.getChannel>;

export const CONNECTIONS_PATH = "/admin/settings/connections";

export function connectionPath(code: string): string {
  return `${CONNECTIONS_PATH}/${encodeURIComponent(code)}`;
}

export function registerConnectionPages(app: Hono<AppEnv>): void {
  servePage(app, CONNECTIONS_PATH, "channels:read", showConnections);
  servePage(app, `${CONNECTIONS_PATH}/new`, "channels:write", async (view) =>
    connectionForm(view, null, noForm, null),
  );
  servePage(app, `${CONNECTIONS_PATH}/:code/edit`, "channels:write", async (view) => {
    const params = { code: view.params["code"] ?? "" };
    const read = await view.ask(channelOperations.getChannel, { params });
    return read.ok ? connectionForm(view, read.value, noForm, null) : { problem: read.error };
  });
  serveAction(app, CONNECTIONS_PATH, "channels:write", saveConnection);
}

async function saveConnection(view: View, form: SentForm): Promise<Outcome> {
  const params = { code: form.text("code") };
  const version = form.optional("version");
  const again = (refusal: Problem) => connectionForm(view, null, form, refusal);
  const earlier = await view.ask(channelOperations.getChannel, { params });
  if (version === undefined && earlier.ok) {
    return again(problem("precondition_failed", { detail: `There is a connection ${params.code} already.` }));
  }
  const fields = (["settings", "secrets", "shipping_methods", "locations", "rule"] as const).map(
    (name) => [name, readJsonField(form, name)] as const,
  );
  for (const [, read] of fields) if (!read.ok) return again(read.error);
  const json = Object.fromEntries(
    fields.flatMap(([name, read]) =>
      read.ok && read.value !== undefined ? [[name, read.value] as const] : [],
    ),
  );
  const saved = await view.ask(channelOperations.putChannel, {
    params,
    // What was typed as JSON is looked at by the operation's schema.
    body: {
      settings: {},
      ...json,
      platform: form.text("platform") as ConnectionBody["platform"],
      name: form.text("name"),
      status: earlier.ok ? earlier.value.status : "active",
      shortfall: form.text("shortfall") as ConnectionBody["shortfall"],
    },
    ...(version === undefined ? {} : { ifMatch: version }),
  });
  return saved.ok
    ? done(connectionPath(saved.value.code), `${saved.value.name} is saved.`)
    : again(saved.error);
}

async function showConnections(view: View): Promise<Shown> {
  const list = await view.ask(channelOperations.listChannels, {
    query: { limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  return {
    title: "Connections",
    body: (
      <>
        <SettingsTabs view={view} />
        {view.can("channels:write") ? (
          <p>
            <a class="button main" href={`${CONNECTIONS_PATH}/new`}>
              Connect a sales channel
            </a>
          </p>
        ) : null}
        {list.value.data.length === 0 ? (
          <Empty title="No sales channels">
            <p>A connection takes a platform's orders in, and tells it quantities and shipments.</p>
          </Empty>
        ) : (
          <Table
            caption="Connections to sales channels"
            columns={[
              { label: "Name", cell: ({ code, name }) => <a href={connectionPath(code)}>{name}</a> },
              { label: "Code", cell: ({ code }) => <code>{code}</code> },
              { label: "Platform", cell: ({ platform }) => platform },
              { label: "State", cell: ({ status }) => <Badge status={status} /> },
              { label: "Missing units", cell: ({ shortfall }) => shortfall },
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

/** @param form - What was sent and refused; where there is a refusal, it goes before what is stored. */
function connectionForm(
  view: View,
  connection: Connection | null,
  form: SentForm,
  refusal: Problem | null,
): Shown {
  const value = (name: string, stored: string) => (refusal === null ? stored : form.text(name));
  const json = (stored: unknown) => (stored === undefined ? "" : JSON.stringify(stored, null, 2));
  const version = value("version", connection === null ? "" : `"${connection.version}"`);
  const isNew = version === "";
  return {
    title: isNew ? "Connect a sales channel" : `Change ${value("name", connection?.name ?? "")}`,
    status: refusal === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        {refusal === null ? null : (
          <p class="flash failed" role="alert">
            {problemText(refusal)}
          </p>
        )}
        <Form view={view} action={CONNECTIONS_PATH} class="card">
          <input type="hidden" name="version" value={version} />
          <div class="grid">
            <Field
              label="Name"
              name="name"
              required
              maxlength={100}
              value={value("name", connection?.name ?? "")}
              error={errorAt(refusal, "/name")}
            />
            {isNew ? (
              <>
                <Field
                  label="Code"
                  name="code"
                  required
                  maxlength={40}
                  hint="Small letters, digits and -. It stands in webhook addresses, and stays."
                  value={value("code", "")}
                  error={errorAt(refusal, "/path/code")}
                />
                <Select
                  label="Platform"
                  name="platform"
                  value={value("platform", "")}
                  options={platforms.map((platform) => ({ value: platform, label: platform }))}
                />
              </>
            ) : (
              <>
                <input type="hidden" name="code" value={value("code", connection?.code ?? "")} />
                <input type="hidden" name="platform" value={value("platform", connection?.platform ?? "")} />
              </>
            )}
            <Select
              label="When units are missing"
              name="shortfall"
              value={value("shortfall", connection?.shortfall ?? "hold")}
              options={[
                { value: "hold", label: "The order waits for a person" },
                { value: "backorder", label: "The order waits for stock" },
                { value: "cancel", label: "It is canceled, and the platform told" },
              ]}
            />
          </div>
          <TextArea
            label="Settings, as JSON"
            name="settings"
            rows={6}
            hint="What the platform needs to know; docs/channels.md has it for each platform."
            value={value("settings", json(connection?.settings ?? {}))}
            error={errorAt(refusal, "/settings")}
          />
          <TextArea
            label="Secrets, as JSON"
            name="secrets"
            rows={4}
            hint={
              connection === null || connection.secrets.length === 0
                ? "Encrypted at rest and never shown again."
                : `Set: ${connection.secrets.join(", ")}. Left empty, they stay; otherwise give all of them.`
            }
            value=""
            error={errorAt(refusal, "/secrets")}
          />
          <details>
            <summary>Rules</summary>
            <TextArea
              label="How much of the stock it is told, as JSON"
              name="rule"
              rows={7}
              value={value("rule", json(connection?.rule))}
              error={errorAt(refusal, "/rule")}
            />
            <TextArea
              label="Its shipping methods in our words, as JSON"
              name="shipping_methods"
              rows={4}
              value={value("shipping_methods", json(connection?.shipping_methods))}
              error={errorAt(refusal, "/shipping_methods")}
            />
            <TextArea
              label="Its locations as ours, as JSON"
              name="locations"
              rows={4}
              value={value("locations", json(connection?.locations))}
              error={errorAt(refusal, "/locations")}
            />
          </details>
          <p>
            <button class="main">{isNew ? "Connect" : "Save"}</button>
          </p>
        </Form>
      </>
    ),
  };
}
