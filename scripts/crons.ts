/**
 * Fires Cron Triggers on this machine, where the local runtime never does.
 *
 * @param crons - As in `wrangler.toml`; minute and hour may be lists and steps, the other fields must be `*`.
 * @returns A function that stops them.
 */
export function startCrons(
  crons: ReadonlyArray<string>,
  fire: (cron: string) => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    timer = setTimeout(() => {
      const now = new Date();
      for (const cron of crons.filter((each) => isDue(each, now))) void fire(cron).catch(onError);
      wait();
    }, millisecondsToNextMinute());
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}

/** Whether `cron` fires in the minute that `now` is in (UTC). */
export function isDue(cron: string, now: Date): boolean {
  const [minute = "*", hour = "*", ...rest] = cron.split(" ");
  if (rest.some((field) => field !== "*")) throw new Error(`only minute and hour may be set: ${cron}`);
  return matches(minute, now.getUTCMinutes()) && matches(hour, now.getUTCHours());
}

function matches(field: string, value: number): boolean {
  return field.split(",").some((part) => {
    if (part === "*") return true;
    if (part.startsWith("*/")) return value % Number(part.slice(2)) === 0;
    return Number(part) === value;
  });
}

function millisecondsToNextMinute(): number {
  return 60_000 - (Date.now() % 60_000);
}
