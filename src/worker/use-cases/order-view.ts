import type { OrderDetailView, OrderSummaryView, OrderView } from "../../contract/orders.ts";
import type { OrderAggregate, OrderHead, OrderLineRow, TransactionRow } from "../../db/orders.ts";
import { orderBalance } from "../../domain/orders/totals.ts";
import { summarizeLedger } from "../../domain/payments/ledger.ts";

/** An order as everybody may see it who may see it at all: no personal data. */
export function orderView(aggregate: OrderAggregate): OrderView {
  const { fulfillmentOrders, fulfillmentLines, shipments, returns, events } = aggregate;
  return {
    ...headView(aggregate),
    transactions: aggregate.transactions.map(transactionView),
    payments: aggregate.payments.map((payment) => ({
      provider: payment.provider,
      reference: payment.reference,
      status: payment.status,
      amount: payment.amount,
      redirect_url: payment.redirectUrl,
      client_token: payment.clientToken ?? null,
      due_at: timestamp(payment.dueAtMs),
    })),
    payment_requests: aggregate.paymentRequests.map((request) => ({
      id: request.id,
      kind: request.kind,
      status: request.status,
      amount: request.amount,
      reason: request.reason,
      lines: [...request.lines],
      shipping: request.shipping,
      failure: request.failure,
      created_at: timestamp(request.createdAtMs),
    })),
    fulfillment_orders: fulfillmentOrders.map(({ id, location, status, createdAtMs }) => ({
      id,
      location,
      status,
      lines: fulfillmentLines
        .filter(({ fulfillmentOrderId }) => fulfillmentOrderId === id)
        .map(({ orderLineId, sku, quantity }) => ({ line: orderLineId, sku, quantity })),
      created_at: timestamp(createdAtMs),
    })),
    shipments: shipments.map((parcel) => ({
      id: parcel.id,
      fulfillment_order: parcel.fulfillmentOrderId,
      status: parcel.status,
      tracking_status: parcel.trackingStatus,
      carrier: parcel.carrier,
      service: parcel.service,
      tracking_number: parcel.trackingNumber,
      shipped_at: timestampOrNull(parcel.shippedAtMs),
      delivered_at: timestampOrNull(parcel.deliveredAtMs),
    })),
    returns: returns.map(({ id, status, reason, refundAmount, createdAtMs }) => ({
      id,
      status,
      reason,
      refund_amount: refundAmount,
      created_at: timestamp(createdAtMs),
    })),
    delivery_promise: promiseView(aggregate),
    events: events.map(({ id, type, data, actor, occurredAtMs }) => ({
      id,
      type,
      data,
      actor,
      occurred_at: timestamp(occurredAtMs),
    })),
  };
}

/** It is kept or not once everything has arrived. */
function promiseView({ promise, order, shipments }: OrderAggregate): OrderView["delivery_promise"] {
  if (promise === null) return null;
  const arrivedAtMs = Math.max(...shipments.map(({ deliveredAtMs }) => deliveredAtMs ?? 0));
  const isKept = order.fulfillmentStatus === "delivered" ? arrivedAtMs <= promise.dueAtMs : null;
  return {
    method: promise.method,
    earliest: promise.earliestOn,
    latest: promise.latestOn,
    due_at: timestamp(promise.dueAtMs),
    kept: isKept,
  };
}

export function orderDetailView(aggregate: OrderAggregate): OrderDetailView {
  return { ...orderView(aggregate), ...personalView(aggregate) };
}

export function orderSummaryView(head: OrderHead): OrderSummaryView {
  return { ...headView(head), ...personalView(head) };
}

function headView({ order, lines, transactions, tags }: OrderHead) {
  const { captured, refunded } = summarizeLedger(transactions);
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    payment_status: order.paymentStatus,
    fulfillment_status: order.fulfillmentStatus,
    currency: order.currency,
    lines: lines.map(lineView),
    subtotal: order.subtotal,
    discount_total: order.discountTotal,
    shipping_total: order.shippingTotal,
    tax_total: order.taxTotal,
    total: order.total,
    paid_total: captured,
    refunded_total: refunded,
    channel: order.channel,
    external_id: order.externalId,
    hold: order.holdId,
    buyer: order.buyer,
    shipping_method: order.shippingMethod,
    brand: order.brand,
    language: order.language,
    metadata: order.metadata ?? {},
    tags: tags.map(({ tag }) => tag),
    cancel_reason: order.cancelReason,
    hold_reason: order.holdReason,
    // Nothing is owed for what was canceled.
    balance: order.status === "canceled" ? refunded - captured : orderBalance(order, lines, transactions),
    created_at: timestamp(order.placedAtMs),
    expires_at: timestampOrNull(order.expiresAtMs),
    completed_at: timestampOrNull(order.completedAtMs),
    canceled_at: timestampOrNull(order.canceledAtMs),
    version: order.version,
  };
}

function lineView(line: OrderLineRow) {
  return {
    id: line.id,
    sku: line.sku,
    title: line.title,
    quantity: line.quantity,
    unit_price: line.unitPrice,
    discount: line.discount,
    tax: line.tax,
    total: line.total,
    fulfilled: line.fulfilledQuantity,
    returned: line.returnedQuantity,
    canceled: line.canceledQuantity,
  };
}

function transactionView(entry: TransactionRow) {
  return {
    id: entry.id,
    kind: entry.kind,
    amount: entry.amount,
    currency: entry.currency,
    provider: entry.provider,
    reference: entry.reference,
    occurred_at: timestamp(entry.occurredAtMs),
  };
}

function personalView({ order, customer }: OrderHead) {
  return {
    customer:
      customer === null
        ? null
        : { id: customer.id, email: customer.email, name: customer.name, phone: customer.phone },
    shipping_address: order.shippingAddress,
  };
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function timestampOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : timestamp(timeMs);
}
