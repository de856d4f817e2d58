import { problem, type Problem } from "../../contract/problem.ts";
import type { ReturnView, SettlementView } from "../../contract/returns.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { eventRow } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import {
  findReturn,
  readReturnLines,
  writeReturn,
  type ReturnChange,
  type ReturnLineRow,
  type ReturnRow,
} from "../../db/returns.ts";
import type { OrderEventType } from "../../domain/orders/order.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { returnTransitions, type ReturnStatus } from "../../domain/returns/return.ts";
import type { Settlement } from "../../domain/returns/settlement.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";

export type ReturnServices = Pick<
  Services,
  | "nowMs"
  | "db"
  | "sku"
  | "paymentProvider"
  | "send"
  | "background"
  | "carrier"
  | "carrierOfParcels"
  | "connection"
  | "ratePreference"
>;

/** A return with its order, as of one moment. */
export type ReturnSnapshot = {
  readonly aggregate: OrderAggregate;
  readonly row: ReturnRow;
  readonly lines: ReadonlyArray<ReturnLineRow>;
};

export type ReturnStep = {
  readonly returnId: string;
  readonly event: OrderEventType;
  readonly actor: Actor;
  /** Tells this call from any other: a repeat of it finds the step taken. */
  readonly mark: string;
  /** Whether the buyer is told. */
  readonly notify: boolean;
};

/** What a step makes of a return. What is absent stays as it is. */
export type ReturnDecision = {
  readonly row: ReturnRow;
  readonly lines?: ReadonlyArray<ReturnLineRow>;
  readonly returned?: ReturnChange["returned"];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly events?: ReturnChange["events"];
  readonly outbox?: ReturnChange["outbox"];
  readonly others?: ReturnChange["others"];
};

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

export async function readReturnSnapshot(
  services: Pick<Services, "db">,
  returnId: string,
): Promise<ReturnSnapshot | null> {
  const found = await findReturn(services.db, returnId);
  if (found === null || found.orderId === null) return null;
  // The order first: whoever changes a return raises its version, so what is read after it is never older.
  const aggregate = await readOrder(services.db, found.orderId);
  const [row, lines] = await Promise.all([
    findReturn(services.db, returnId),
    readReturnLines(services.db, [returnId]),
  ]);
  return aggregate === null || row === null ? null : { aggregate, row, lines };
}

/** Takes one step of a return: read, decide, write unless its order changed meanwhile, else again from the start. */
export async function takeReturnStep(
  services: ReturnServices,
  step: ReturnStep,
  decide: (snapshot: ReturnSnapshot, nowMs: number) => Promise<Result<ReturnDecision, Problem>>,
): Promise<Result<ReturnSnapshot, Problem>> {
  const { returnId, event, actor, mark, notify } = step;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const snapshot = await readReturnSnapshot(services, returnId);
    if (snapshot === null) return err(problem("not_found"));
    const { order, events } = snapshot.aggregate;
    const nowMs = services.nowMs();
    const facts = { return: returnId, ...(notify ? {} : { notify }) };
    const marked = eventRow(order.id, event, mark, facts, actor.principalId, nowMs);
    if (events.some(({ id }) => id === marked.id)) return ok(snapshot);
    const decided = await decide(snapshot, nowMs);
    if (!decided.ok) return decided;
    const { row, data = {} } = decided.value;
    const lines = decided.value.lines ?? snapshot.lines;
    const outbox = decided.value.outbox ?? [];
    const change: ReturnChange = {
      orderId: order.id,
      version: order.version,
      row: { ...row, version: snapshot.row.version + 1 },
      lines,
      returned: decided.value.returned ?? [],
      events: [{ ...marked, data: { ...facts, ...data } }, ...(decided.value.events ?? [])],
      outbox,
      audit: auditRow(actor, event, `return:${returnId}`, { ...facts, ...data }, nowMs),
      others: decided.value.others ?? [],
    };
    if (!(await writeReturn(services.db, change, nowMs))) continue;
    services.background(relayCommitted(services, outbox));
    const written = await readReturnSnapshot(services, returnId);
    return written === null ? err(problem("not_found")) : ok(written);
  }
  return err(problem("unavailable"));
}

/** @returns The problem of a step that the return's status does not allow; null where it does. */
export function stepProblem(row: ReturnRow, to: ReturnStatus): Problem | null {
  if (returnTransitions[row.status].includes(to)) return null;
  return problem("return_state_conflict", { return_status: row.status });
}

export function returnView(row: ReturnRow, lines: ReadonlyArray<ReturnLineRow>): ReturnView {
  return {
    id: row.id,
    order: row.orderId,
    kind: row.kind,
    status: row.status,
    lines: lines
      .filter(({ returnId }) => returnId === row.id)
      .map((line) => ({
        id: line.id,
        line: line.orderLineId,
        sku: line.sku,
        quantity: line.quantity,
        reason: line.reason,
        received: line.receivedQuantity,
        restocked: line.restockedQuantity,
        damaged: line.damagedQuantity,
        quality_control: line.qualityControlQuantity,
        missing: line.missingQuantity,
      })),
    location: row.location,
    carrier: row.carrier,
    tracking_number: row.trackingNumber,
    label_url: row.labelUrl,
    instructions: row.instructions,
    reason: row.reason,
    outcome: row.outcome,
    settlement: row.settlement === null ? null : settlementView(row.settlement, row.currency),
    refund_amount: row.refundAmount,
    exchange_order: row.exchangeOrderId,
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}

export function settlementView(settlement: Settlement, currency: string): SettlementView {
  return {
    lines: settlement.lines.map(({ line, quantity, amount, restockingFee }) => ({
      line,
      quantity,
      amount,
      restocking_fee: restockingFee,
    })),
    return_total: settlement.returnTotal,
    shipping_refund: settlement.shippingRefund,
    restocking_fee_total: settlement.restockingFeeTotal,
    return_shipping_fee: settlement.returnShippingFee,
    exchange_total: settlement.exchangeTotal,
    net: settlement.net,
    currency,
  };
}
