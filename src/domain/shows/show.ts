import type { Sku } from "../brand.ts";
import type { DropPolicy, DropReport, DropStatus } from "../inventory/drop.ts";
import type { PutDrop } from "../inventory/sku-port.ts";

/** A livestream. What it gives away are drops: units of SKUs, kept for it by the SKUs' objects. */
export type Show = {
  readonly code: string;
  readonly title: string;
  /** When drops without a time of their own open; null: when somebody opens the show. */
  readonly startsAtMs: number | null;
  /** When every drop ends; null: when somebody closes the show. */
  readonly endsAtMs: number | null;
  readonly openedAtMs: number | null;
  readonly closedAtMs: number | null;
  /** Buyers let in for each unit that is left; null: everybody. */
  readonly admissionPerUnit: number | null;
};

export type ShowDrop = {
  readonly sku: Sku;
  readonly quantity: number;
  readonly policy: DropPolicy;
  readonly buyerLimit: number | null;
  readonly ttlSeconds: number;
  /** Its own time, which goes before the show's. */
  readonly opensAtMs: number | null;
  readonly drawsAtMs: number | null;
};

/** When a drop opens; null where nobody has said so. */
export function dropOpensAtMs(
  show: Pick<Show, "startsAtMs" | "openedAtMs">,
  drop: Pick<ShowDrop, "opensAtMs">,
): number | null {
  return drop.opensAtMs ?? show.openedAtMs ?? show.startsAtMs;
}

export function showStatus(
  show: Pick<Show, "startsAtMs" | "endsAtMs" | "openedAtMs" | "closedAtMs">,
  drops: ReadonlyArray<Pick<ShowDrop, "opensAtMs">>,
  nowMs: number,
): DropStatus {
  if (show.closedAtMs !== null || (show.endsAtMs !== null && show.endsAtMs <= nowMs)) return "closed";
  const openings = [show.openedAtMs ?? show.startsAtMs, ...drops.map((drop) => drop.opensAtMs)];
  return openings.some((atMs) => atMs !== null && atMs <= nowMs) ? "open" : "scheduled";
}

/** What the object of a drop's SKU is told: absolute, so that it can be told again. */
export function putDropOf(show: Show, drop: ShowDrop): PutDrop {
  return {
    show: show.code,
    quantity: drop.quantity,
    policy: drop.policy,
    buyerLimit: drop.buyerLimit,
    ttlSeconds: drop.ttlSeconds,
    opensAtMs: dropOpensAtMs(show, drop),
    endsAtMs: show.endsAtMs,
    drawsAtMs: drop.drawsAtMs,
  };
}

/** Whether nothing of a drop can change any more, but for orders that are canceled later. */
export function isSettled(report: DropReport): boolean {
  return report.status === "closed" && report.tally.liveHolds === 0;
}

/** What happened to a show since others were told of it: it opened, or ended, or both. */
export function showNews(
  show: Show,
  drops: ReadonlyArray<Pick<ShowDrop, "opensAtMs">>,
  told: DropStatus,
  nowMs: number,
): ReadonlyArray<{ readonly type: "show.opened" | "show.closed"; readonly atMs: number }> {
  const endings = [show.closedAtMs, show.endsAtMs].filter((atMs) => atMs !== null && atMs <= nowMs);
  const closedAtMs = endings.length === 0 ? null : Math.min(...(endings as Array<number>));
  const openings = [show.openedAtMs ?? show.startsAtMs, ...drops.map((drop) => drop.opensAtMs)];
  const openedAtMs = Math.min(...openings.map((atMs) => atMs ?? Number.POSITIVE_INFINITY));
  const hasOpened = openedAtMs <= nowMs && (closedAtMs === null || openedAtMs < closedAtMs);
  return [
    ...(told === "scheduled" && hasOpened ? [{ type: "show.opened" as const, atMs: openedAtMs }] : []),
    ...(told !== "closed" && closedAtMs !== null ? [{ type: "show.closed" as const, atMs: closedAtMs }] : []),
  ];
}
