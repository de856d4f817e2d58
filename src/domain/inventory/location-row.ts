import type { LocationCode } from "../brand.ts";

export type LocationRow = {
  readonly location: LocationCode;
  readonly onHand: number;
  readonly allocated: number;
  readonly damaged: number;
  readonly incoming: number;
  /** What the merchant wants kept back; what is kept back is never more than what is there. */
  readonly safetyTarget: number;
};

/** What is kept back is never more than what is there. */
export function safetyStock(row: LocationRow): number {
  return Math.min(row.safetyTarget, row.onHand - row.allocated - row.damaged);
}

/** `on_hand − allocated − safety_stock − damaged`, never negative. `domain.md`, "Quantities". */
export function locationAvailable(row: LocationRow): number {
  return row.onHand - row.allocated - safetyStock(row) - row.damaged;
}
