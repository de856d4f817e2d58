import type { CurrencyCode, Sku } from "../brand.ts";
import type { Address, OrderStatus } from "../orders/order.ts";
import type { CustomerFacts, LedgerFacts } from "./facts.ts";

/** What makes ids, given by the caller: the same facts, the same id. */
export type ImportIds = {
  /** Sixteen base-32 characters. */
  readonly digest: (...facts: ReadonlyArray<string>) => string;
  readonly customerId: (customer: CustomerFacts) => string;
};

/** More rows than any order has; a file whose order column is constant would otherwise be one. */
export const DOCUMENT_ROWS_MAX = 5000;
/** Lines without a price that may wait for one that has it. They are kept whole, in one field of the database. */
export const PENDING_LINES_MAX = 500;

export type DraftLine = {
  readonly id: string;
  readonly sku: Sku;
  readonly title: string;
  readonly quantity: number;
  readonly unitPrice: number;
};

/** Units of one order that one cancellation took back, and money it gave back beside them. */
export type Reversal = {
  /** The cancellation's number. */
  readonly by: string;
  readonly returnId: string;
  readonly atMs: number;
  readonly lines: ReadonlyArray<ReversedLine>;
  readonly credit: number;
};

export type ReversedLine = {
  readonly id: string;
  readonly lineId: string;
  readonly sku: Sku;
  readonly quantity: number;
  readonly amount: number;
};

/**
 * What is remembered of an order's rows, so that they can come again, in pieces, and in other files. It exists from the
 * first row on; the order itself from the first row of value.
 */
export type OrderDocument = {
  readonly kind: "order";
  readonly externalId: string;
  readonly orderId: string;
  hasOrder: boolean;
  /** Hashes of the rows' contents, in their order. */
  readonly seen: Array<string>;
  placedAtMs: number;
  readonly currency: CurrencyCode;
  customerId: string | null;
  /** Sums over the rows. */
  subtotal: number;
  shipping: number;
  discount: number;
  ledger: LedgerFacts;
  /** Lines that cost nothing, waiting for one that does. */
  pending: Array<DraftLine>;
  reversals: ReadonlyArray<Reversal>;
  /** Of the row in the database; 0 where there is none. */
  readonly version: number;
};

/** What is remembered of a cancellation. What it took back of which order stands with the orders. */
export type CancellationDocument = {
  readonly kind: "cancellation";
  readonly externalId: string;
  readonly returnId: string;
  readonly seen: Array<string>;
  readonly atMs: number;
  readonly currency: CurrencyCode;
  /** What it gave back for rows that no order was found for. */
  unmatchedRefund: number;
  hasUnmatched: boolean;
  readonly version: number;
};

export type ImportDocument = OrderDocument | CancellationDocument;

/** A line as it is written. */
export type LineState = DraftLine & {
  readonly position: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
  /** Units returned by somebody else than an import. */
  readonly returnedElsewhere: number;
};

/** What only the order's own rows know of it, and only new orders need. */
export type OrderDetails = {
  readonly customer: CustomerFacts | null;
  readonly address: Address | null;
  readonly countryText: string | null;
  readonly shippingMethod: string | null;
};

/** An order while a batch is being decided. */
export type WorkOrder = {
  readonly orderId: string;
  readonly externalId: string;
  readonly placedAtMs: number;
  readonly currency: CurrencyCode;
  readonly customerId: string | null;
  captured: number;
  refunded: number;
  /** Reversals that this batch found, not yet in the document. */
  readonly reversals: Array<Reversal>;
  /** The whole of it, where it is new or was needed. */
  full: FullOrder | null;
  isTouched: boolean;
};

export type FullOrder = {
  readonly document: OrderDocument;
  details: OrderDetails;
  lines: Array<DraftLine & { readonly returnedElsewhere: number }>;
  /** Null where the order is not in the database yet. */
  readonly stored: StoredOrder | null;
};

export type StoredOrder = {
  readonly version: number;
  readonly status: OrderStatus;
  /** Refunds by somebody else than an import. */
  readonly refundedElsewhere: number;
  /** What had reversed it before this batch. */
  readonly reversals: ReadonlyArray<Reversal>;
};

/** A line that units may still come back from. */
export type ReversibleLine = {
  readonly id: string;
  readonly orderId: string;
  readonly position: number;
  readonly unitPrice: number;
  unitsLeft: number;
};

/** Everything a batch is decided over: what was loaded, and what its earlier rows made of it. */
export type Work = {
  readonly orderDocuments: Map<string, OrderDocument>;
  readonly cancellationDocuments: Map<string, CancellationDocument>;
  readonly orders: Map<string, WorkOrder>;
  /** By {@link ownerKey}: the orders that a cancellation may be about. */
  readonly ordersByOwner: Map<string, Array<WorkOrder>>;
  /** By owner and SKU. */
  readonly linesByOwner: Map<string, Array<ReversibleLine>>;
  /** What has to be written. */
  readonly changed: Set<ImportDocument>;
};

export function emptyWork(): Work {
  return {
    orderDocuments: new Map(),
    cancellationDocuments: new Map(),
    orders: new Map(),
    ordersByOwner: new Map(),
    linesByOwner: new Map(),
    changed: new Set(),
  };
}

/** Whose lines a cancellation may take back: those of its customer, or those of one order that it names. */
export type ReversalOwner = { readonly customerId: string } | { readonly externalId: string };

export function ownerKey(owner: ReversalOwner, sku?: Sku): string {
  const key = "customerId" in owner ? `customer ${owner.customerId}` : `order ${owner.externalId}`;
  return sku === undefined ? key : `${key}\n${sku}`;
}

/** Makes an order findable for the cancellations after it. */
export function indexOrder(work: Work, order: WorkOrder): void {
  work.orders.set(order.orderId, order);
  for (const owner of ownersOf(order)) push(work.ordersByOwner, ownerKey(owner), order);
}

export function indexLine(work: Work, order: WorkOrder, sku: Sku, line: ReversibleLine): void {
  for (const owner of ownersOf(order)) push(work.linesByOwner, ownerKey(owner, sku), line);
}

function ownersOf(order: WorkOrder): ReadonlyArray<ReversalOwner> {
  const byNumber = { externalId: order.externalId };
  return order.customerId === null ? [byNumber] : [byNumber, { customerId: order.customerId }];
}

function push<Value>(map: Map<string, Array<Value>>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
