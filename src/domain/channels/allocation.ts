/**
 * How much of what is available one channel may show.
 *
 * @remarks Applied in this order: the buffer is kept back, the rest is shared, the floor raises it as long as so much
 * is there, the cap bounds it, and what is left below `hideBelow` is shown as none.
 */
export type AllocationRule = {
  /** Units kept back from this channel. */
  readonly buffer: number;
  /** Basis points of what is left; 10,000 is all. */
  readonly shareBps: number;
  /** At least this many, while they are there. */
  readonly floor: number;
  readonly cap: number | null;
  readonly hideBelow: number;
};

export const EVERYTHING: AllocationRule = { buffer: 0, shareBps: 10_000, floor: 0, cap: null, hideBelow: 0 };

/** The quantity that a channel is told: whole, never negative, never more than is available. */
export function channelQuantity(available: number, rule: AllocationRule): number {
  const sellable = Math.max(0, available - rule.buffer);
  const shared = Math.floor((sellable * rule.shareBps) / 10_000);
  const raised = Math.max(shared, Math.min(rule.floor, sellable));
  const capped = rule.cap === null ? raised : Math.min(raised, rule.cap);
  return capped < rule.hideBelow ? 0 : capped;
}

/** A quantity that falls fast is told so often at most, while there is plenty left. */
const SPACING_MS = 2_500;
/** Units between two tellings that are a crowd's doing. */
const CROWD_UNITS = 10;

/**
 * When a listing is to be told what it should show. A change is told at once. Where a crowd buys, each telling is out of
 * date when it arrives, so there are fewer of them; but not where the rest could be gone before the next, which oversells.
 *
 * @returns Milliseconds since the epoch; now or earlier means at once.
 */
export function nextTellingMs(
  {
    wanted,
    told,
    toldAtMs,
  }: { readonly wanted: number; readonly told: number | null; readonly toldAtMs: number },
  nowMs: number,
): number {
  if (told === null) return nowMs;
  const units = Math.abs(told - wanted);
  const isEnding = wanted < told && wanted <= 2 * units;
  return units < CROWD_UNITS || isEnding ? nowMs : toldAtMs + SPACING_MS;
}

/** How a platform's limit of revisions for a listing and day is spent. */
export type RevisionBudget = {
  readonly perDay: number;
  readonly usedToday: number;
  readonly lastAtMs: number;
};

const DAY_MS = 86_400_000;
/** Kept for what must not wait: a listing that has to show less than it does. */
const RESERVED_SHARE = 0.2;

/**
 * When a listing may be revised next. The first half of a day's revisions is free; after it they are spread over what
 * is left of the day. A fall may also use the reserve, since showing too much oversells; a rise may not.
 *
 * @returns Milliseconds since the epoch; now or earlier means at once.
 */
export function nextRevisionMs(budget: RevisionBudget, direction: "rise" | "fall", nowMs: number): number {
  const today = Math.floor(nowMs / DAY_MS);
  if (Math.floor(budget.lastAtMs / DAY_MS) !== today) return nowMs;
  const dayEndMs = (today + 1) * DAY_MS;
  const reserve = Math.floor(budget.perDay * RESERVED_SHARE);
  const usable = direction === "fall" ? budget.perDay : budget.perDay - reserve;
  const left = usable - budget.usedToday;
  if (left <= 0) return dayEndMs;
  if (budget.usedToday < budget.perDay / 2 - reserve) return nowMs;
  return budget.lastAtMs + Math.floor((dayEndMs - budget.lastAtMs) / (left + 1));
}
