import { err, ok, type Result } from "../result.ts";
import { isDrawPending } from "./change-drop.ts";
import { dropStatus } from "./drop.ts";
import type { WaitlistRefusal } from "./errors.ts";
import { refuseOverLimit, type Bought } from "./limits.ts";
import { newHold } from "./new-hold.ts";
import type { JoinWaitlist } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";
import { composeWaitlistId, type WaitlistPlace } from "./waitlist-entry.ts";

/** SHA-256 of a text, hexadecimal. Given, because the domain computes no digests. */
export type Digest = (text: string) => string;

/** Puts a buyer in line. Units that are there are offered to the line right after the decision. */
export function joinWaitlist(
  stock: SkuStock,
  command: JoinWaitlist,
  facts: { readonly bought: Bought; readonly digest: Digest },
  nowMs: number,
): Result<WaitlistPlace, WaitlistRefusal> {
  const { sku } = stock;
  const { key, buyer, quantity, show, ttlSeconds } = command;
  const drop = show === null ? undefined : stock.drops.find(show);
  if (show !== null && (drop === undefined || dropStatus(drop, nowMs) === "closed")) {
    return err({
      code: "drop_not_open",
      sku,
      show,
      status: drop === undefined ? null : "closed",
      opensAtMs: null,
    });
  }
  const earlier = stock.waitlist.find(key) ?? stock.waitlist.ofBuyer(buyer, show);
  if (earlier !== undefined) return ok(placeOf(stock, earlier));
  const refusal = refuseOverLimit(stock, command, facts.bought);
  if (refusal !== null) return err(refusal);
  const entry = stock.waitlist.join({
    key,
    buyer,
    quantity,
    show,
    ttlSeconds,
    rank: isDrawPending(drop)
      ? facts.digest(`${drop?.seed}:${composeWaitlistId({ createdAtMs: nowMs, key })}`)
      : null,
    createdAtMs: nowMs,
  });
  return ok(placeOf(stock, entry));
}

export function placeOf(stock: SkuStock, entry: WaitlistPlace["entry"]): WaitlistPlace {
  const drop = entry.show === null ? undefined : stock.drops.find(entry.show);
  return stock.waitlist.place(entry, isDrawPending(drop));
}

/** Leaves the line; an offer is declined, and its units go to the next. */
export function leaveWaitlist(stock: SkuStock, entry: WaitlistPlace["entry"], nowMs: number): void {
  if (entry.status === "waiting") stock.waitlist.put({ ...entry, status: "left" });
  if (entry.status !== "offered") return;
  const hold = stock.hold(entry.key);
  // A hold that is being paid belongs to its payment until that ends.
  if (hold?.status === "active") stock.updateHold({ ...hold, status: "released", resolvedAtMs: nowMs });
}

/** Gives units that are free to those who wait for them, before anybody else can ask. */
export function offerFreed(stock: SkuStock, bought: Bought, nowMs: number): void {
  for (const pool of stock.waitlist.pools()) {
    const drop = pool === null ? undefined : stock.drops.find(pool);
    if (pool !== null && (drop === undefined || dropStatus(drop, nowMs) !== "open" || isDrawPending(drop)))
      continue;
    for (;;) {
      const entry = stock.waitlist.firstFor(pool, stock.left(pool));
      if (entry === undefined) break;
      // The buyer has bought or held elsewhere meanwhile.
      if (refuseOverLimit(stock, entry, bought) !== null) {
        stock.waitlist.put({ ...entry, status: "left" });
        continue;
      }
      const { key, buyer, quantity, show, ttlSeconds } = entry;
      const hold = newHold(
        stock,
        { key, buyer, quantity, show, ttlSeconds, location: null, home: null, basket: null, device: null },
        { isSecured: true, arrivedAtMs: entry.createdAtMs },
        nowMs,
      );
      stock.insertHold(hold);
      stock.waitlist.put({ ...entry, status: "offered", offeredAtMs: nowMs });
      stock.tellOffer(hold);
    }
  }
}
