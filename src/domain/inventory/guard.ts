import type { BuyerKey } from "../brand.ts";

/** A guarded buyer who has this many units in live holds of one SKU gets no more; so does a device. */
export const LIVE_UNITS_MAX = 50;
/** This many holds that came to nothing within the window, and the buyer has to wait for its end. */
export const UNPAID_HOLDS_MAX = 10;
export const UNPAID_WINDOW_MS = 600_000;
/** Bounds the memory that strikes can take. The oldest are forgiven first. */
const STRIKES_MAX = 20_000;

export type GuardRefusal = {
  readonly reason: "live_holds" | "unpaid_holds";
  readonly retryAfterSeconds: number;
};

type Strikes = { readonly sinceMs: number; readonly count: number };

/**
 * Keeps pages from squatting on stock: who lets hold after hold lapse has to pause, and nobody hoards. Strikes are kept in
 * memory only, so a restart forgives them; the limits that merchants set are kept elsewhere and are exact.
 */
export class HoldGuard {
  readonly #strikes = new Map<BuyerKey, Strikes>();
  readonly #unitsByDevice = new Map<string, number>();

  countDevice(device: string | null, units: number): void {
    if (device === null) return;
    const sum = (this.#unitsByDevice.get(device) ?? 0) + units;
    if (sum === 0) this.#unitsByDevice.delete(device);
    else this.#unitsByDevice.set(device, sum);
  }

  /** A hold expired or was released without a purchase. */
  strike(buyer: BuyerKey, nowMs: number): void {
    const earlier = this.#strikes.get(buyer);
    const isRecent = earlier !== undefined && nowMs < earlier.sinceMs + UNPAID_WINDOW_MS;
    this.#strikes.delete(buyer);
    this.#strikes.set(
      buyer,
      isRecent ? { ...earlier, count: earlier.count + 1 } : { sinceMs: nowMs, count: 1 },
    );
    const [oldest] = this.#strikes.keys();
    if (this.#strikes.size > STRIKES_MAX && oldest !== undefined) this.#strikes.delete(oldest);
  }

  /** A purchase makes good for what lapsed before it. */
  forgive(buyer: BuyerKey): void {
    this.#strikes.delete(buyer);
  }

  /** @param heldUnits - In the buyer's live holds of this SKU. */
  refuse(buyer: BuyerKey, device: string | null, heldUnits: number, nowMs: number): GuardRefusal | null {
    const strikes = this.#strikes.get(buyer);
    if (strikes !== undefined && strikes.count >= UNPAID_HOLDS_MAX) {
      const leftMs = strikes.sinceMs + UNPAID_WINDOW_MS - nowMs;
      if (leftMs > 0) return { reason: "unpaid_holds", retryAfterSeconds: Math.ceil(leftMs / 1000) };
    }
    const deviceUnits = device === null ? 0 : (this.#unitsByDevice.get(device) ?? 0);
    if (Math.max(heldUnits, deviceUnits) >= LIVE_UNITS_MAX)
      return { reason: "live_holds", retryAfterSeconds: 60 };
    return null;
  }
}
