import type { FC } from "hono/jsx";

import type { OrderDetailView } from "../../../../contract/orders.ts";
import { moneyText } from "../../components/money.tsx";
import { Empty, Time } from "../../components/show.tsx";

type OrderEvent = OrderDetailView["events"][number];

/** Members of an event that are amounts in minor units of its currency. */
const AMOUNTS = new Set(["amount", "total", "refund", "value_before", "value_after", "net"]);

/** Everything that happened to an order, newest first. */
export const Timeline: FC<{ events: ReadonlyArray<OrderEvent>; currency: string }> = ({
  events,
  currency,
}) => {
  if (events.length === 0) return <Empty title="Nothing has happened yet" />;
  return (
    <ol class="timeline">
      {events.toReversed().map((event) => (
        <li>
          <p class="what">
            <strong>{titleOf(event.type)}</strong> <span class="soft">{factsOf(event, currency)}</span>
          </p>
          <p class="soft">
            <Time at={event.occurred_at} /> by <code>{event.actor}</code>
          </p>
        </li>
      ))}
    </ol>
  );
};

/** `payment.requires_action` is read as "Payment requires action". */
function titleOf(type: string): string {
  const words = type.replaceAll(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function factsOf({ data }: OrderEvent, fallback: string): string {
  const currency = typeof data["currency"] === "string" ? data["currency"] : fallback;
  return Object.entries(data)
    .flatMap(([name, value]) => {
      if (name === "currency" || value === null) return [];
      if (AMOUNTS.has(name) && typeof value === "number")
        return [`${wordOf(name)} ${moneyText(value, currency)}`];
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
        return [`${wordOf(name)} ${String(value)}`];
      return Array.isArray(value) && value.every((item) => typeof item === "string")
        ? [`${wordOf(name)} ${value.join(", ")}`]
        : [];
    })
    .join(" · ");
}

function wordOf(name: string): string {
  return name.replaceAll("_", " ");
}
