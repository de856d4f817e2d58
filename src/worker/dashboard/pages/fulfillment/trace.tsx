import type { FC } from "hono/jsx";

import type { FulfillmentOrderView } from "../../../../contract/fulfillment.ts";
import { Badge } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";

type Trace = NonNullable<FulfillmentOrderView["trace"]>;

/** Why each location was or was not chosen, as the router decided it. */
export const RouteTrace: FC<{ trace: Trace }> = ({ trace }) => (
  <section class="card">
    <h2>Why this location</h2>
    <p class="soft">
      {trace.plan === undefined
        ? `Strategy: ${trace.strategy.replaceAll("_", " ")}.`
        : `Plan ${trace.plan.code}: ${trace.plan.rules.join(", ") || "no rules applied"}.`}
    </p>
    <Table
      caption="Locations as the router saw them"
      columns={[
        { label: "Location", cell: ({ location }: Trace["locations"][number]) => <code>{location}</code> },
        {
          label: "Outcome",
          cell: ({ outcome }) => <Badge status={outcome} tone={outcome === "chosen" ? "good" : "plain"} />,
        },
        {
          label: "Distance",
          cell: ({ distance_metres, is_estimated }) =>
            distance_metres === null
              ? "unknown"
              : `${is_estimated ? "about " : ""}${Math.round(distance_metres / 1000)} km`,
          isNumber: true,
        },
        { label: "Could give", cell: (row) => row.units_available, isNumber: true },
        { label: "Gives", cell: (row) => row.units_chosen, isNumber: true },
      ]}
      rows={trace.locations}
    />
  </section>
);
