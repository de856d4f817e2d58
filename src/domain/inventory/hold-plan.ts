import type { BuyerKey, LocationCode, Sku } from "../brand.ts";
import { encodeBytes } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { sha256 } from "../sha256.ts";
import type { HoldKey, HoldLine } from "./hold.ts";
import type { TakeHold } from "./sku-port.ts";

const HOLD_KEY_LENGTH = 20;

/** What a caller wants to hold, and what is known of the caller. */
export type HoldWish = {
  readonly buyer: BuyerKey;
  readonly lines: ReadonlyArray<HoldLine>;
  readonly ttlSeconds: number;
  readonly show: string | null;
  /** Pick-up: the units must be there. */
  readonly location: LocationCode | null;
  readonly device: string | null;
  readonly arrivedAtMs: number | null;
  readonly isGuarded: boolean;
};

/** What one hold asks of each SKU's object. The home SKU, whose part knows the whole basket, comes first. */
export type HoldPlan = {
  readonly home: HoldPlanPart;
  readonly others: ReadonlyArray<HoldPlanPart>;
};
export type HoldPlanPart = { readonly sku: Sku; readonly command: TakeHold };

/** Twenty characters, a hundred bits: nobody finds another's hold by guessing, and each caller has keys of its own. */
export function holdKey(principalId: string, idempotencyKey: string): HoldKey {
  return encodeBytes(sha256(`${principalId}\n${idempotencyKey}`), HOLD_KEY_LENGTH);
}

/** Never the key of a hold, so that one idempotency key may stand for a hold and for a place in line. */
export function waitlistKey(principalId: string, idempotencyKey: string): HoldKey {
  return holdKey(principalId, `waitlist\n${idempotencyKey}`);
}

/** Lines of one SKU are merged, and SKUs are sorted, so that the same wish in another order is the same hold. */
export function planHold(key: HoldKey, wish: HoldWish): HoldPlan {
  const lines = mergedLines(wish.lines);
  const [first, ...rest] = lines;
  invariant(first !== undefined, "a hold has a line");
  const part = ({ sku, quantity }: HoldLine): HoldPlanPart => {
    const isHome = sku === first.sku;
    return {
      sku,
      command: {
        key,
        buyer: wish.buyer,
        quantity,
        ttlSeconds: wish.ttlSeconds,
        location: wish.location,
        show: wish.show,
        home: isHome ? null : first.sku,
        basket: isHome && rest.length > 0 ? lines : null,
        device: wish.device,
        arrivedAtMs: wish.arrivedAtMs,
        isGuarded: wish.isGuarded,
      },
    };
  };
  return { home: part(first), others: rest.map(part) };
}

function mergedLines(lines: ReadonlyArray<HoldLine>): ReadonlyArray<HoldLine> {
  if (lines.length === 1) return lines;
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
}

/**
 * The same wish under another key. What a refused basket had taken was given back, and a hold that is resolved stays
 * so: under the key that its parts know, the basket could never be taken again.
 */
export function renewedPlan(plan: HoldPlan, round: number): HoldPlan {
  // No idempotency key has a line break in it, so nobody else comes to the same digest.
  const key = holdKey(plan.home.command.key, `\n${round}`);
  return {
    home: { ...plan.home, command: { ...plan.home.command, key } },
    others: plan.others.map(({ sku, command }) => ({ sku, command: { ...command, key } })),
  };
}

const REMEMBERED_MAX = 10_000;

/**
 * What one machine remembers of recent requests. Inside one SKU the object knows every key that it holds; a key that
 * comes back for other SKUs is recognised here only, so as a best effort: another machine does not know it.
 */
export class RecentRequests {
  readonly #contents = new Map<HoldKey, string>();

  /** Remembers the content of the key's hold; false where the key came with other content before. */
  isFirstContent(plan: HoldPlan): boolean {
    const { key } = plan.home.command;
    const content = contentOf(plan);
    const earlier = this.#contents.get(key);
    if (earlier !== undefined) return earlier === content;
    if (this.#contents.size >= REMEMBERED_MAX) {
      const [oldest] = this.#contents.keys();
      if (oldest !== undefined) this.#contents.delete(oldest);
    }
    this.#contents.set(key, content);
    return true;
  }

  /** A refused request leaves nothing behind, so its key is free for a better one. */
  refused({ home }: HoldPlan, code: string): void {
    if (!lastingCodes.has(code)) this.#contents.delete(home.command.key);
  }
}

/** Refusals after which something may stand under the key. */
const lastingCodes: ReadonlySet<string> = new Set([
  "idempotency_key_reused",
  "hold_resolved",
  "waitlisted",
  "unavailable",
]);

function contentOf({ home, others }: HoldPlan): string {
  const { buyer, ttlSeconds, location, show, quantity } = home.command;
  let content = `${buyer} ${ttlSeconds} ${location} ${show} ${home.sku} ${quantity}`;
  for (const { sku, command } of others) content += ` ${sku} ${command.quantity}`;
  return content;
}
