import type { CalendarDay, OrderMoment } from "../domain/fulfillment/promise.ts";

const DAY_MS = 86_400_000;

/** Making one costs more than using it a thousand times. There are some four hundred time zones. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** What a clock in a time zone shows at a moment. */
export function localMoment(timeMs: number, timeZone: string): OrderMoment {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return {
    day: Date.UTC(part("year"), part("month") - 1, part("day")) / DAY_MS,
    minutes: part("hour") * 60 + part("minute"),
  };
}

/** The moment at which a day ends in a time zone. */
export function endOfDayMs(day: CalendarDay, timeZone: string): number {
  const midnightMs = (day + 1) * DAY_MS;
  // Once more with the offset found, because the clocks may change in between.
  let timeMs = midnightMs;
  for (let look = 0; look < 2; look += 1) {
    const shown = localMoment(timeMs, timeZone);
    timeMs += midnightMs - (shown.day * DAY_MS + shown.minutes * 60_000);
  }
  return timeMs;
}

/** `2026-11-25` */
export function isoDay(day: CalendarDay): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function parseIsoDay(text: string): CalendarDay {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
