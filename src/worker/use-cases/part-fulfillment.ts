import { derivedId } from "../../db/events.ts";
import type { FulfillmentLineRow, FulfillmentOrder } from "../../db/fulfillment.ts";

type Part = {
  /** What tells it apart from other parts of the same fulfillment order. */
  readonly name: string;
  readonly location: string;
  readonly quantityOf: (line: FulfillmentLineRow) => number;
};

/**
 * Some units of a fulfillment order as one of its own, which is planned, allocated and confirmed as any other is. A SKU's
 * object knows an allocation as a whole, so a part needs a new name; it takes its units over from the whole, so that no
 * other order can have them in between.
 *
 * @returns none where it would be empty.
 */
export function partOf(
  whole: FulfillmentOrder,
  { name, location, quantityOf }: Part,
  placedAtMs: number,
  nowMs: number,
): Array<FulfillmentOrder> {
  const id = derivedId("ful", placedAtMs, whole.id, name);
  const lines = whole.lines.flatMap((line) => {
    const quantity = quantityOf(line);
    if (quantity <= 0) return [];
    const lineId = derivedId("fline", placedAtMs, id, line.orderLineId);
    return [{ ...line, id: lineId, fulfillmentOrderId: id, quantity }];
  });
  if (lines.length === 0) return [];
  return [
    {
      ...whole,
      id,
      location,
      status: "open",
      rejectedReason: null,
      queue: null,
      cancelAtMs: null,
      replaces: whole.location === null ? null : whole.id,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
      lines,
    },
  ];
}

/** Units by line of an order, where a caller named some; all of them where it named none. */
export function unitsNamed(
  named: ReadonlyArray<{ readonly line: string; readonly quantity: number }> | null,
): (line: FulfillmentLineRow) => number {
  if (named === null) return ({ quantity }) => quantity;
  return ({ orderLineId }) =>
    named.reduce((sum, { line, quantity }) => (line === orderLineId ? sum + quantity : sum), 0);
}
