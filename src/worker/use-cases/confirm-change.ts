import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { readCheckoutFacts } from "../../db/checkout.ts";
import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import { writeConfirmedChange, type ConfirmedChange, type OrderChangeRow } from "../../db/order-changes.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { WriteOff } from "../../db/schema/order-changes.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { progressOf } from "../../domain/fulfillment/progress.ts";
import {
  changeOrder,
  type AddedLine,
  type ChangeAction,
  type ChangedOrder,
  type ChangeRefusal,
} from "../../domain/orders/change.ts";
import { priceOrder } from "../../domain/orders/place.ts";
import { paymentStatusOf, summarizeLedger } from "../../domain/payments/ledger.ts";
import {
  paidBackBefore,
  paidBackUnits,
  removedShare,
  type RefundLine,
} from "../../domain/payments/refund.ts";
import { leftIn, refundableRooms } from "../../domain/payments/rooms.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { earlierRefunds, planOrderRefund, refusalProblem, requestRows } from "./ask-payment.ts";
import { AWAITING_PAYMENT } from "./hold-order.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { pendingParts } from "./settle-payment.ts";
import { settleRequests } from "./settle-requests.ts";

export type ChangeServices = Pick<
  Services,
  "nowMs" | "db" | "sku" | "paymentProvider" | "send" | "background" | "fulfillmentMode"
>;

/** What changes come to: worked out anew whenever somebody looks, and once more when they are confirmed. */
export type ChangePlan = {
  readonly changed: ChangedOrder;
  /** Captured, and more than the order is worth then. */
  readonly refund: number;
  /** What is still to be paid then, beyond what is authorized. */
  readonly owed: number;
};

/** Works out what changes come to. Nothing is written. */
export async function planChange(
  services: Pick<Services, "db">,
  aggregate: OrderAggregate,
  actions: ReadonlyArray<ChangeAction>,
): Promise<Result<ChangePlan, Problem>> {
  const { order, lines, transactions } = aggregate;
  if (order.status !== "placed" && order.status !== "on_hold") {
    return err(problem("order_state_conflict", { order_status: order.status }));
  }
  const added = await priceAdded(services, order.currency as CurrencyCode, actions);
  if (!added.ok) return added;
  const earlier = earlierRefunds(aggregate);
  const settled = new Set(earlier.flatMap((refund) => refund.lines.map(({ line }) => line)));
  const known = lines.map((line) => ({ ...line, sku: skuSchema.parse(line.sku) }));
  const changed = changeOrder(order, known, actions, added.value, settled);
  if (!changed.ok) return err(changeProblem(changed.error));
  const refusal = packingRefusal(aggregate, changed.value);
  if (refusal !== null) return err(refusal);
  const { captured, capturable } = summarizeLedger(transactions);
  // What was paid back for its own sake, or for a return, the buyer keeps whatever the order is worth.
  const paidBack = aggregate.paymentRequests.reduce(
    (sum, { kind, status, because, amount }) =>
      kind === "refund" && status !== "failed" && because === "changed" ? sum + amount : sum,
    0,
  );
  const { valueAfter } = changed.value;
  // Units that were paid back before they were taken out have been paid back.
  const twice = changed.value.lines.reduce(
    (sum, line) => sum + paidBackBefore(line, paidBackUnits(earlier, line.id), line.canceledQuantity),
    0,
  );
  const kept = captured - paidBack - twice;
  const tooMuch = Math.max(0, kept - valueAfter);
  const refundable = leftIn(refundableRooms(transactions, pendingParts(aggregate)));
  return ok({
    changed: changed.value,
    refund: Math.min(tooMuch, refundable),
    owed: Math.max(0, valueAfter - (order.waived ?? 0) - kept - Math.max(0, capturable)),
  });
}

async function priceAdded(
  services: Pick<Services, "db">,
  currency: CurrencyCode,
  actions: ReadonlyArray<ChangeAction>,
): Promise<Result<ReadonlyArray<AddedLine>, Problem>> {
  const adds = actions.filter((action) => action.type === "add_line");
  if (adds.length === 0) return ok([]);
  const skus = adds.map(({ sku }) => sku);
  const [facts] = await readCheckoutFacts(services.db, [
    { orderId: "", skus, shippingMethod: "standard", scope: "" },
  ]);
  const catalogue = new Map(
    [...(facts?.catalogue ?? new Map())].map(([sku, sellable]) => {
      const given = adds.find((add) => add.sku === sku)?.unit_price;
      return [sku, given === undefined ? sellable : { ...sellable, prices: [{ currency, amount: given }] }];
    }),
  );
  const priced = priceOrder(adds, catalogue, currency, null, {});
  if (priced.ok) return priced.value.lines.length === 0 ? ok([]) : ok(priced.value.lines);
  return err(
    priced.error.code === "price_missing"
      ? problem("price_missing", { sku: priced.error.sku, currency })
      : problem("request_invalid", { errors: [{ pointer: "/actions", detail: "is worth too much" }] }),
  );
}

/** What somebody is packing is not taken out of the box again. */
function packingRefusal(
  { shipments, fulfillmentOrders }: OrderAggregate,
  { removed }: ChangedOrder,
): Problem | null {
  if (removed.size === 0) return null;
  const isPacked = shipments.some(({ status }) =>
    ["pending", "picked", "packed", "labeled"].includes(status),
  );
  const isUnderWay = fulfillmentOrders.some(({ status }) => status === "in_progress");
  return isPacked || isUnderWay ? problem("order_state_conflict", { because: "being_packed" }) : null;
}

export function changeProblem(refusal: ChangeRefusal): Problem {
  switch (refusal.code) {
    case "line_unknown":
      return problem("order_line_unknown", { line: refusal.line });
    case "quantity_unavailable":
      return problem("quantity_unavailable", { line: refusal.line, available: refusal.available });
    case "line_settled":
      return problem("order_state_conflict", { because: "line_settled", line: refusal.line });
    case "amount_unavailable":
      return problem("amount_unavailable", { of: "discount", available: refusal.available });
    case "nothing_left":
      return problem("order_state_conflict", { because: "nothing_left" });
  }
}

export type ConfirmChange = {
  readonly change: OrderChangeRow;
  readonly actor: Actor;
  /** Whether what is paid too much goes back, and what becomes of an order that is owed more. */
  readonly refund: boolean;
  readonly onBalance: "hold" | "ship";
  /** Whether the buyer is told. */
  readonly notify: boolean;
  /** Set where units are canceled: whether they go back on sale. */
  readonly cancel?: { readonly restock: boolean };
};

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

/**
 * Confirms a change: the order as it is then, what is paid back, and the message by which the stock follows, in one
 * write. Only then the provider is asked for the money.
 */
export async function confirmChange(
  services: ChangeServices,
  orderId: string,
  asked: ConfirmChange,
): Promise<Result<OrderAggregate, Problem>> {
  const { change, actor } = asked;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const { order, events } = aggregate;
    const nowMs = services.nowMs();
    const mark = eventRow(orderId, "order.changed", change.id, {}, actor.principalId, nowMs).id;
    if (events.some(({ id }) => id === mark)) return ok(aggregate);
    if (change.status !== "pending")
      return err(problem("order_state_conflict", { change_status: change.status }));
    const plan = await planChange(services, aggregate, change.actions);
    if (!plan.ok) return plan;
    if (order.stockCommittedAtMs === null && touchesStock(plan.value.changed)) {
      return err(problem("order_state_conflict", { because: "stock_not_committed" }));
    }
    const confirmed = rowsOf(aggregate, change, plan.value, asked, nowMs);
    if (!confirmed.ok) return confirmed;
    if (!(await writeConfirmedChange(services.db, confirmed.value, nowMs))) continue;
    services.background(relayCommitted(services, confirmed.value.outbox));
    // What fails here, the message of the request brings to its end.
    await settleRequests(services, orderId, actor.principalId).catch(() => null);
    const written = await readOrder(services.db, orderId);
    return written === null ? err(problem("not_found")) : ok(written);
  }
  return err(problem("unavailable"));
}

function touchesStock({ added, removed }: ChangedOrder): boolean {
  return added.length > 0 || removed.size > 0;
}

function rowsOf(
  aggregate: OrderAggregate,
  change: OrderChangeRow,
  { changed, refund, owed }: ChangePlan,
  asked: ConfirmChange,
  nowMs: number,
): Result<ConfirmedChange, Problem> {
  const { order, fulfillmentOrders, fulfillmentLines, transactions, payments } = aggregate;
  const { actor } = asked;
  const amount = asked.refund ? refund : 0;
  const planned =
    amount === 0
      ? null
      : planOrderRefund(aggregate, { kind: "amount", amount }, change.reason ?? change.id, "changed");
  if (planned !== null && !planned.ok) return err(refusalProblem(planned.error));
  const requestId = derivedId("preq", order.placedAtMs, change.id, "confirmed");
  const unplanned = unplannedBy(aggregate, changed);
  const added = addedRows(aggregate, change, changed.added);
  const assignments = fulfillmentOrders
    .filter(({ id }) => !unplanned.includes(id))
    .map((one) => ({
      ...one,
      lines: fulfillmentLines.filter(({ fulfillmentOrderId }) => fulfillmentOrderId === one.id),
    }));
  const isHeld =
    owed > 0 &&
    asked.onBalance === "hold" &&
    order.status === "placed" &&
    changed.valueAfter > changed.valueBefore;
  const data = {
    change: change.id,
    actions: change.actions.map((action) => action.type),
    value_before: changed.valueBefore,
    value_after: changed.valueAfter,
    refund: amount,
    reason: change.reason,
    notify: asked.notify,
    removed: removedLines(aggregate, changed),
    ...asked.cancel,
  };
  const { fulfillmentStatus, isDelivered } = progressOf([...changed.lines, ...added], assignments);
  return ok({
    orderId: order.id,
    version: order.version,
    // Where the rest is delivered, nothing is left to wait for.
    status: isHeld ? "on_hold" : isDelivered && order.status === "placed" ? "completed" : order.status,
    holdReason: isHeld ? AWAITING_PAYMENT : order.holdReason,
    paymentStatus: paymentStatusOf(transactions, changed.totals.total, payments),
    fulfillmentStatus,
    totals: changed.totals,
    address: changed.address,
    lines: changed.lines.map((line) => ({ ...line, orderId: order.id, placedAtMs: order.placedAtMs })),
    added,
    unplanned,
    change: {
      ...change,
      status: "confirmed",
      removed: Object.fromEntries(changed.removed),
      writtenOff: asked.cancel?.restock === false ? writtenOffBy(aggregate, changed, unplanned) : null,
      updatedAtMs: nowMs,
      version: change.version + 1,
    },
    request: planned === null ? null : requestRows(order, requestId, planned.value, actor, nowMs),
    events: [eventRow(order.id, "order.changed", change.id, data, actor.principalId, nowMs)],
    outbox: touchesStock(changed)
      ? [outboxRow("fulfillment", { type: "order.apply_change", change_id: change.id }, nowMs)]
      : [],
    audit: auditRow(actor, "order.changed", `order:${order.id}`, data, nowMs),
  });
}

/** What of which line goes, and what it was worth: a refund by units does not pay it back again. */
function removedLines({ lines }: OrderAggregate, changed: ChangedOrder): Array<RefundLine> {
  return changed.lines.flatMap(({ id, quantity, total, canceledQuantity }) => {
    const before = lines.find((line) => line.id === id)?.canceledQuantity ?? 0;
    const units = canceledQuantity - before;
    if (units <= 0) return [];
    return [{ line: id, quantity: units, amount: removedShare(total, quantity, before, units) }];
  });
}

/** Fulfillment orders with units of a line of which some go: all of it is planned again. */
function unplannedBy(
  { lines, fulfillmentOrders, fulfillmentLines }: OrderAggregate,
  changed: ChangedOrder,
): Array<string> {
  const fewer = new Set(
    changed.lines
      .filter(
        (line) => (lines.find(({ id }) => id === line.id)?.canceledQuantity ?? 0) < line.canceledQuantity,
      )
      .map(({ id }) => id),
  );
  const touched = new Set(
    fulfillmentLines
      .filter(({ orderLineId }) => fewer.has(orderLineId))
      .map((line) => line.fulfillmentOrderId),
  );
  return fulfillmentOrders
    .filter(({ id, status }) => touched.has(id) && ["open", "on_hold", "incomplete"].includes(status))
    .map(({ id }) => id);
}

/** Units that a location had set aside and that are not to be sold again; of those without a location nothing is known. */
function writtenOffBy(
  aggregate: OrderAggregate,
  changed: ChangedOrder,
  unplanned: ReadonlyArray<string>,
): Array<WriteOff> {
  const { fulfillmentOrders, fulfillmentLines } = aggregate;
  return removedLines(aggregate, changed).flatMap(({ line, quantity }) => {
    let left = quantity;
    const off: Array<WriteOff> = [];
    for (const planned of fulfillmentLines) {
      const order = fulfillmentOrders.find(({ id }) => id === planned.fulfillmentOrderId);
      const location = order?.location ?? null;
      if (planned.orderLineId !== line || location === null || !unplanned.includes(order?.id ?? "")) continue;
      const units = Math.min(left, planned.quantity);
      left -= units;
      if (units > 0) off.push({ line: planned.id, sku: planned.sku, location, quantity: units });
    }
    return off;
  });
}

function addedRows(
  { order, lines }: OrderAggregate,
  change: OrderChangeRow,
  added: ReadonlyArray<AddedLine>,
): Array<OrderAggregate["lines"][number]> {
  const last = lines.reduce((max, { position }) => Math.max(max, position), 0);
  return added.map((line, index) => ({
    id: derivedId("line", order.placedAtMs, change.id, String(index)),
    orderId: order.id,
    placedAtMs: order.placedAtMs,
    position: last + index + 1,
    sku: line.sku,
    title: line.title,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    discount: line.discount,
    tax: line.tax,
    total: line.total,
    fulfilledQuantity: 0,
    deliveredQuantity: 0,
    returnedQuantity: 0,
    canceledQuantity: 0,
  }));
}
