import type { Hono } from "hono";

import { channelOperations, type ChannelOrderView } from "../../../../contract/channels.ts";
import type { AppEnv } from "../../../app.ts";
import { Confirm, Form } from "../../components/form.tsx";
import { Badge, Empty, Figure, Figures, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { CONNECTIONS_PATH, connectionPath, type Connection } from "./connections.tsx";
import { SettingsTabs } from "./tabs.tsx";

const PATH = `${CONNECTIONS_PATH}/:code`;
/** Rows of each list: the newest, or the first that need somebody. */
const SHOWN_ROWS = 20;

export function registerConnectionPage(app: Hono<AppEnv>): void {
  servePage(app, PATH, "channels:read", showConnection);

  serveAction(app, `${PATH}/status`, "channels:write", async (view, form) => {
    const params = paramsOf(view);
    const read = await view.ask(channelOperations.getChannel, { params });
    if (!read.ok) return failed(CONNECTIONS_PATH, read.error);
    const { platform, name, settings, shipping_methods, locations, rule, shortfall } = read.value;
    const status = form.text("status") === "paused" ? "paused" : "active";
    const saved = await view.ask(channelOperations.putChannel, {
      params,
      body: { platform, name, status, settings, shipping_methods, locations, rule, shortfall },
      ifMatch: form.text("version"),
    });
    const to = connectionPath(params.code);
    return saved.ok ? done(to, `${name} is ${status}.`) : failed(to, saved.error);
  });
  serveAction(app, `${PATH}/test`, "channels:write", async (view, _, key) => {
    const tested = await view.ask(channelOperations.testChannel, { params: paramsOf(view), key });
    const to = connectionPath(paramsOf(view).code);
    return tested.ok ? done(to, `It knows us as ${tested.value.account}.`) : failed(to, tested.error);
  });
  serveAction(app, `${PATH}/compare`, "channels:write", async (view, _, key) => {
    const compared = await view.ask(channelOperations.compareChannel, { params: paramsOf(view), key });
    const to = connectionPath(paramsOf(view).code);
    if (!compared.ok) return failed(to, compared.error);
    return done(
      to,
      `${compared.value.checked} quantities compared, ${compared.value.drifts.length} told again.`,
    );
  });
  serveAction(app, `${PATH}/read-listings`, "channels:write", async (view, _, key) => {
    const read = await view.ask(channelOperations.readListings, { params: paramsOf(view), body: {}, key });
    const to = connectionPath(paramsOf(view).code);
    if (!read.ok) return failed(to, read.error);
    return done(to, `${read.value.read} listings read, ${read.value.unmatched.length} match nothing.`);
  });
  serveAction(app, `${PATH}/retry-order`, "channels:write", async (view, form, key) => {
    const params = { ...paramsOf(view), external_id: form.text("external_id") };
    const taken = await view.ask(channelOperations.retryChannelOrder, { params, key });
    const to = connectionPath(params.code);
    return taken.ok
      ? done(to, `Order ${params.external_id}: ${taken.value.outcome}.`)
      : failed(to, taken.error);
  });
  serveAction(app, `${PATH}/remove`, "channels:write", async (view) => {
    const removed = await view.ask(channelOperations.removeChannel, { params: paramsOf(view) });
    return removed.ok
      ? done(CONNECTIONS_PATH, `${removed.value.code} is forgotten.`)
      : failed(CONNECTIONS_PATH, removed.error);
  });
}

function paramsOf(view: View) {
  return { code: view.params["code"] ?? "" };
}

async function showConnection(view: View): Promise<Shown> {
  const params = paramsOf(view);
  const [read, orders, listings, comparisons] = await Promise.all([
    view.ask(channelOperations.getChannel, { params }),
    view.ask(channelOperations.listChannelOrders, { params, query: { limit: SHOWN_ROWS } }),
    view.ask(channelOperations.listListings, { params, query: { limit: SHOWN_ROWS, match: "none" } }),
    view.ask(channelOperations.listComparisons, { params, query: { limit: 5 } }),
  ]);
  if (!read.ok) return { problem: read.error };
  if (!orders.ok) return { problem: orders.error };
  if (!listings.ok) return { problem: listings.error };
  if (!comparisons.ok) return { problem: comparisons.error };
  const connection = read.value;
  const { health } = connection;
  return {
    title: connection.name,
    body: (
      <>
        <SettingsTabs view={view} />
        <p class="row">
          <Badge status={connection.status} />
          <span>{connection.platform}</span>
          <code>{connection.webhook_path}</code>
        </p>
        {view.can("channels:write") ? <Actions view={view} connection={connection} /> : null}
        <Health health={health} />
        <Orders view={view} code={connection.code} orders={orders.value.data} />
        <section class="card" aria-labelledby="unmatched">
          <h2 id="unmatched">Listings that match nothing</h2>
          {listings.value.data.length === 0 ? (
            <Empty title="None">
              <p>Every listing that was read is known.</p>
            </Empty>
          ) : (
            <Table
              caption="Listings that match no SKU"
              columns={[
                { label: "Listing", cell: ({ listing }) => <code>{listing}</code> },
                { label: "Title", cell: ({ title }) => title },
                { label: "Its SKU", cell: ({ external_sku }) => <code>{external_sku ?? "–"}</code> },
              ]}
              rows={listings.value.data}
            />
          )}
        </section>
        <section class="card" aria-labelledby="comparisons">
          <h2 id="comparisons">Comparisons of quantities</h2>
          {comparisons.value.data.length === 0 ? (
            <Empty title="None yet" />
          ) : (
            <Table
              caption="Comparisons, newest first"
              columns={[
                { label: "When", cell: ({ at }) => <Time at={at} /> },
                { label: "Compared", cell: ({ checked }) => checked, isNumber: true },
                { label: "Told again", cell: ({ drifts }) => drifts.length, isNumber: true },
              ]}
              rows={comparisons.value.data}
            />
          )}
        </section>
      </>
    ),
  };
}

const Actions = ({ view, connection }: { view: View; connection: Connection }) => {
  const path = connectionPath(connection.code);
  const isActive = connection.status === "active";
  return (
    <div class="row">
      <Form view={view} action={`${path}/test`}>
        <button>Test</button>
      </Form>
      <Form view={view} action={`${path}/status`}>
        <input type="hidden" name="version" value={`"${connection.version}"`} />
        <input type="hidden" name="status" value={isActive ? "paused" : "active"} />
        <button>{isActive ? "Pause" : "Go on"}</button>
      </Form>
      <Form view={view} action={`${path}/compare`}>
        <button>Compare quantities</button>
      </Form>
      <Form view={view} action={`${path}/read-listings`}>
        <button>Read listings</button>
      </Form>
      <a class="button" href={`${path}/edit`}>
        Change
      </a>
      <Confirm label="Remove" tone="danger">
        <p>
          Its secrets and listings are forgotten. Its orders stay, and the platform is told nothing any more.
        </p>
        <Form view={view} action={`${path}/remove`}>
          <button class="danger">Remove {connection.name}</button>
        </Form>
      </Confirm>
    </div>
  );
};

const circuits = { closed: "well", open: "not called", half_open: "being tried" } as const;

const Health = ({ health }: { health: Connection["health"] }) => (
  <>
    <Figures label="Health">
      <Figure
        id="circuit"
        label="It is doing"
        value={circuits[health.circuit]}
        tone={health.circuit === "closed" ? "good" : health.circuit === "open" ? "bad" : "warn"}
        how="Well: calls go through. Not called: several failed one after another, so it is left alone for a while. Being tried: one call finds out."
      />
      <Figure
        id="successes"
        label="Calls answered"
        value={health.successes}
        how="Calls that it answered, since the connection was made."
      />
      <Figure
        id="failures"
        label="Calls failed"
        value={health.failures}
        how="Calls that failed or were not answered in ten seconds, since the connection was made."
      />
    </Figures>
    <dl class="facts">
      <dt>Last answered</dt>
      <dd>
        <Time at={health.last_success_at} />
      </dd>
      <dt>Last failed</dt>
      <dd>
        <Time at={health.last_failure_at} /> {health.last_error ?? ""}
      </dd>
      {health.quiet_until === null ? null : (
        <>
          <dt>Asked for quiet until</dt>
          <dd>
            <Time at={health.quiet_until} />
          </dd>
        </>
      )}
    </dl>
  </>
);

const Orders = ({
  view,
  code,
  orders,
}: {
  view: View;
  code: string;
  orders: ReadonlyArray<ChannelOrderView>;
}) => (
  <section class="card" aria-labelledby="orders">
    <h2 id="orders">Its orders</h2>
    {orders.length === 0 ? (
      <Empty title="None came in yet" />
    ) : (
      <Table
        caption="Orders of the platform, newest first"
        columns={[
          { label: "Its number", cell: ({ external_id }) => <code>{external_id}</code> },
          {
            label: "Became",
            cell: ({ outcome, is_short }) => (
              <>
                <Badge
                  status={outcome}
                  tone={outcome === "captured" ? "good" : outcome === "refused" ? "bad" : "plain"}
                />
                {is_short ? <Badge status="short" tone="warn" /> : null}
              </>
            ),
          },
          {
            label: "Why",
            cell: ({ reason, detail }) => [reason, detail].filter((part) => part !== null).join(": ") || "–",
          },
          { label: "Order", cell: ({ order }) => <code>{order ?? "–"}</code> },
          { label: "Came", cell: ({ received_at }) => <Time at={received_at} /> },
          {
            label: "Again",
            cell: ({ external_id, outcome }) =>
              outcome === "captured" || !view.can("channels:write") ? null : (
                <Form view={view} action={`${connectionPath(code)}/retry-order`}>
                  <input type="hidden" name="external_id" value={external_id} />
                  <button class="small">Take it again</button>
                </Form>
              ),
          },
        ]}
        rows={orders}
      />
    )}
  </section>
);
