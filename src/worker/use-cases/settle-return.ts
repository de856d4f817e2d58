import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { SettleRequest } from "../../contract/returns.ts";
import { findLocation } from "../../db/catalogue.ts";
import { readCheckoutFacts } from "../../db/checkout.ts";
import { insertMany } from "../../db/client.ts";
import { derivedId } from "../../db/events.ts";
import { insertOrders } from "../../db/new-orders.ts";
import type { OrderAggregate } from "../../db/orders.ts";
import { insertPaymentRequest } from "../../db/payment-requests.ts";
import { readReturnPolicy, type ReturnLineRow } from "../../db/returns.ts";
import { paymentTransaction, orderEvent, storeCredit } from "../../db/schema/index.ts";
import type { CurrencyCode, LocationCode } from "../../domain/brand.ts";
import { priceOrder, type PricedOrder } from "../../domain/orders/place.ts";
import { orderBalance } from "../../domain/orders/totals.ts";
import { paidBackUnits, removedUnits, unsettledUnits } from "../../domain/payments/refund.ts";
import { leftIn, refundableRooms } from "../../domain/payments/rooms.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { feesFor, type ReturnWay } from "../../domain/returns/policy.ts";
import { settleReturn, type Settlement } from "../../domain/returns/settlement.ts";
import { earlierRefunds, planOrderRefund, refusalProblem, requestRows } from "./ask-payment.ts";
import { EXCHANGE_PROVIDER, exchangeOrder } from "./exchange-order.ts";
import { paymentRows } from "./new-order.ts";
import {
  stepProblem,
  takeReturnStep,
  type ReturnDecision,
  type ReturnServices,
  type ReturnSnapshot,
  type ReturnStep,
} from "./return-step.ts";
import { pendingParts, settlePayment } from "./settle-payment.ts";
import { settleRequests } from "./settle-requests.ts";

/** What a settlement comes to, and what is sent because of it. */
export type Proposal = { readonly settlement: Settlement; readonly sent: PricedOrder | null };

const STORE_CREDIT_PROVIDER = "store_credit";

/** Works out what resolving a return would come to. Nothing is written. */
export async function proposeSettlement(
  services: Pick<ReturnServices, "db">,
  { aggregate, row, lines }: ReturnSnapshot,
  request: SettleRequest,
): Promise<Result<Proposal, Problem>> {
  const refusal = stepProblem(row, "resolved");
  if (row.kind === "return" && row.status === "approved") {
    return err(problem("return_state_conflict", { return_status: row.status }));
  }
  if (refusal !== null) return err(refusal);
  const { order } = aggregate;
  const policy = await readReturnPolicy(services.db);
  const fees = feesFor(
    policy,
    order.currency,
    lines.map(({ reason }) => reason ?? "other"),
    await wayOf(services, row),
  );
  const earlier = earlierRefunds(aggregate);
  const shippingLeft = order.shippingTotal - earlier.reduce((sum, { shipping }) => sum + shipping, 0);
  if (request.shipping_refund > shippingLeft) {
    return err(problem("amount_unavailable", { of: "shipping", available: shippingLeft }));
  }
  const sent = await priceSent(services, order.currency as CurrencyCode, row.kind, lines, request);
  if (!sent.ok) return sent;
  const isReplaced = request.outcome === "replacement";
  const settlement = settleReturn({
    lines: lines.flatMap((line, index) => {
      const ordered = aggregate.lines.find(({ id }) => id === line.orderLineId);
      if (ordered === undefined) return [];
      const before = paidBackUnits(earlier, ordered.id);
      const left = unsettledUnits(ordered, before, removedUnits(earlier, ordered.id));
      return [
        {
          line: ordered.id,
          ordered: ordered.quantity,
          total: ordered.total,
          before,
          quantity: Math.min(settledUnits(row.kind, line), left),
          restockingFeeBps: isReplaced
            ? 0
            : (request.restocking_fee_bps ?? fees.restockingFeeBps[index] ?? 0),
        },
      ];
    }),
    shippingRefund: request.shipping_refund,
    returnShippingFee: isReplaced ? 0 : (request.return_shipping_fee ?? fees.shippingFee),
    exchangeTotal: sent.value?.total ?? 0,
  });
  // The same goods again are worth what the first ones were paid with, and are not sent for what was paid back.
  if (isReplaced) {
    const short = lines.find(
      (line) =>
        (settlement.lines.find((settled) => settled.line === line.orderLineId)?.quantity ?? 0) <
        settledUnits(row.kind, line),
    );
    if (short !== undefined) {
      const settled = settlement.lines.find((each) => each.line === short.orderLineId);
      return err(
        problem("quantity_unavailable", { line: short.orderLineId, available: settled?.quantity ?? 0 }),
      );
    }
    return ok({
      sent: sent.value,
      settlement: { ...settlement, exchangeTotal: settlement.returnTotal, net: 0 },
    });
  }
  return ok({ settlement, sent: sent.value });
}

/** What is at a store and had no parcel's number was brought there. */
async function wayOf(
  services: Pick<ReturnServices, "db">,
  { location, trackingNumber }: ReturnSnapshot["row"],
): Promise<ReturnWay> {
  if (location === null || trackingNumber !== null) return "sent";
  const found = await findLocation(services.db, location as LocationCode);
  return found?.type === "store" ? "brought" : "sent";
}

/** What was in no parcel is not paid for; a claim takes the buyer's word. */
function settledUnits(kind: "return" | "claim", line: ReturnLineRow): number {
  return kind === "claim" ? line.quantity : line.receivedQuantity;
}

async function priceSent(
  services: Pick<ReturnServices, "db">,
  currency: CurrencyCode,
  kind: "return" | "claim",
  lines: ReadonlyArray<ReturnLineRow>,
  request: SettleRequest,
): Promise<Result<PricedOrder | null, Problem>> {
  if (request.outcome !== "exchange" && request.outcome !== "replacement") return ok(null);
  const isReplaced = request.outcome === "replacement";
  const wanted = isReplaced
    ? lines.flatMap((line) => {
        const quantity = settledUnits(kind, line);
        return quantity === 0 ? [] : [{ sku: skuSchema.parse(line.sku), quantity }];
      })
    : (request.exchange_lines ?? []);
  if (wanted.length === 0) {
    return err(
      problem("request_invalid", { errors: [{ pointer: "/exchange_lines", detail: "says what is sent" }] }),
    );
  }
  const skus = wanted.map(({ sku }) => sku);
  const [facts] = await readCheckoutFacts(services.db, [
    { orderId: "", skus, shippingMethod: "standard", scope: "" },
  ]);
  // Nobody pays for a replacement: it costs nothing, and is worth what it replaces.
  const discount = isReplaced ? { percentBps: 10_000 } : null;
  const priced = priceOrder(wanted, facts?.catalogue ?? new Map(), currency, discount, {});
  if (priced.ok) return priced;
  return err(
    priced.error.code === "price_missing"
      ? problem("price_missing", { sku: priced.error.sku, currency })
      : problem("request_invalid", { errors: [{ pointer: "/exchange_lines", detail: "is worth too much" }] }),
  );
}

/** Settles a return: everything it comes to is written at once, then the provider is asked for the money. */
export async function resolveReturn(
  services: ReturnServices,
  asked: Omit<ReturnStep, "event">,
  request: SettleRequest,
): Promise<Result<ReturnSnapshot, Problem>> {
  const step: ReturnStep = { ...asked, event: "return.resolved" };
  const taken = await takeReturnStep(services, step, async (snapshot, nowMs) => {
    const proposed = await proposeSettlement(services, snapshot, request);
    if (!proposed.ok) return proposed;
    const missing = await shortOf(services, proposed.value.sent);
    if (missing !== null) return err(missing);
    return decisionOf(services, snapshot, asked, request, proposed.value, nowMs);
  });
  if (!taken.ok) return taken;
  const { orderId } = taken.value.row;
  if (orderId !== null) {
    const { principalId } = asked.actor;
    // What fails here, the message of the request brings to its end.
    await settleRequests(services, orderId, principalId).catch(() => null);
    await settlePayment(services, orderId, principalId, () => []).catch(() => null);
  }
  return taken;
}

/** An exchange that cannot be sent is not agreed on. */
async function shortOf(services: ReturnServices, sent: PricedOrder | null): Promise<Problem | null> {
  for (const { sku, quantity } of sent?.lines ?? []) {
    const report = await services.sku(sku).stock();
    const available = (report?.available ?? 0) + (report?.backorderLimit ?? 0);
    if (quantity > available)
      return problem("sold_out", { sku, requested: quantity, available: Math.max(0, available) });
  }
  return null;
}

function decisionOf(
  services: ReturnServices,
  { aggregate, row }: ReturnSnapshot,
  { actor }: Omit<ReturnStep, "event">,
  request: SettleRequest,
  { settlement, sent }: Proposal,
  nowMs: number,
): Result<ReturnDecision, Problem> {
  const { order } = aggregate;
  const { db } = services;
  const others: Array<D1PreparedStatement> = [];
  const paid = payOut(aggregate, request, settlement, sent);
  const { exchanged, refunded, credited, waived } = paid;
  const fresh =
    sent === null ? null : exchangeOrder(aggregate, row.id, sent, exchanged, actor.principalId, nowMs);
  // Its message goes with the step, which also sends it.
  if (fresh !== null) others.push(...insertOrders(db, [{ ...fresh, outbox: [] }], nowMs));
  if (waived > 0) {
    others.push(
      db.d1
        .prepare("UPDATE orders SET waived = coalesce(waived, 0) + ?2 WHERE id = ?1")
        .bind(order.id, waived),
    );
  }
  // What went to the buyer's account or into other goods has left the payment as a refund would.
  const moved = [
    { provider: EXCHANGE_PROVIDER, amount: exchanged },
    { provider: STORE_CREDIT_PROVIDER, amount: credited },
  ].filter(({ amount }) => amount > 0);
  const ledger = moved.map(({ provider, amount }) =>
    paymentRows(
      order,
      provider,
      [{ kind: "refund", amount, currency: order.currency as CurrencyCode, reference: row.id }],
      actor.principalId,
      nowMs,
    ),
  );
  if (ledger.length > 0) {
    others.push(
      insertMany(
        db,
        paymentTransaction,
        ledger.flatMap((rows) => rows.transactions),
      ),
      insertMany(
        db,
        orderEvent,
        ledger.flatMap((rows) => rows.events),
      ),
    );
  }
  if (credited > 0 && order.customerId !== null) {
    others.push(insertMany(db, storeCredit, [creditRow(order, order.customerId, row.id, credited, nowMs)]));
  }
  if (refunded > 0) {
    const planned = planOrderRefund(aggregate, { kind: "amount", amount: refunded }, row.id, "returned");
    if (!planned.ok) return err(refusalProblem(planned.error));
    const id = derivedId("preq", order.placedAtMs, row.id, "resolved");
    others.push(...insertPaymentRequest(db, requestRows(order, id, planned.value, actor, nowMs)));
  }
  return ok({
    row: {
      ...row,
      status: "resolved",
      outcome: request.outcome,
      settlement,
      refundAmount: refunded,
      exchangeOrderId: fresh?.order.id ?? null,
    },
    data: {
      outcome: request.outcome,
      net: settlement.net,
      refunded,
      credited,
      waived,
      exchange_order: fresh?.order.id ?? null,
    },
    outbox: fresh?.outbox ?? [],
    others,
  });
}

type PaidOut = {
  /** What pays for the goods that are sent in exchange. */
  readonly exchanged: number;
  readonly refunded: number;
  readonly credited: number;
  /** What was never paid, and is not owed any more. */
  readonly waived: number;
};

/** Nobody gets more than was paid: beyond that, what came back takes off what is still owed. */
function payOut(
  aggregate: OrderAggregate,
  request: SettleRequest,
  settlement: Settlement,
  sent: PricedOrder | null,
): PaidOut {
  const { order, lines, transactions } = aggregate;
  if (request.outcome === "replacement") return { exchanged: 0, refunded: 0, credited: 0, waived: 0 };
  const refundable = leftIn(refundableRooms(transactions, pendingParts(aggregate)));
  const worth = settlement.net + settlement.exchangeTotal;
  const exchanged = Math.min(worth, sent?.total ?? 0, refundable);
  const paid = Math.min(Math.max(0, settlement.net), refundable - exchanged);
  // A customer who is not known has no account.
  const isCredited = request.outcome === "store_credit" && order.customerId !== null;
  const balance = Math.max(0, orderBalance(order, lines, transactions));
  return {
    exchanged,
    refunded: isCredited ? 0 : paid,
    credited: isCredited ? paid : 0,
    waived: Math.min(worth - exchanged - paid, balance),
  };
}

function creditRow(
  order: ReturnSnapshot["aggregate"]["order"],
  customerId: string,
  returnId: string,
  amount: number,
  nowMs: number,
): typeof storeCredit.$inferInsert {
  return {
    id: derivedId("cred", nowMs, returnId),
    customerId,
    orderId: order.id,
    returnId,
    amount,
    currency: order.currency,
    createdAtMs: nowMs,
  };
}
