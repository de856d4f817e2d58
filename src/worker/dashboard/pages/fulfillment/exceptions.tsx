import type { FC } from "hono/jsx";

import { exceptionOperations, type ExceptionView } from "../../../../contract/exceptions.ts";
import {
  exceptionKinds,
  exceptionStatuses,
  exceptionTypes,
} from "../../../../domain/exceptions/exception.ts";
import { Confirm, Form, Select, TextArea } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { done, failed, type Outcome, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "../orders/paths.ts";
import { EXCEPTIONS_PATH } from "./paths.ts";
import { FulfillmentTabs } from "./work.tsx";

/** Everything that stopped until a person looks at it: what it is, what to do about it, who does. */
export async function showExceptions(view: View): Promise<Shown> {
  const status = exceptionStatuses.find((known) => known === view.query("status")) ?? "open";
  const kind = exceptionKinds.find((known) => known === view.query("kind"));
  const assignee = view.query("mine") === undefined ? undefined : view.who.principal.id;
  const list = await view.ask(exceptionOperations.listExceptions, {
    query: { status, kind, assignee, limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  const { data, next_cursor: nextCursor } = list.value;
  return {
    title: "Exceptions",
    body: (
      <>
        <FulfillmentTabs view={view} />
        <form method="get" action={EXCEPTIONS_PATH} class="filters" aria-label="Exceptions">
          <Select
            label="State"
            name="status"
            value={status}
            options={exceptionStatuses.map((value) => ({ value, label: value.replaceAll("_", " ") }))}
          />
          <Select
            label="Kind"
            name="kind"
            value={kind}
            options={[
              { value: "", label: "Any" },
              ...exceptionKinds.map((value) => ({ value, label: exceptionTypes[value].title })),
            ]}
          />
          <button>Show</button>
          <a class="button" href={`${EXCEPTIONS_PATH}?mine=on`}>
            Mine
          </a>
        </form>
        {data.length === 0 ? (
          <Empty title="Nothing waits for a person">
            <p>What the engine cannot settle by itself comes here, with what to do about it.</p>
          </Empty>
        ) : (
          data.map((found) => <Exception view={view} found={found} />)
        )}
        <Pager path={view.path} nextCursor={nextCursor} />
      </>
    ),
  };
}

const Exception: FC<{ view: View; found: ExceptionView }> = ({ view, found }) => {
  const path = `${EXCEPTIONS_PATH}/${encodeURIComponent(found.id)}`;
  const isMine = found.assignee === view.who.principal.id;
  const facts = Object.entries(found.data).filter(([, value]) => ["string", "number"].includes(typeof value));
  return (
    <article class="card">
      <div class="row between">
        <h2>{found.title}</h2>
        <Badge status={found.status} tone={found.status === "resolved" ? "good" : "warn"} />
      </div>
      <p>{found.what_to_do}</p>
      <dl class="facts">
        <dt>About</dt>
        <dd>
          {found.order === null ? (
            <code>{found.subject}</code>
          ) : (
            <a href={orderPath(found.order)}>The order</a>
          )}
        </dd>
        {facts.map(([name, value]) => (
          <>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{String(value as string | number)}</dd>
          </>
        ))}
        <dt>Since</dt>
        <dd>
          <Time at={found.raised_at} />
        </dd>
        <dt>Who works on it</dt>
        <dd>{isMine ? "you" : (found.assignee ?? "nobody yet")}</dd>
        {found.resolution === null ? null : (
          <>
            <dt>Dealt with</dt>
            <dd>
              {found.resolution} (<code>{found.resolved_by}</code>)
            </dd>
          </>
        )}
      </dl>
      {found.status !== "resolved" && view.can("ops:write") ? (
        <div class="row actions">
          <Form view={view} action={`${path}/assign`} class="inline" label={`Assign ${found.title}`}>
            <input type="hidden" name="to" value={isMine ? "" : view.who.principal.id} />
            <button>{isMine ? "Give it back" : "I do it"}</button>
          </Form>
          <Confirm label="Resolve">
            <Form view={view} action={`${path}/resolve`}>
              <TextArea
                label="What was done"
                name="resolution"
                id={`done-${found.id}`}
                required
                maxlength={500}
                hint="Without personal data."
              />
              <button class="main">It is dealt with</button>
            </Form>
          </Confirm>
        </div>
      ) : null}
    </article>
  );
};

export async function assign(view: View, form: SentForm, key: string): Promise<Outcome> {
  const assigned = await view.ask(exceptionOperations.assignException, {
    params: { id: view.params["id"] ?? "" },
    body: { assignee: form.optional("to") ?? null },
    key,
  });
  return assigned.ok ? done(EXCEPTIONS_PATH, "It is assigned.") : failed(EXCEPTIONS_PATH, assigned.error);
}

export async function resolve(view: View, form: SentForm, key: string): Promise<Outcome> {
  const resolved = await view.ask(exceptionOperations.resolveException, {
    params: { id: view.params["id"] ?? "" },
    body: { resolution: form.text("resolution") },
    key,
  });
  return resolved.ok ? done(EXCEPTIONS_PATH, "It is dealt with.") : failed(EXCEPTIONS_PATH, resolved.error);
}
