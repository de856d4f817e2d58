import type { FC } from "hono/jsx";

import type { OrderDetailView } from "../../../../contract/orders.ts";
import { Money } from "../../components/money.tsx";
import { Table } from "../../components/table.tsx";
import { skuPath } from "../stock/paths.ts";

type Line = OrderDetailView["lines"][number];

/** What was bought, what has become of each unit, and how it adds up. */
export const Lines: FC<{
  order: OrderDetailView;
  /** What each SKU can still give, as its object last told. */
  available: ReadonlyMap<string, number>;
}> = ({ order, available }) => {
  const { currency } = order;
  return (
    <section class="card">
      <h2>Lines</h2>
      <Table
        caption="What was bought"
        columns={[
          {
            label: "Item",
            cell: ({ sku, title }: Line) => (
              <span class="item">
                <span>{title}</span>
                <a href={skuPath(sku)}>
                  <code>{sku}</code>
                </a>
              </span>
            ),
          },
          { label: "Units", cell: unitsText },
          {
            label: "In stock now",
            cell: ({ sku }) => available.get(sku) ?? <span class="none">–</span>,
            isNumber: true,
          },
          {
            label: "Price",
            cell: (line) => <Money amount={line.unit_price} currency={currency} />,
            isNumber: true,
          },
          {
            label: "Discount",
            cell: (line) => <Money amount={-line.discount} currency={currency} />,
            isNumber: true,
          },
          { label: "Tax", cell: (line) => <Money amount={line.tax} currency={currency} />, isNumber: true },
          {
            label: "Total",
            cell: (line) => <Money amount={line.total} currency={currency} />,
            isNumber: true,
          },
        ]}
        rows={order.lines}
      />
      <dl class="sums">
        {sumsOf(order).map(([label, amount]) => (
          <>
            <dt>{label}</dt>
            <dd>
              <Money amount={amount} currency={currency} />
            </dd>
          </>
        ))}
      </dl>
    </section>
  );
};

function sumsOf(order: OrderDetailView): ReadonlyArray<readonly [string, number]> {
  return [
    ["Subtotal", order.subtotal],
    ...(order.discount_total === 0 ? [] : [["Discount", -order.discount_total] as const]),
    ["Shipping", order.shipping_total],
    ["Tax", order.tax_total],
    ["Total", order.total],
  ];
}

function unitsText({ quantity, fulfilled, returned, canceled }: Line): string {
  const parts = [
    [fulfilled, "sent"],
    [canceled, "canceled"],
    [returned, "returned"],
  ] as const;
  const told = parts.filter(([units]) => units > 0).map(([units, what]) => `${units} ${what}`);
  return told.length === 0 ? String(quantity) : `${quantity} (${told.join(", ")})`;
}
