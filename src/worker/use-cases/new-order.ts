import type { OrderRequest } from "../../contract/orders.ts";
import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import { customerIdOf, type NewOrder } from "../../db/new-orders.ts";
import { HOLD_LIFE_SECONDS_MAX, type HoldPart } from "../../domain/inventory/hold.ts";
import type { OrderEventType } from "../../domain/orders/order.ts";
import type { PricedOrder } from "../../domain/orders/place.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import type { Authorized, PaymentEntry } from "../../integrations/payments/port.ts";
import { orderView } from "./order-view.ts";

/** How long a payer may take to come back. Longer would let anybody keep stock from others for nothing. */
const PAYMENT_WAIT_MS = 1_800_000;
/** A provider usually tells within seconds. */
const CHECK_AFTER_MS = 120_000;
/** Before a hold ends whatever happens, its payment is asked for a last time. */
const HOLD_MARGIN_MS = 600_000;

export type Placement = {
  readonly orderId: string;
  readonly attempt: string;
  readonly request: OrderRequest;
  readonly home: HoldPart;
  readonly priced: PricedOrder;
  readonly payment: Authorized;
  readonly actor: string;
  readonly requestId: string;
  readonly idempotency: { readonly scope: string; readonly bodyHash: string };
  readonly placedAtMs: number;
};

const paymentEvents: Readonly<Record<PaymentEntry["kind"], OrderEventType>> = {
  authorization: "payment.authorized",
  capture: "payment.captured",
  void: "payment.voided",
  refund: "payment.refunded",
  chargeback: "payment.disputed",
  reversal: "payment.reversed",
};

/** What money moving at the provider means for an order's ledger and timeline. Repeats make the same rows. */
export function paymentRows(
  order: { readonly id: string; readonly placedAtMs: number },
  provider: string,
  entries: ReadonlyArray<PaymentEntry>,
  actor: string,
  occurredAtMs: number,
  because: { readonly request?: string } = {},
): Pick<NewOrder, "transactions" | "events"> {
  const transactions = entries.map(({ kind, amount, currency, reference, parentReference }) => ({
    id: derivedId("txn", order.placedAtMs, order.id, kind, provider, reference),
    orderId: order.id,
    kind,
    amount,
    currency,
    provider,
    reference,
    parentReference: parentReference ?? null,
    occurredAtMs,
  }));
  const events = transactions.map(({ id, kind, amount, currency, reference }) => {
    const data = { transaction: id, amount, currency, provider, reference, ...because };
    return eventRow(order.id, paymentEvents[kind], id, data, actor, occurredAtMs);
  });
  return { transactions, events };
}

/** Every row of a placed order. The number is not known yet; the database gives it out. */
export function newOrder(placement: Placement): NewOrder {
  const { orderId, attempt, request, home, priced, actor, requestId, placedAtMs } = placement;
  const { currency, total } = priced;
  const channel = request.channel ?? (home.show === null ? "storefront" : "show");
  const email = request.customer.email.toLowerCase();
  const money = paymentRows(
    { id: orderId, placedAtMs },
    request.payment.provider,
    placement.payment.entries,
    actor,
    placedAtMs,
  );
  const facts = { total, currency, lines: priced.lines.length, channel };
  const payments = awaitedRows(placement);
  const mark = eventRow(orderId, "order.placed", attempt, facts, actor, placedAtMs);
  const rows: Omit<NewOrder, "answer"> = {
    order: {
      id: orderId,
      status: payments.length === 0 ? "placed" : "draft",
      paymentStatus: paymentStatusOf(placement.payment.entries, total, payments),
      fulfillmentStatus: "unfulfilled",
      currency,
      subtotal: priced.subtotal,
      discountTotal: priced.discountTotal,
      shippingTotal: priced.shippingTotal,
      taxTotal: priced.taxTotal,
      total,
      customerId: customerIdOf(email),
      shippingAddress: request.shipping_address,
      shippingMethod: request.shipping_method,
      channel,
      holdId: request.hold,
      buyer: home.buyer,
      brand: request.brand ?? null,
      language: request.language ?? null,
      metadata: request.metadata ?? {},
      placedAtMs,
      updatedAtMs: placedAtMs,
      version: 1,
    },
    customer: {
      id: customerIdOf(email),
      email,
      name: request.customer.name ?? null,
      phone: request.customer.phone ?? null,
      createdAtMs: placedAtMs,
    },
    lines: newOrderLines(orderId, priced.lines, placedAtMs),
    transactions: money.transactions,
    payments,
    // The id of the first event marks the attempt, whatever it came to; the order is placed once it is paid.
    events: [payments.length === 0 ? mark : { ...mark, type: "payment.requires_action" }, ...money.events],
    outbox:
      payments.length === 0
        ? [outboxRow("fulfillment", { type: "order.commit_stock", order_id: orderId }, placedAtMs)]
        : [],
    audit: [
      {
        id: derivedId("aud", placedAtMs, orderId, "order.placed", attempt),
        atMs: placedAtMs,
        actor,
        action: "order.placed",
        subject: orderId,
        requestId,
        data: facts,
      },
    ],
  };
  const body = JSON.stringify(placedOrderView({ ...rows, answer: null }, 0));
  return { ...rows, answer: { ...placement.idempotency, status: 201, body } };
}

/** The payment that the order waits for, if it does. */
function awaitedRows({
  orderId,
  request,
  payment,
  priced,
  home,
  placedAtMs,
}: Placement): NonNullable<NewOrder["payments"]> {
  const { awaited } = payment;
  if (awaited === null) return [];
  const holdEndsAtMs = home.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1000 - HOLD_MARGIN_MS;
  return [
    {
      provider: request.payment.provider,
      reference: awaited.reference,
      orderId,
      status: awaited.status,
      amount: priced.total,
      currency: priced.currency,
      redirectUrl: awaited.redirectUrl,
      clientToken: awaited.clientToken,
      checkAtMs: placedAtMs + CHECK_AFTER_MS,
      dueAtMs: Math.min(placedAtMs + PAYMENT_WAIT_MS, holdEndsAtMs),
      createdAtMs: placedAtMs,
    },
  ];
}

/** The answer to a placement, made from what was written. */
export function placedOrderView(rows: NewOrder, number: number): ReturnType<typeof orderView> {
  const { order } = rows;
  return orderView({
    order: {
      ...order,
      number,
      customerId: order.customerId ?? null,
      shippingAddress: null,
      shippingMethod: order.shippingMethod ?? null,
      externalId: order.externalId ?? null,
      holdId: order.holdId ?? null,
      buyer: order.buyer ?? null,
      brand: order.brand ?? null,
      language: order.language ?? null,
      metadata: order.metadata ?? null,
      cancelReason: null,
      holdReason: null,
      stockCommittedAtMs: null,
      completedAtMs: null,
      canceledAtMs: null,
      waived: null,
      expiresAtMs: null,
      holdsStock: null,
    },
    customer: null,
    lines: rows.lines,
    transactions: rows.transactions.map((row) => ({
      ...row,
      parentReference: row.parentReference ?? null,
      followsChange: null,
    })),
    fulfillmentOrders: [],
    fulfillmentLines: [],
    shipments: [],
    returns: [],
    payments: (rows.payments ?? []).map((row) => ({
      ...row,
      redirectUrl: row.redirectUrl ?? null,
      checkAtMs: null,
    })),
    paymentRequests: [],
    paymentParts: [],
    promise: null,
    events: rows.events,
    tags: [],
  });
}

/** The rows of an order's lines, before anything has happened to them. */
export function newOrderLines(
  orderId: string,
  lines: PricedOrder["lines"],
  placedAtMs: number,
): NewOrder["lines"] {
  return lines.map((line, index) => ({
    id: derivedId("line", placedAtMs, orderId, String(index + 1)),
    orderId,
    placedAtMs,
    position: index + 1,
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
