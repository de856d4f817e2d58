/** Times of day, `HH:MM`, in the brand's time zone. They may go over midnight. */
export type QuietHours = { readonly from: string; readonly to: string };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/**
 * When the quiet is over.
 *
 * @param timeZone - IANA name.
 * @returns null where it is not quiet. On a night when clocks change it may be an hour off; whoever sends looks again.
 */
export function quietUntilMs(quiet: QuietHours | null, timeZone: string, nowMs: number): number | null {
  if (quiet === null) return null;
  const from = minuteOf(quiet.from);
  const to = minuteOf(quiet.to);
  const now = minuteOf(localTime(timeZone, nowMs));
  const lengthMinutes = (to - from + DAY_MINUTES) % DAY_MINUTES;
  const elapsedMinutes = (now - from + DAY_MINUTES) % DAY_MINUTES;
  if (elapsedMinutes >= lengthMinutes) return null;
  return nowMs - (nowMs % MINUTE_MS) + (lengthMinutes - elapsedMinutes) * MINUTE_MS;
}

function localTime(timeZone: string, timeMs: number): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return format.format(timeMs);
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
