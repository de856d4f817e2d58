import type { BuyerKey } from "../brand.ts";
import type { HoldRefusal } from "./errors.ts";
import type { TakeHold } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/** Units that a buyer bought and did not cancel: of the SKU altogether, or in one show. */
export type Bought = (buyer: BuyerKey, show: string | null) => number;

/** The limits of the SKU and of the drop, whichever is reached first: held, paid and unpaid units count (I11). */
export function refuseOverLimit(
  stock: SkuStock,
  wish: Pick<TakeHold, "buyer" | "quantity" | "show">,
  bought: Bought,
): Extract<HoldRefusal, { readonly code: "limit_reached" }> | null {
  const { sku, buyerLimit } = stock;
  const { buyer, quantity, show } = wish;
  if (buyerLimit !== null) {
    const counted = stock.heldBy(buyer) + bought(buyer, null);
    if (counted + quantity > buyerLimit) return { code: "limit_reached", sku, limit: buyerLimit, counted };
  }
  const dropLimit = show === null ? null : (stock.drops.find(show)?.buyerLimit ?? null);
  if (show !== null && dropLimit !== null) {
    const counted = stock.drops.heldBy(show, buyer) + bought(buyer, show);
    if (counted + quantity > dropLimit) return { code: "limit_reached", sku, limit: dropLimit, counted };
  }
  return null;
}
