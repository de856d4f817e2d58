import type { DropReport } from "../inventory/drop.ts";

/** What became of one drop, or of all drops of a show together. */
export type Figures = {
  readonly claims: number;
  readonly refusedSoldOut: number;
  readonly refusedLimit: number;
  readonly holds: number;
  readonly liveHolds: number;
  readonly paidHolds: number;
  readonly expiredHolds: number;
  readonly releasedHolds: number;
  readonly waitlisted: number;
  readonly waiting: number;
  readonly offers: number;
  readonly lapsedOffers: number;
  readonly heldUnits: number;
  readonly soldUnits: number;
  readonly recycledUnits: number;
  /** Units held or sold beyond those that were there: zero, or something is wrong. */
  readonly oversoldUnits: number;
  /** Of all drops: when the last of them was; null while any has not been. */
  readonly soldOutAtMs: number | null;
  readonly secondsToSellOut: number | null;
};

/** Part of a whole; null where there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}

export function dropFigures({ drop, tally }: DropReport): Figures {
  const { soldOutAtMs, offered, ...counted } = tally;
  return {
    ...counted,
    offers: offered,
    oversoldUnits: Math.max(0, tally.heldUnits + tally.soldUnits - drop.quantity),
    soldOutAtMs,
    secondsToSellOut: secondsBetween(drop.opensAtMs, soldOutAtMs),
  };
}

/** @param reports - Of every drop of the show. */
export function showFigures(reports: ReadonlyArray<DropReport>): Figures {
  const each = reports.map(dropFigures);
  const sum = (of: (figures: Figures) => number) => each.reduce((total, figures) => total + of(figures), 0);
  const openings = reports.flatMap(({ drop }) => drop.opensAtMs ?? []);
  const soldOut = each.flatMap(({ soldOutAtMs }) => soldOutAtMs ?? []);
  const soldOutAtMs = each.length > 0 && soldOut.length === each.length ? Math.max(...soldOut) : null;
  return {
    claims: sum(({ claims }) => claims),
    refusedSoldOut: sum(({ refusedSoldOut }) => refusedSoldOut),
    refusedLimit: sum(({ refusedLimit }) => refusedLimit),
    holds: sum(({ holds }) => holds),
    liveHolds: sum(({ liveHolds }) => liveHolds),
    paidHolds: sum(({ paidHolds }) => paidHolds),
    expiredHolds: sum(({ expiredHolds }) => expiredHolds),
    releasedHolds: sum(({ releasedHolds }) => releasedHolds),
    waitlisted: sum(({ waitlisted }) => waitlisted),
    waiting: sum(({ waiting }) => waiting),
    offers: sum(({ offers }) => offers),
    lapsedOffers: sum(({ lapsedOffers }) => lapsedOffers),
    heldUnits: sum(({ heldUnits }) => heldUnits),
    soldUnits: sum(({ soldUnits }) => soldUnits),
    recycledUnits: sum(({ recycledUnits }) => recycledUnits),
    oversoldUnits: sum(({ oversoldUnits }) => oversoldUnits),
    soldOutAtMs,
    secondsToSellOut: secondsBetween(openings.length === 0 ? null : Math.min(...openings), soldOutAtMs),
  };
}

function secondsBetween(fromMs: number | null, toMs: number | null): number | null {
  if (fromMs === null || toMs === null) return null;
  return Math.max(0, toMs - fromMs) / 1000;
}
