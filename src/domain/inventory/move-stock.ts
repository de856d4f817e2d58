import type { LocationCode } from "../brand.ts";
import { unreachable } from "../invariant.ts";
import { err, ok, type Result } from "../result.ts";
import type { StockRefusal } from "./errors.ts";
import { locationAvailable } from "./location-row.ts";
import type { Movement, MovementKind, MoveStock } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/**
 * Decides one change of physical stock by people.
 *
 * @param earlier - The ledger's entry under the command's id, if there is one.
 * @returns `stock_insufficient` where units would go that are promised: `available` is how many may.
 */
export function moveStock(
  stock: SkuStock,
  command: MoveStock,
  earlier: Movement | null,
  nowMs: number,
): Result<null, StockRefusal> {
  const { sku } = stock;
  const { id, location, quantity, reason } = command;
  if (earlier !== null) {
    return isSameMovement(earlier, command) ? ok(null) : err({ code: "movement_id_reused", sku });
  }
  switch (command.kind) {
    case "received":
    case "returned":
      stock.record(command.kind, quantity, nowMs, { id, location, reason });
      return ok(null);
    case "adjusted":
    case "counted": {
      const change = command.kind === "counted" ? quantity - stock.location(location).onHand : quantity;
      const refusal = change < 0 ? refuseTaking(stock, location, -change) : null;
      if (refusal !== null) return err(refusal);
      stock.record(command.kind, change, nowMs, { id, location, reason });
      return ok(null);
    }
    case "damaged": {
      const refusal = refuseTaking(stock, location, quantity);
      if (refusal !== null) return err(refusal);
      stock.record("damaged", quantity, nowMs, { id, location, reason });
      return ok(null);
    }
    case "transferred": {
      const refusal = refuseTaking(stock, location, quantity, command.toLocation);
      if (refusal !== null) return err(refusal);
      stock.record("transferred_out", quantity, nowMs, { id, location, reason });
      stock.record("transferred_in", quantity, nowMs, { location: command.toLocation, reason });
      return ok(null);
    }
    default:
      return unreachable(command);
  }
}

/** Taking units away must leave every promise: holds, orders, and pick-ups at this location. */
function refuseTaking(
  stock: SkuStock,
  location: LocationCode,
  quantity: number,
  toLocation: LocationCode | null = null,
): StockRefusal | null {
  if (mayTake(stock, location, quantity, toLocation)) return null;
  let available = 0;
  let beyond = quantity;
  while (beyond - available > 1) {
    const middle = Math.floor((available + beyond) / 2);
    if (mayTake(stock, location, middle, toLocation)) available = middle;
    else beyond = middle;
  }
  return { code: "stock_insufficient", sku: stock.sku, location, requested: quantity, available };
}

function mayTake(
  stock: SkuStock,
  location: LocationCode,
  quantity: number,
  toLocation: LocationCode | null,
): boolean {
  const row = stock.location(location);
  if (quantity > row.onHand - row.allocated - row.damaged) return false;
  const here = locationAvailable(row);
  const hereAfter = locationAvailable({ ...row, onHand: row.onHand - quantity });
  if (hereAfter < here - stock.allocatableAt(location)) return false;
  // What arrives elsewhere may fill safety stock there, and is then no longer for sale.
  const there = toLocation === null || toLocation === location ? null : stock.location(toLocation);
  const gained =
    there === null
      ? 0
      : locationAvailable({ ...there, onHand: there.onHand + quantity }) - locationAvailable(there);
  return stock.available - (here - hereAfter) + gained >= -stock.backorderLimit;
}

/** `counted` stores the difference, so what was counted cannot be compared; `transferred` stands as its first half. */
function isSameMovement(earlier: Movement, command: MoveStock): boolean {
  const kind: MovementKind = command.kind === "transferred" ? "transferred_out" : command.kind;
  return (
    earlier.kind === kind &&
    earlier.location === command.location &&
    (kind === "counted" || earlier.quantity === command.quantity)
  );
}
