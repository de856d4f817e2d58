import type { Hono } from "hono";

import { keyOperations, type KeyView } from "../../../../contract/keys.ts";
import { scopes } from "../../../../contract/operation.ts";
import type { Problem } from "../../../../contract/problem.ts";
import type { AppEnv } from "../../../app.ts";
import { CheckBox, Confirm, Field, Form, Select, TextArea } from "../../components/form.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { noForm, type SentForm } from "../../form.ts";
import { errorAt, problemText } from "../../problem-text.ts";
import { roleOf, roles, roleScopes } from "../../roles.ts";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/keys";

type Said = {
  readonly form: SentForm;
  readonly problem: Problem | null;
  /** A key that was just made: shown once. */
  readonly made: { readonly name: string; readonly key: string | null } | null;
};
const nothingSaid: Said = { form: noForm, problem: null, made: null };

export function registerKeyPages(app: Hono<AppEnv>): void {
  servePage(app, PATH, "keys:write", (view) => showKeys(view, nothingSaid));

  serveAction(app, PATH, "keys:write", async (view, form, key) => {
    const created = await view.ask(keyOperations.createKey, { body: keyBody(form), key });
    const said = created.ok
      ? { ...nothingSaid, made: created.value }
      : { ...nothingSaid, form, problem: created.error };
    return showKeys(view, said);
  });

  serveAction(app, `${PATH}/:id/revoke`, "keys:write", async (view) => {
    const revoked = await view.ask(keyOperations.revokeKey, { params: { id: view.params["id"] ?? "" } });
    return revoked.ok ? done(PATH, `${revoked.value.name} is revoked.`) : failed(PATH, revoked.error);
  });
}

function keyBody(form: SentForm) {
  const name = form.text("name");
  if (form.text("kind") === "publishable") {
    return {
      kind: "publishable" as const,
      name,
      allowed_origins: form
        .text("origins")
        .split(/\s+/)
        .filter((origin) => origin !== ""),
      requires_buyer_token: form.isOn("requires_buyer_token"),
    };
  }
  const role = roles.find((known) => known === form.text("role"));
  const chosen = scopes.filter((scope) => form.all("scopes").includes(scope));
  return { kind: "secret" as const, name, scopes: [...(role === undefined ? chosen : roleScopes[role])] };
}

async function showKeys(view: View, said: Said): Promise<Shown> {
  const cursor = view.query("cursor");
  const list = await view.ask(keyOperations.listKeys, { query: { limit: 50, cursor } });
  if (!list.ok) return { problem: list.error };
  return {
    title: "Keys",
    status: said.problem === null ? 200 : 422,
    body: (
      <>
        <SettingsTabs view={view} />
        {said.made === null ? null : <MadeKey made={said.made} />}
        <Table
          caption="Keys, oldest first"
          columns={[
            { label: "Name", cell: ({ name }) => name },
            {
              label: "Key",
              cell: ({ prefix, last4 }) => (
                <code>
                  {prefix}…{last4}
                </code>
              ),
            },
            { label: "May", cell: (key) => <Reach item={key} /> },
            { label: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
            { label: "State", cell: (key) => <KeyState view={view} item={key} /> },
          ]}
          rows={list.value.data}
        />
        <Pager path={view.path} nextCursor={list.value.next_cursor} />
        <NewKey view={view} said={said} />
      </>
    ),
  };
}

const MadeKey = ({ made }: { made: NonNullable<Said["made"]> }) => (
  <section class="card" aria-labelledby="made">
    <h2 id="made">{made.name} is made</h2>
    {made.key === null ? (
      <p>It was shown when it was made, and cannot be shown again. Revoke it if nobody has it.</p>
    ) : (
      <>
        <p>Copy it now. Only its digest is kept, so nobody can show it again.</p>
        <pre tabindex={0}>{made.key}</pre>
      </>
    )}
  </section>
);

const Reach = ({ item }: { item: KeyView }) => {
  if (item.kind === "publishable") {
    return (
      <>
        Pages of {item.allowed_origins.length === 0 ? "no origin" : item.allowed_origins.join(", ")}
        {item.requires_buyer_token ? ", with a buyer token" : ""}
      </>
    );
  }
  const role = roleOf(new Set(scopes.filter((scope) => item.scopes.includes(scope))));
  return (
    <details>
      <summary>{role ?? `${item.scopes.length} scopes`}</summary>
      {item.scopes.join(", ")}
    </details>
  );
};

const KeyState = ({ view, item }: { view: View; item: KeyView }) => {
  if (item.revoked_at !== null) return <Badge status="revoked" />;
  const isOwn = item.id === view.who.principal.id;
  return (
    <Confirm label="Revoke" tone="danger">
      <p>
        {isOwn ? "You are signed in with this key, and are signed out with it. " : ""}
        Whoever uses {item.name} is refused within 30 seconds. This cannot be undone.
      </p>
      <Form view={view} action={`${PATH}/${item.id}/revoke`}>
        <button class="danger small">Revoke {item.name}</button>
      </Form>
    </Confirm>
  );
};

const NewKey = ({ view, said: { form, problem } }: { view: View; said: Said }) => (
  <section class="card" aria-labelledby="new-key">
    <h2 id="new-key">Make a key</h2>
    {problem === null ? null : (
      <p class="flash failed" role="alert">
        {problemText(problem)}
      </p>
    )}
    <Form view={view} action={PATH}>
      <div class="grid">
        <Field
          label="Name"
          name="name"
          required
          maxlength={100}
          hint="Whose it is, or what for."
          value={form.text("name")}
          error={errorAt(problem, "/name")}
        />
        <Select
          label="Kind"
          name="kind"
          hint="Secret keys stay on servers; publishable ones stand in pages."
          value={form.text("kind")}
          options={[
            { value: "secret", label: "Secret" },
            { value: "publishable", label: "Publishable" },
          ]}
        />
        <Select
          label="Role of a secret key"
          name="role"
          hint="A role is a set of scopes."
          value={form.text("role")}
          options={[
            ...roles.map((role) => ({ value: role, label: role })),
            { value: "chosen", label: "The scopes chosen below" },
          ]}
        />
      </div>
      <details>
        <summary>Scopes, one by one</summary>
        <div class="grid">
          {scopes
            .filter((scope) => view.can(scope))
            .map((scope) => (
              <CheckBox
                label={scope}
                name="scopes"
                value={scope}
                checked={form.all("scopes").includes(scope)}
              />
            ))}
        </div>
      </details>
      <details>
        <summary>Pages of a publishable key</summary>
        <TextArea
          label="Origins"
          name="origins"
          rows={3}
          hint="One on each line, as https://shop.example. Without any, no browser may use it."
          value={form.text("origins")}
          error={errorAt(problem, "/allowed_origins")}
        />
        <CheckBox
          label="Acts only for a buyer whom a signed token names"
          name="requires_buyer_token"
          checked={form.isOn("requires_buyer_token")}
        />
      </details>
      <p>
        <button class="main">Make the key</button>
      </p>
    </Form>
  </section>
);
