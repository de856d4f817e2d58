import { locationCodeSchema, skuSchema } from "../../contract/primitives.ts";
import { derivedId } from "../../db/events.ts";
import { findReturn, readReturnLines } from "../../db/returns.ts";
import type { MoveStock } from "../../domain/inventory/sku-port.ts";
import type { Services } from "../services.ts";
import { StepImpossible } from "./step-failure.ts";

/**
 * Takes what was inspected into stock: what may be sold as `returned`, what may not as `returned` and then `damaged`.
 * Each movement has an id of its own, so a repeat moves nothing.
 */
export async function restockReturn(services: Pick<Services, "db" | "sku">, returnId: string): Promise<void> {
  const row = await findReturn(services.db, returnId);
  if (row === null || row.location === null) return;
  const location = locationCodeSchema.parse(row.location);
  for (const line of await readReturnLines(services.db, [returnId])) {
    const unsellable = line.damagedQuantity + line.qualityControlQuantity;
    const back = line.restockedQuantity + unsellable;
    if (back === 0) continue;
    const move = (kind: "returned" | "damaged", quantity: number): MoveStock => ({
      id: derivedId("mov", row.createdAtMs, line.id, kind),
      kind,
      location,
      quantity,
      reason: line.qualityControlQuantity > 0 ? `${returnId} (quality control)` : returnId,
    });
    const moves = [move("returned", back)];
    // Together, so that nobody buys in between what is not to be sold.
    if (unsellable > 0) moves.push(move("damaged", unsellable));
    const answers = await services.sku(skuSchema.parse(line.sku)).move(moves);
    const refused = answers.find(({ ok }) => !ok);
    if (refused !== undefined && !refused.ok) {
      throw new StepImpossible(`stock of ${returnId} was not taken in: ${refused.error.code}`);
    }
  }
}
