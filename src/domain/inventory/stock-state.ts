/** Below this a SKU is running low. */
const LOW_BELOW = 10;

export type StockState = "in_stock" | "low" | "sold_out";

/** @param available - Units that could be held now. */
export function stockStateOf(available: number): StockState {
  if (available <= 0) return "sold_out";
  return available < LOW_BELOW ? "low" : "in_stock";
}

const FULLNESS: Readonly<Record<StockState, number>> = { sold_out: 0, low: 1, in_stock: 2 };

/** Whether so much was sold that the SKU's state changed for the worse. */
export function hasRunLow(availableBefore: number, availableNow: number): boolean {
  return FULLNESS[stockStateOf(availableNow)] < FULLNESS[stockStateOf(availableBefore)];
}
