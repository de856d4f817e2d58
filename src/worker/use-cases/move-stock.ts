import { problem, type Problem } from "../../contract/problem.ts";
import type { LedgerEntryView, MovementRequest, MovementResult, StockView } from "../../contract/stock.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { knownLocations } from "../../db/catalogue.ts";
import { insertMany } from "../../db/client.ts";
import { derivedId } from "../../db/events.ts";
import { auditLog } from "../../db/schema/index.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import type { StockRefusal } from "../../domain/inventory/errors.ts";
import type { Movement, MoveStock, StockReport } from "../../domain/inventory/sku-port.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { settleInParallel, valuesOf } from "./in-parallel.ts";

type Placed = { readonly index: number; readonly command: MoveStock };

/**
 * Records movements, each decided by itself: one call for each SKU, in the order given. Their ids come from the
 * caller's key, so that a repeat records nothing twice.
 *
 * @throws Where an object could not be reached; those that could have recorded theirs, and the repeat finds them.
 */
export async function moveStockOf(
  services: Pick<Services, "db" | "nowMs" | "sku">,
  actor: Actor,
  idempotencyKey: string,
  movements: ReadonlyArray<MovementRequest>,
): Promise<Array<MovementResult>> {
  const known = await knownLocations(services.db, movements.flatMap(locationsOf));
  const results: Array<MovementResult> = [];
  const groups = new Map<Sku, Array<Placed>>();
  for (const [index, movement] of movements.entries()) {
    const unknown = locationsOf(movement).find((code) => !known.has(code));
    if (unknown !== undefined) {
      results[index] = { ok: false, problem: problem("location_unknown", { location: unknown }) };
      continue;
    }
    const id = derivedId("mov", 0, actor.principalId, idempotencyKey, String(index));
    const group = groups.get(movement.sku) ?? [];
    groups.set(movement.sku, [...group, { index, command: commandOf(movement, id) }]);
  }

  const moved = await settleInParallel([...groups], async ([sku, group]) => {
    const outcomes = await services.sku(sku).move(group.map(({ command }) => command));
    for (const [position, { index }] of group.entries()) {
      const outcome = outcomes[position];
      if (outcome !== undefined) results[index] = resultOf(outcome);
    }
  });
  await recordAudit(services, actor, groups, results);
  valuesOf(moved);
  return results;
}

/** Sets what a location keeps back from sale. */
export async function setSafetyStock(
  services: Pick<Services, "db" | "nowMs" | "sku">,
  actor: Actor,
  sku: Sku,
  location: LocationCode,
  quantity: number,
): Promise<Result<StockView, Problem>> {
  const known = await knownLocations(services.db, [location]);
  if (!known.has(location)) return err(problem("location_unknown", { location }));
  const outcome = await services.sku(sku).setSafetyStock(location, quantity);
  if (!outcome.ok) return err(refusalProblem(outcome.error));
  const entry = auditRow(
    actor,
    "stock.safety_set",
    `sku:${sku}`,
    { location, safety_stock: quantity },
    services.nowMs(),
  );
  await insertMany(services.db, auditLog, [entry], "nothing").run();
  return ok(stockView(outcome.value));
}

async function recordAudit(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  groups: ReadonlyMap<Sku, ReadonlyArray<Placed>>,
  results: ReadonlyArray<MovementResult | undefined>,
): Promise<void> {
  const nowMs = services.nowMs();
  const rows = [...groups].flatMap(([sku, group]) =>
    group
      .filter(({ index }) => results[index]?.ok === true)
      .map(({ command: { id, kind, location, quantity } }) => ({
        ...auditRow(actor, "stock.moved", `sku:${sku}`, { movement: id, kind, location, quantity }, nowMs),
        // The movement is the identity: a repeat of the call finds it recorded, here as in the ledger.
        id: derivedId("aud", 0, id),
      })),
  );
  if (rows.length > 0) await insertMany(services.db, auditLog, rows, "nothing").run();
}

function locationsOf(movement: MovementRequest): ReadonlyArray<LocationCode> {
  return movement.kind === "transferred" ? [movement.location, movement.to_location] : [movement.location];
}

function commandOf(movement: MovementRequest, id: string): MoveStock {
  const { kind, location, quantity } = movement;
  const reason = movement.reason ?? null;
  return movement.kind === "transferred"
    ? { id, kind: "transferred", location, toLocation: movement.to_location, quantity, reason }
    : { id, kind: kind as Exclude<MovementRequest["kind"], "transferred">, location, quantity, reason };
}

function resultOf(outcome: Result<StockReport, StockRefusal>): MovementResult {
  return outcome.ok
    ? { ok: true, stock: stockView(outcome.value) }
    : { ok: false, problem: refusalProblem(outcome.error) };
}

function refusalProblem(refusal: StockRefusal): Problem {
  const { code, ...facts } = refusal;
  return problem(code, facts);
}

export function stockView(report: StockReport): StockView {
  return {
    sku: report.sku,
    available: report.available,
    held: report.held,
    committed: report.committed,
    ring_fenced: report.ringFenced,
    locations: report.locations.map((row) => ({
      location: row.location,
      on_hand: row.onHand,
      allocated: row.allocated,
      safety_stock: row.safetyStock,
      damaged: row.damaged,
      incoming: row.incoming,
    })),
    version: report.version,
  };
}

export function ledgerEntryView(movement: Movement): LedgerEntryView {
  return {
    seq: movement.seq,
    id: movement.id,
    kind: movement.kind,
    location: movement.location,
    quantity: movement.quantity,
    order: movement.orderId,
    reason: movement.reason,
    at: new Date(movement.atMs).toISOString(),
  };
}
