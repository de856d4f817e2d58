import type { FC } from "hono/jsx";

import { fulfillmentOperations, type PickListView } from "../../../../contract/fulfillment.ts";
import { findScanned, readWork, WORK_MAX, type LocationWork } from "../../../../db/work-board.ts";
import { Field, Form } from "../../components/form.tsx";
import { Badge, Empty, Figure, Figures, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { orderPath } from "../orders/paths.ts";
import { skuPath } from "../stock/paths.ts";
import { assignmentPath, EXCEPTIONS_PATH, FULFILLMENT_PATH, parcelPath, pickListsPath } from "./paths.ts";

export const FulfillmentTabs: FC<{ view: View }> = ({ view }) => {
  const [path = ""] = view.path.split("?");
  const tabs = [
    [FULFILLMENT_PATH, "Work"],
    ...(view.can("ops:read") ? [[EXCEPTIONS_PATH, "Exceptions"] as const] : []),
  ] as const;
  return (
    <nav class="tabs" aria-label="Fulfilment">
      {tabs.map(([href, label]) => (
        <a href={href} {...(path === href ? { "aria-current": "page" } : {})}>
          {label}
        </a>
      ))}
    </nav>
  );
};

/** Where a scanner or a keyboard says what is in somebody's hand. */
export const Scan: FC<{ view: View }> = ({ view }) => (
  <form method="get" action={FULFILLMENT_PATH} class="card search" role="search" aria-label="Scan">
    <div class="search-line">
      <Field
        label="Scan"
        name="scan"
        type="search"
        maxlength={128}
        value={view.query("scan") ?? ""}
        autofocus
        placeholder="Pick list, label, tracking number, SKU or barcode, order's number"
      />
      <button class="main">Go</button>
    </div>
  </form>
);

/** What each location has to do now. */
export async function showWork(view: View): Promise<Shown | { readonly to: string }> {
  const scanned = view.query("scan")?.trim();
  const found = scanned === undefined ? null : await findScanned(view.services.db, scanned);
  if (found !== null) return { to: pathOf(found) };
  const work = await readWork(view.services.db);
  const total = (pick: (row: LocationWork) => number) => work.reduce((sum, row) => sum + pick(row), 0);
  const places = work.filter(({ location }) => location !== null);
  const counted = (count: number) => (count >= WORK_MAX ? `${WORK_MAX.toLocaleString("en")}+` : count);
  return {
    title: "Fulfilment",
    body: (
      <>
        <FulfillmentTabs view={view} />
        <Figures label="Work at all locations">
          <Figure
            id="open"
            label="To be picked"
            value={counted(total(({ open }) => open))}
            how="Assignments that a location has, and has not begun: status open, summed over locations."
          />
          <Figure
            id="progress"
            label="Picked, not sent"
            value={counted(total((row) => row.inProgress))}
            how="Assignments in progress: a carton is begun, or the location has said that it ships it."
          />
          <Figure
            id="held"
            label="On hold"
            value={counted(total(({ onHold }) => onHold))}
            how="Assignments that nobody is to pick for now."
          />
          <Figure
            id="unplaced"
            label="Without a location"
            value={counted(total(({ incomplete }) => incomplete))}
            {...(total(({ incomplete }) => incomplete) > 0 ? { tone: "warn" as const } : {})}
            how="Units of orders that no location can give: received units are given to the oldest of them."
          />
        </Figures>
        {scanned === undefined ? null : (
          <p class="flash failed" role="alert">
            Nothing here is called “{scanned}”.
          </p>
        )}
        <Scan view={view} />
        {places.length === 0 ? (
          <Empty title="No locations">
            <p>Set one up in the settings; orders are then routed to it.</p>
          </Empty>
        ) : (
          <Table
            caption="Work by location"
            columns={[
              {
                label: "Location",
                cell: ({ location, name }: LocationWork) => (
                  <a href={pickListsPath(location ?? "")}>
                    {name} (<code>{location}</code>)
                  </a>
                ),
              },
              { label: "To be picked", cell: ({ open }) => counted(open), isNumber: true },
              { label: "Picked, not sent", cell: ({ inProgress }) => counted(inProgress), isNumber: true },
              { label: "On hold", cell: ({ onHold }) => counted(onHold), isNumber: true },
            ]}
            rows={places}
          />
        )}
      </>
    ),
  };
}

function pathOf({ kind, id }: NonNullable<Awaited<ReturnType<typeof findScanned>>>): string {
  const paths = { assignment: assignmentPath, parcel: parcelPath, order: orderPath, sku: skuPath };
  return paths[kind](id);
}

/** What is to be picked at one location, oldest first, and on paper. */
export async function showPickLists(view: View): Promise<Shown> {
  const location = view.params["location"] ?? "";
  const status = view.query("status") === "picked" ? "picked" : "open";
  const list = await view.ask(fulfillmentOperations.listPickLists, {
    query: { location, status, limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  const { data, next_cursor: nextCursor } = list.value;
  return {
    title: `Pick lists, ${location}`,
    body: (
      <>
        <FulfillmentTabs view={view} />
        <Scan view={view} />
        <p>
          {status === "open" ? (
            <a href={`${pickListsPath(location)}?status=picked`}>Those that were picked</a>
          ) : (
            <a href={pickListsPath(location)}>Those that are to be picked</a>
          )}
        </p>
        {data.length === 0 ? (
          <Empty title={status === "open" ? "Nothing to pick" : "Nothing was picked yet"}>
            <p>Orders that are routed to this location come here by themselves.</p>
          </Empty>
        ) : (
          <Table
            caption={status === "open" ? "To be picked, oldest first" : "Picked"}
            columns={[
              {
                label: "Pick list",
                cell: ({ id, fulfillment_order }: PickListView) => (
                  <a href={assignmentPath(fulfillment_order)}>
                    <code>{id.slice(-8)}</code>
                  </a>
                ),
              },
              { label: "State", cell: (list) => <Badge status={list.status} /> },
              { label: "Since", cell: ({ created_at }) => <Time at={created_at} /> },
              {
                label: "Units",
                cell: ({ lines }) => lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", "),
              },
              {
                label: "Steps",
                cell: ({ id, status: state }) => (
                  <span class="row end">
                    <a
                      class="button small"
                      href={`${FULFILLMENT_PATH}/print/pick-list/${encodeURIComponent(id)}`}
                    >
                      Print
                    </a>
                    {state === "open" && view.can("fulfillment:write") ? (
                      <Form
                        view={view}
                        action={`${FULFILLMENT_PATH}/picked/${encodeURIComponent(id)}`}
                        class="inline"
                        label={`Pick list ${id.slice(-8)}`}
                      >
                        <button class="small main">Picked</button>
                      </Form>
                    ) : null}
                  </span>
                ),
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
