import type { Sku } from "../brand.ts";
import { roundedShare, splitByLargestRemainder } from "../money.ts";
import { err, ok, type Result } from "../result.ts";
import type { Address, OrderLine, OrderTotals } from "./order.ts";
import { orderValue } from "./totals.ts";

export const orderChangeStatuses = ["pending", "confirmed", "canceled"] as const;

/** One thing that is changed about a placed order. Amounts are minor units. */
export type ChangeAction =
  | {
      readonly type: "add_line";
      readonly sku: Sku;
      readonly quantity: number;
      readonly unit_price?: number | undefined;
    }
  /** Fewer units of a line; more of them are a line of their own. */
  | { readonly type: "remove_units"; readonly line: string; readonly quantity: number }
  | { readonly type: "set_price"; readonly line: string; readonly unit_price: number }
  | { readonly type: "add_discount"; readonly amount: number }
  | { readonly type: "set_shipping"; readonly amount: number }
  | { readonly type: "set_address"; readonly address: Address };

/** What was added, priced. */
export type AddedLine = {
  readonly sku: Sku;
  readonly title: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
};

export type ChangeRefusal =
  | { readonly code: "line_unknown"; readonly line: string }
  | { readonly code: "quantity_unavailable"; readonly line: string; readonly available: number }
  /** Of this line something has left, was canceled or was paid back: what it cost stands. */
  | { readonly code: "line_settled"; readonly line: string }
  | { readonly code: "amount_unavailable"; readonly available: number }
  | { readonly code: "nothing_left" };

type Line = OrderLine;

export type ChangedOrder = {
  readonly lines: ReadonlyArray<Line>;
  readonly added: ReadonlyArray<AddedLine>;
  readonly totals: OrderTotals;
  readonly address: Address | null;
  /** What the order was worth, and what it is worth now, without its canceled units. */
  readonly valueBefore: number;
  readonly valueAfter: number;
  /** Units that are given back, by SKU. Price changes touch no stock. */
  readonly removed: ReadonlyMap<Sku, number>;
};

/**
 * Works out what changes make of an order. Nothing is remembered between looking and confirming: both work it out from
 * the order as it is then.
 *
 * @param added - The lines of the `add_line` actions, priced, in their order.
 * @param settled - Lines of which units were paid back.
 */
export function changeOrder(
  order: OrderTotals,
  lines: ReadonlyArray<Line>,
  actions: ReadonlyArray<ChangeAction>,
  added: ReadonlyArray<AddedLine>,
  settled: ReadonlySet<string>,
): Result<ChangedOrder, ChangeRefusal> {
  let changed = [...lines];
  let fresh = [...added];
  let shippingTotal = order.shippingTotal;
  let address: Address | null = null;
  const removed = new Map<Sku, number>();
  for (const action of actions) {
    if (action.type === "set_shipping") shippingTotal = action.amount;
    if (action.type === "set_address") address = action.address;
    if (action.type === "remove_units" || action.type === "set_price") {
      const next = changeLine(changed, action, settled);
      if (!next.ok) return next;
      changed = changed.map((line) => (line.id === next.value.id ? next.value : line));
      if (action.type === "remove_units") {
        removed.set(next.value.sku, (removed.get(next.value.sku) ?? 0) + action.quantity);
      }
    }
    if (action.type === "add_discount") {
      const spread = discount(changed, fresh, action.amount, settled);
      if (!spread.ok) return spread;
      ({ lines: changed, added: fresh } = spread.value);
    }
  }
  if (
    fresh.length === 0 &&
    changed.every(({ quantity, canceledQuantity }) => quantity === canceledQuantity)
  ) {
    return err({ code: "nothing_left" });
  }
  const totals = totalsOf([...changed, ...fresh], shippingTotal);
  return ok({
    lines: changed,
    added: fresh,
    totals,
    address,
    valueBefore: orderValue(order, lines),
    valueAfter: orderValue(totals, [...changed, ...fresh.map((line) => ({ ...line, canceledQuantity: 0 }))]),
    removed,
  });
}

function changeLine(
  lines: ReadonlyArray<Line>,
  action: Extract<ChangeAction, { type: "remove_units" | "set_price" }>,
  settled: ReadonlySet<string>,
): Result<Line, ChangeRefusal> {
  const line = lines.find(({ id }) => id === action.line);
  if (line === undefined) return err({ code: "line_unknown", line: action.line });
  if (action.type === "remove_units") {
    const available = line.quantity - line.canceledQuantity - line.fulfilledQuantity;
    if (action.quantity > available) {
      return err({ code: "quantity_unavailable", line: line.id, available: Math.max(0, available) });
    }
    return ok({ ...line, canceledQuantity: line.canceledQuantity + action.quantity });
  }
  if (isSettled(line, settled)) return err({ code: "line_settled", line: line.id });
  const gross = line.quantity * action.unit_price;
  return ok(repriced(line, { unitPrice: action.unit_price, discount: Math.min(line.discount, gross) }));
}

/** What was paid back, sent or canceled of a line was worth what the line cost then. */
function isSettled(line: Line, settled: ReadonlySet<string>): boolean {
  return line.fulfilledQuantity > 0 || line.canceledQuantity > 0 || settled.has(line.id);
}

/** The taxes follow the price in proportion, because a line remembers what they were and not their rate. */
function repriced<Priced extends Omit<AddedLine, "sku" | "title">>(
  line: Priced,
  price: { readonly unitPrice: number; readonly discount: number },
): Priced {
  const netBefore = line.quantity * line.unitPrice - line.discount;
  const net = line.quantity * price.unitPrice - price.discount;
  const tax = netBefore > 0 ? roundedShare(line.tax, net, netBefore) : 0;
  return { ...line, ...price, tax, total: net + tax };
}

function discount(
  lines: ReadonlyArray<Line>,
  added: ReadonlyArray<AddedLine>,
  amount: number,
  settled: ReadonlySet<string>,
): Result<{ lines: Array<Line>; added: Array<AddedLine> }, ChangeRefusal> {
  const net = (line: AddedLine | Line) => line.quantity * line.unitPrice - line.discount;
  const open = [...lines.filter((line) => !isSettled(line, settled)), ...added];
  const available = open.reduce((sum, line) => sum + net(line), 0);
  if (amount > available) return err({ code: "amount_unavailable", available });
  const shares = new Map(
    splitByLargestRemainder(amount, open.map(net)).map((share, index) => [open[index], share] as const),
  );
  const lower = <Each extends AddedLine | Line>(line: Each): Each => {
    const share = shares.get(line);
    if (share === undefined || share === 0) return line;
    return repriced(line, { unitPrice: line.unitPrice, discount: line.discount + share });
  };
  return ok({ lines: lines.map(lower), added: added.map(lower) });
}

function totalsOf(
  lines: ReadonlyArray<Omit<AddedLine, "sku" | "title">>,
  shippingTotal: number,
): OrderTotals {
  const sum = (pick: (line: (typeof lines)[number]) => number) =>
    lines.reduce((total, line) => total + pick(line), 0);
  const subtotal = sum(({ quantity, unitPrice }) => quantity * unitPrice);
  const discountTotal = sum((line) => line.discount);
  const taxTotal = sum(({ tax }) => tax);
  return {
    subtotal,
    discountTotal,
    shippingTotal,
    taxTotal,
    total: subtotal - discountTotal + shippingTotal + taxTotal,
  };
}
