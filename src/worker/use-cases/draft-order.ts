import type { DraftRequest } from "../../contract/draft-orders.ts";
import { buyerSchema, quantitySchema, skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { readCheckoutFacts } from "../../db/checkout.ts";
import { replaceDraft } from "../../db/draft-orders.ts";
import { derivedId, eventRow } from "../../db/events.ts";
import { customerIdOf, insertOrders, type NewOrder } from "../../db/new-orders.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { CurrencyCode, Sku } from "../../domain/brand.ts";
import { AMOUNT_MAX } from "../../domain/money.ts";
import { priceOrder, type PricedOrder, type SellableSku } from "../../domain/orders/place.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { cancelOrder } from "./cancel-order.ts";
import { newOrderLines } from "./new-order.ts";

type DraftServices = Pick<Services, "nowMs" | "db" | "sku" | "paymentProvider" | "send" | "background">;

/** How long a quote may keep units from others, and how long it does where nobody says. */
const HOLDING_DAYS_MAX = 30;
const HOLDING_DAYS = 7;
const DAY_MS = 86_400_000;
/** How often a draft that changes under our hands is read again. */
const TRIES_MAX = 5;

type DraftLine = { readonly sku: Sku; readonly quantity: number; readonly unit_price?: number | undefined };

const LINES_MAX = 500;

/** Draws up an order that takes no money yet, and stock only if it is to. A repeat with the same mark finds it. */
export async function draftOrder(
  services: DraftServices,
  request: DraftRequest,
  actor: Actor,
  mark: string,
): Promise<Result<OrderAggregate, Problem>> {
  const id = derivedId("ord", 0, actor.principalId, "draft", mark);
  const earlier = await readOrder(services.db, id);
  if (earlier !== null) return withStock(services, earlier);
  const lines = request.lines === undefined ? readLines(request.lines_csv ?? "") : ok(request.lines);
  if (!lines.ok) return lines;
  const priced = await price(services, request, lines.value);
  if (!priced.ok) return priced;
  const nowMs = services.nowMs();
  const expiresAtMs = endOf(request, nowMs);
  if (!expiresAtMs.ok) return expiresAtMs;
  const rows = draftRows(
    id,
    { ...request, expiresAtMs: expiresAtMs.value },
    priced.value,
    actor,
    mark,
    nowMs,
  );
  try {
    await services.db.d1.batch(insertOrders(services.db, [rows], nowMs));
  } catch (error) {
    // Somebody with the same key was faster, or the reply was lost.
    const written = await readOrder(services.db, id);
    if (written === null) throw error;
  }
  const drafted = await readOrder(services.db, id);
  return drafted === null ? err(problem("unavailable")) : withStock(services, drafted);
}

/** Draws a draft up anew: another customer, other lines, other prices. */
export async function redraftOrder(
  services: DraftServices,
  orderId: string,
  request: DraftRequest,
  actor: Actor,
  isVersionAcceptable: (version: number) => boolean,
): Promise<Result<OrderAggregate, Problem>> {
  const lines = request.lines === undefined ? readLines(request.lines_csv ?? "") : ok(request.lines);
  if (!lines.ok) return lines;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const { order, payments } = aggregate;
    if (!isVersionAcceptable(order.version)) return err(problem("precondition_failed"));
    const isFixed =
      order.holdId !== null || order.holdsStock === true || payments.length > 0 || request.hold_stock;
    if (order.status !== "draft" || isFixed) {
      return err(problem("order_state_conflict", { order_status: order.status }));
    }
    const priced = await price(services, request, lines.value);
    if (!priced.ok) return priced;
    const nowMs = services.nowMs();
    const expiresAtMs = endOf(request, nowMs);
    if (!expiresAtMs.ok) return expiresAtMs;
    const mark = `redrafted ${order.version + 1}`;
    const wish = { ...request, expiresAtMs: expiresAtMs.value };
    const rows = draftRows(orderId, wish, priced.value, actor, mark, nowMs);
    if (!(await replaceDraft(services.db, order.version, rows, nowMs))) continue;
    const drafted = await readOrder(services.db, orderId);
    return drafted === null ? err(problem("not_found")) : ok(drafted);
  }
  return err(problem("unavailable"));
}

/** When a quote ends; null for one that never does. */
function endOf(request: DraftRequest, nowMs: number): Result<number | null, Problem> {
  const { expires_at: asked, hold_stock: holdsStock } = request;
  if (asked === undefined) return ok(holdsStock ? nowMs + HOLDING_DAYS * DAY_MS : null);
  const endMs = Date.parse(asked);
  if (endMs <= nowMs) return err(invalid("/expires_at", "is over"));
  const isTooLong = holdsStock && endMs > nowMs + HOLDING_DAYS_MAX * DAY_MS;
  return isTooLong
    ? err(invalid("/expires_at", `may be ${HOLDING_DAYS_MAX} days ahead of a quote that holds stock`))
    : ok(endMs);
}

/** Sets the units of a draft aside that is to have them, or cancels it where they are not there. */
async function withStock(
  services: DraftServices,
  aggregate: OrderAggregate,
): Promise<Result<OrderAggregate, Problem>> {
  const { order, lines } = aggregate;
  if (order.holdsStock !== true || order.status !== "draft") return ok(aggregate);
  const wanted = new Map<Sku, number>();
  for (const line of lines) {
    const sku = skuSchema.parse(line.sku);
    wanted.set(sku, (wanted.get(sku) ?? 0) + line.quantity);
  }
  for (const [sku, quantity] of wanted) {
    const buyer = buyerSchema.parse(order.id);
    const committed = await services.sku(sku).commit({ orderId: order.id, quantity, buyer, location: null });
    if (committed.ok) continue;
    await cancelOrder(services, {
      orderId: order.id,
      reason: "inventory",
      because: "stock_gone",
      restock: true,
      refund: true,
      notify: false,
      actor: "system",
      requestId: null,
      mark: "draft_short",
      isVersionAcceptable: () => true,
    });
    const available = "available" in committed.error ? committed.error.available : 0;
    return err(problem("sold_out", { sku, requested: quantity, available }));
  }
  return ok(aggregate);
}

async function price(
  services: DraftServices,
  request: DraftRequest,
  lines: ReadonlyArray<DraftLine>,
): Promise<Result<PricedOrder, Problem>> {
  const { currency, shipping_method: method, discount } = request;
  const [facts] = await readCheckoutFacts(services.db, [
    { orderId: "", skus: [...new Set(lines.map(({ sku }) => sku))], shippingMethod: method, scope: "" },
  ]);
  const shippingPrices = facts?.shippingPrices ?? null;
  if (facts === undefined || shippingPrices === null) {
    return err(problem("shipping_method_unknown", { shipping_method: method }));
  }
  const unknown = lines.find(({ sku }) => !facts.catalogue.has(sku));
  if (unknown !== undefined) return err(problem("sku_unknown", { sku: unknown.sku }));
  const reduced =
    discount === undefined ? null : "amount" in discount ? discount : { percentBps: discount.percent_bps };
  const priced = priceOrder(
    lines,
    agreed(facts.catalogue, lines, currency),
    currency,
    reduced,
    shippingPrices,
  );
  if (priced.ok) return priced;
  return err(
    priced.error.code === "price_missing"
      ? problem("price_missing", { sku: priced.error.sku, currency })
      : invalid("/lines", "are worth more than an order may be"),
  );
}

/** Prices that somebody agreed on stand in place of the catalogue's. One price for each SKU. */
function agreed(
  catalogue: ReadonlyMap<Sku, SellableSku>,
  lines: ReadonlyArray<DraftLine>,
  currency: CurrencyCode,
): ReadonlyMap<Sku, SellableSku> {
  const prices = new Map(
    lines.flatMap(({ sku, unit_price }) => (unit_price === undefined ? [] : [[sku, unit_price] as const])),
  );
  return new Map(
    [...catalogue].map(([sku, sellable]) => {
      const amount = prices.get(sku);
      return [
        sku,
        amount === undefined ? sellable : { ...sellable, prices: [{ currency, amount }] },
      ] as const;
    }),
  );
}

/** `sku,quantity,unit_price` with a header; nothing of it is quoted, because nothing in it may hold a comma. */
function readLines(csv: string): Result<ReadonlyArray<DraftLine>, Problem> {
  const [header = "", ...rows] = csv
    .replaceAll("\r\n", "\n")
    .split("\n")
    .filter((row) => row.trim() !== "");
  const columns = header
    .replace(/^\uFEFF/, "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
  if (!columns.includes("sku") || !columns.includes("quantity")) {
    return err(invalid("/lines_csv", "needs a header with the columns sku and quantity"));
  }
  if (rows.length === 0 || rows.length > LINES_MAX)
    return err(invalid("/lines_csv", `needs 1 to ${LINES_MAX} rows`));
  const lines: Array<DraftLine> = [];
  for (const [index, row] of rows.entries()) {
    const cells = row.split(",").map((cell) => cell.trim());
    const cell = (name: string) => cells[columns.indexOf(name)] ?? "";
    const sku = skuSchema.safeParse(cell("sku"));
    const quantity = quantitySchema.safeParse(
      /^\d{1,7}$/.test(cell("quantity")) ? Number(cell("quantity")) : null,
    );
    const given = columns.includes("unit_price") ? cell("unit_price") : "";
    const isPrice = given === "" || (/^\d{1,13}$/.test(given) && Number(given) <= AMOUNT_MAX);
    if (!sku.success || !quantity.success || !isPrice) {
      return err(
        invalid("/lines_csv", `row ${index + 2}: a SKU, a whole quantity and a price in minor units`),
      );
    }
    lines.push({
      sku: sku.data,
      quantity: quantity.data,
      ...(given === "" ? {} : { unit_price: Number(given) }),
    });
  }
  return ok(lines);
}

function invalid(pointer: string, detail: string): Problem {
  return problem("request_invalid", { errors: [{ pointer, detail }] });
}

function draftRows(
  id: string,
  request: DraftRequest & { readonly expiresAtMs: number | null },
  priced: PricedOrder,
  actor: Actor,
  mark: string,
  nowMs: number,
): NewOrder {
  const email = request.customer.email.toLowerCase();
  const { currency, total } = priced;
  const facts = { total, currency, lines: priced.lines.length, channel: request.channel };
  const { purchase_order_number: number, net_terms_days: days } = request;
  return {
    order: {
      id,
      status: "draft",
      paymentStatus: total === 0 ? "paid" : "unpaid",
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
      channel: request.channel,
      holdId: null,
      buyer: null,
      brand: request.brand ?? null,
      language: request.language ?? null,
      metadata: {
        ...request.metadata,
        ...(number === undefined ? {} : { purchase_order_number: number }),
        ...(days === undefined ? {} : { net_terms_days: String(days) }),
      },
      placedAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
      expiresAtMs: request.expiresAtMs,
      holdsStock: request.hold_stock,
    },
    customer: {
      id: customerIdOf(email),
      email,
      name: request.customer.name ?? null,
      phone: request.customer.phone ?? null,
      createdAtMs: nowMs,
    },
    lines: newOrderLines(id, priced.lines, nowMs),
    transactions: [],
    events: [eventRow(id, "order.drafted", mark, facts, actor.principalId, nowMs)],
    outbox: [],
    audit: [auditRow(actor, "order.drafted", `order:${id}`, facts, nowMs)],
    answer: null,
  };
}
