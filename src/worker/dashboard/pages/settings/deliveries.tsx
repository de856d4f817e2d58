import type { Hono } from "hono";

import { webhookOperations, type DeliveryLogView, type DeliveryView } from "../../../../contract/webhooks.ts";
import type { AppEnv } from "../../../app.ts";
import { Form } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/deliveries";

export function registerDeliveryPages(app: Hono<AppEnv>): void {
  servePage(app, `${PATH}/:id`, "webhooks:read", showDelivery);
  serveAction(app, `${PATH}/:id/replay`, "webhooks:write", async (view, _, key) => {
    const params = { id: view.params["id"] ?? "" };
    const sent = await view.ask(webhookOperations.replayWebhookDelivery, { params, key });
    const to = `${PATH}/${params.id}`;
    return sent.ok ? done(to, "It is sent again.") : failed(to, sent.error);
  });
}

export function deliveriesTable(deliveries: ReadonlyArray<DeliveryView>) {
  if (deliveries.length === 0) {
    return (
      <Empty title="Nothing was sent yet">
        <p>Messages appear here when something happens that the endpoint wants to hear of.</p>
      </Empty>
    );
  }
  return (
    <Table
      caption="Messages, newest first"
      columns={[
        { label: "Event", cell: ({ id, event_type }) => <a href={`${PATH}/${id}`}>{event_type}</a> },
        {
          label: "State",
          cell: ({ status }) => <Badge status={status} />,
        },
        { label: "Attempts", cell: ({ attempts }) => attempts, isNumber: true },
        { label: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
        { label: "Next attempt", cell: ({ next_attempt_at }) => <Time at={next_attempt_at} /> },
      ]}
      rows={deliveries}
    />
  );
}

async function showDelivery(view: View): Promise<Shown> {
  const read = await view.ask(webhookOperations.getWebhookDelivery, {
    params: { id: view.params["id"] ?? "" },
  });
  if (!read.ok) return { problem: read.error };
  const delivery = read.value;
  return {
    title: delivery.event_type,
    body: (
      <>
        <SettingsTabs view={view} />
        <p class="row">
          <Badge status={delivery.status} />
          <a href={`/admin/settings/webhooks/${delivery.endpoint}`}>Its endpoint</a>
          <code>{delivery.event}</code>
        </p>
        {view.can("webhooks:write") ? (
          <Form view={view} action={`${PATH}/${delivery.id}/replay`} class="row">
            <button>Send it again</button>
          </Form>
        ) : null}
        <Attempts log={delivery.log} />
        <section class="card" aria-labelledby="payload">
          <h2 id="payload">What is sent</h2>
          {delivery.payload === null ? (
            <p>The event is no longer kept.</p>
          ) : (
            <pre tabindex={0}>{JSON.stringify(delivery.payload, null, 2)}</pre>
          )}
        </section>
      </>
    ),
  };
}

const Attempts = ({ log }: { log: DeliveryLogView["log"] }) => (
  <section class="card" aria-labelledby="attempts">
    <h2 id="attempts">Attempts</h2>
    {log.length === 0 ? (
      <Empty title="None yet" />
    ) : (
      <Table
        caption="Attempts, in order"
        columns={[
          { label: "When", cell: ({ attempted_at }) => <Time at={attempted_at} /> },
          { label: "Answer", cell: ({ http_status, error }) => http_status ?? error ?? "–" },
          { label: "Took", cell: ({ duration_ms }) => `${duration_ms} ms`, isNumber: true },
          { label: "It began", cell: ({ response }) => <code>{response ?? "–"}</code> },
        ]}
        rows={log}
      />
    )}
  </section>
);
