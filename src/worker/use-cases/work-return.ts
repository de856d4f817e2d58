import { problem, type Problem } from "../../contract/problem.ts";
import { findLocation } from "../../db/catalogue.ts";
import { outboxRow } from "../../db/events.ts";
import { readReturnPolicy, type ReturnLineRow } from "../../db/returns.ts";
import type { LocationCode } from "../../domain/brand.ts";
import type { OrderEventType } from "../../domain/orders/order.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Inspection, ReturnStatus } from "../../domain/returns/return.ts";
import {
  stepProblem,
  takeReturnStep,
  type ReturnServices,
  type ReturnSnapshot,
  type ReturnStep,
} from "./return-step.ts";

type Asked = Omit<ReturnStep, "event">;
type Taken = Promise<Result<ReturnSnapshot, Problem>>;

export type ReturnDirections = {
  readonly trackingNumber: string | null;
  readonly labelUrl: string | null;
  readonly instructions: string | null;
};

export function approveReturn(services: ReturnServices, asked: Asked, directions: ReturnDirections): Taken {
  return takeReturnStep(services, { ...asked, event: "return.approved" }, async ({ row }) => {
    const refusal = stepProblem(row, "approved");
    if (refusal !== null) return err(refusal);
    // With a label in the buyer's hands the parcel is on its way, as far as anybody can tell.
    const status = directions.trackingNumber === null ? ("approved" as const) : ("in_transit" as const);
    return ok({ row: { ...row, ...directions, status }, data: { status } });
  });
}

const plainSteps = {
  declined: "return.declined",
  canceled: "return.canceled",
  closed: "return.closed",
} as const satisfies Partial<Record<ReturnStatus, OrderEventType>>;

/** Steps that change nothing but where the return stands. */
export function moveReturn(
  services: ReturnServices,
  asked: Asked,
  to: keyof typeof plainSteps,
  reason: string | null,
): Taken {
  return takeReturnStep(services, { ...asked, event: plainSteps[to] }, async ({ row }, nowMs) => {
    const refusal = stepProblem(row, to);
    if (refusal !== null) return err(refusal);
    const isLabelWasted = to === "canceled" && row.carrier !== null;
    return ok({
      row: { ...row, status: to, reason: reason ?? row.reason },
      outbox: isLabelWasted
        ? [outboxRow("fulfillment", { type: "return.void_label", return_id: row.id }, nowMs)]
        : [],
    });
  });
}

/**
 * Notes what has arrived. Nothing is for sale again before it was inspected.
 *
 * @param arrived - By order line; null where all that was awaited is there.
 */
export function receiveReturn(
  services: ReturnServices,
  asked: Asked,
  location: LocationCode,
  arrived: ReadonlyArray<{ readonly line: string; readonly quantity: number }> | null,
): Taken {
  return takeReturnStep(services, { ...asked, event: "return.received" }, async ({ row, lines }) => {
    const refusal = stepProblem(row, "received");
    if (refusal !== null) return err(refusal);
    const found = await findLocation(services.db, location);
    if (found === null) return err(problem("location_unknown", { location }));
    const isBrought = found.type === "store" && row.trackingNumber === null;
    if (isBrought && row.reason === null && (await readReturnPolicy(services.db)).inStore === "refused") {
      return err(problem("return_not_allowed", { because: "in_store" }));
    }
    const received = receive(lines, arrived);
    if (!received.ok) return received;
    return ok({
      row: { ...row, status: "received", location },
      lines: received.value,
      data: { location, lines: arrived ?? "all" },
    });
  });
}

function receive(
  lines: ReadonlyArray<ReturnLineRow>,
  arrived: ReadonlyArray<{ readonly line: string; readonly quantity: number }> | null,
): Result<ReadonlyArray<ReturnLineRow>, Problem> {
  if (arrived === null) return ok(lines.map((line) => ({ ...line, receivedQuantity: line.quantity })));
  const received = new Map(lines.map((line) => [line.orderLineId, line]));
  for (const { line: id, quantity } of arrived) {
    const line = received.get(id);
    if (line === undefined) return err(problem("order_line_unknown", { line: id }));
    const available = line.quantity - line.receivedQuantity;
    if (quantity > available) return err(problem("quantity_unavailable", { line: id, available }));
    received.set(id, { ...line, receivedQuantity: line.receivedQuantity + quantity });
  }
  return ok([...received.values()]);
}

export type InspectedLine = Inspection & { readonly line: string };

/** Says what becomes of every unit of a return. The stock follows by a message. */
export function inspectReturn(
  services: ReturnServices,
  asked: Asked,
  inspected: ReadonlyArray<InspectedLine>,
): Taken {
  return takeReturnStep(services, { ...asked, event: "return.inspected" }, async ({ row, lines }, nowMs) => {
    const refusal = stepProblem(row, "inspected");
    if (refusal !== null) return err(refusal);
    const judged: Array<ReturnLineRow> = [];
    for (const line of lines) {
      const said = inspected.filter((each) => each.line === line.orderLineId);
      const [{ restock, damaged, qualityControl, missing } = NOTHING] = said;
      const there = restock + damaged + qualityControl;
      if (said.length !== 1 || there !== line.receivedQuantity || there + missing !== line.quantity) {
        return err(
          problem("quantity_unavailable", {
            line: line.orderLineId,
            available: line.receivedQuantity,
            detail: "Say of each line what was received, and what is missing of the rest.",
          }),
        );
      }
      judged.push({
        ...line,
        restockedQuantity: restock,
        damagedQuantity: damaged,
        qualityControlQuantity: qualityControl,
        missingQuantity: missing,
      });
    }
    const stranger = inspected.find(({ line }) => !lines.some(({ orderLineId }) => orderLineId === line));
    if (stranger !== undefined) return err(problem("order_line_unknown", { line: stranger.line }));
    return ok({
      row: { ...row, status: "inspected" },
      lines: judged,
      returned: judged.map(({ orderLineId, receivedQuantity }) => ({
        line: orderLineId ?? "",
        quantity: receivedQuantity,
      })),
      data: { lines: inspected },
      outbox: [outboxRow("fulfillment", { type: "return.restock", return_id: row.id }, nowMs)],
    });
  });
}

const NOTHING: Inspection = { restock: 0, damaged: 0, qualityControl: 0, missing: 0 };
