import type { FC } from "hono/jsx";

import type { OrderDetailView } from "../../../../contract/orders.ts";
import { Money } from "../../components/money.tsx";
import { Badge, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import { assignmentPath, parcelPath } from "../fulfillment/paths.ts";
import { returnPath } from "./paths.ts";

/** Which location sends what, and in which parcels. */
export const Parcels: FC<{ order: OrderDetailView }> = ({ order }) => (
  <section class="card">
    <h2>Fulfilment</h2>
    {order.fulfillment_orders.length === 0 ? (
      <p class="soft">No location has been given anything of it yet.</p>
    ) : (
      <Table
        caption="What each location sends"
        columns={[
          {
            label: "Assignment",
            cell: ({ id }) => (
              <a href={assignmentPath(id)}>
                <code>{id.slice(-8)}</code>
              </a>
            ),
          },
          { label: "Location", cell: ({ location }) => location ?? "none yet" },
          { label: "State", cell: ({ status }) => <Badge status={status} /> },
          {
            label: "Units",
            cell: ({ lines }) => lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", "),
          },
          { label: "Since", cell: ({ created_at }) => <Time at={created_at} /> },
        ]}
        rows={order.fulfillment_orders}
      />
    )}
    {order.shipments.length === 0 ? null : (
      <Table
        caption="Parcels"
        isCaptionShown
        columns={[
          {
            label: "Parcel",
            cell: ({ id }) => (
              <a href={parcelPath(id)}>
                <code>{id.slice(-8)}</code>
              </a>
            ),
          },
          { label: "State", cell: ({ status }) => <Badge status={status} /> },
          { label: "On its way", cell: ({ tracking_status }) => tracking_status.replaceAll("_", " ") },
          {
            label: "Carrier",
            cell: ({ carrier, service }) => [carrier, service].filter((text) => text !== null).join(" "),
          },
          { label: "Tracking", cell: ({ tracking_number }) => <code>{tracking_number ?? "–"}</code> },
          { label: "Left", cell: ({ shipped_at }) => <Time at={shipped_at} /> },
          { label: "Delivered", cell: ({ delivered_at }) => <Time at={delivered_at} /> },
        ]}
        rows={order.shipments}
      />
    )}
  </section>
);

export const Returns: FC<{ order: OrderDetailView }> = ({ order }) =>
  order.returns.length === 0 ? null : (
    <section class="card">
      <h2>Returns</h2>
      <Table
        caption="Returns and claims"
        columns={[
          {
            label: "Return",
            cell: ({ id }) => (
              <a href={returnPath(id)}>
                <code>{id.slice(-8)}</code>
              </a>
            ),
          },
          { label: "State", cell: ({ status }) => <Badge status={status} /> },
          { label: "Why", cell: ({ reason }) => reason?.replaceAll("_", " ") ?? "–" },
          { label: "Asked", cell: ({ created_at }) => <Time at={created_at} /> },
          {
            label: "Paid back",
            cell: ({ refund_amount }) => <Money amount={refund_amount} currency={order.currency} />,
            isNumber: true,
          },
        ]}
        rows={order.returns}
      />
    </section>
  );
