import type { LocationCode } from "../../domain/brand.ts";
import type { Movement, MovementKind } from "../../domain/inventory/sku-port.ts";
import type { SqlRow } from "../shared/sql.ts";

/** An entry of the ledger, as it is stored. */
export type MovementRow = SqlRow & {
  seq: number;
  command_id: string | null;
  kind: string;
  location: string | null;
  quantity: number;
  order_id: string | null;
  allocation_id: string | null;
  reason: string | null;
  at_ms: number;
};

export function toMovement(row: MovementRow): Movement {
  return {
    seq: row.seq,
    // An entry that nobody asked for by an id of its own is known by its place.
    id: row.command_id ?? String(row.seq),
    kind: row.kind as MovementKind,
    location: row.location as LocationCode | null,
    quantity: row.quantity,
    orderId: row.order_id,
    allocationId: row.allocation_id,
    reason: row.reason,
    atMs: row.at_ms,
  };
}
