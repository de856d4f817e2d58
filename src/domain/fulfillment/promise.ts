/** Days since 1 January 1970. */
export type CalendarDay = number;

/** How long a way takes: the first entry that fits a location and a destination counts. */
export type TransitTime = {
  /** Destinations; left out, every one. */
  readonly countries?: ReadonlyArray<string> | undefined;
  /** From the location to the buyer; left out, however far. */
  readonly distanceMetresMax?: number | undefined;
  readonly daysMin: number;
  readonly daysMax: number;
};

/** What a shipping method promises, and how it is kept. */
export type DeliveryRules = {
  /** Whom its parcels are given to; null leaves it to the deployment. */
  readonly carrier: string | null;
  /** The carrier's service; null leaves it to the choice among rates. */
  readonly service: string | null;
  /** The buyer's country has to be one of them; null takes every one. */
  readonly countries: ReadonlyArray<string> | null;
  /** IANA name of the clock that the cut-off goes by. */
  readonly timeZone: string;
  /** Minutes after midnight; what is ordered later is handled the next working day. */
  readonly cutoffMinutes: number;
  /** Working days from the order to the carrier. */
  readonly handlingDays: number;
  /** 1 is Monday. Days on which parcels are handed over, and on which they arrive. */
  readonly shipsOn: ReadonlyArray<number>;
  readonly deliversOn: ReadonlyArray<number>;
  /** Days on which neither happens. */
  readonly holidays: ReadonlyArray<CalendarDay>;
  readonly transit: ReadonlyArray<TransitTime>;
};

/** When somebody orders, by the clock of the rules' time zone. */
export type OrderMoment = { readonly day: CalendarDay; readonly minutes: number };

export type PromisedDays = { readonly earliest: CalendarDay; readonly latest: CalendarDay };

/** One location that ships a part of the order. Metres are null where nobody knows. */
export type Origin = { readonly metres: number | null };

/** More than any holidays in a row; a table without a single working day promises nothing. */
const DAYS_LOOKED_MAX = 60;

/**
 * When everything has arrived that is ordered at a moment: from each origin the hand-over after the cut-off, handling
 * and days off, then the days on the way.
 *
 * @returns null where the rules promise nothing for this country, or for one of the origins.
 */
export function promiseDelivery(
  rules: DeliveryRules,
  moment: OrderMoment,
  country: string,
  origins: ReadonlyArray<Origin>,
): PromisedDays | null {
  if (!servesCountry(rules, country) || origins.length === 0) return null;
  const handedOver = handOverDay(rules, moment);
  if (handedOver === null) return null;
  const arrivals = origins.map(({ metres }) =>
    arrivalOf(rules, handedOver, transitOf(rules, country, metres)),
  );
  const known = arrivals.filter((arrival) => arrival !== null);
  if (known.length < arrivals.length) return null;
  return {
    earliest: Math.max(...known.map(({ earliest }) => earliest)),
    latest: Math.max(...known.map(({ latest }) => latest)),
  };
}

function arrivalOf(
  { deliversOn, holidays }: DeliveryRules,
  handedOver: CalendarDay,
  transit: TransitTime | null,
): PromisedDays | null {
  if (transit === null) return null;
  const earliest = addWorkingDays(handedOver, transit.daysMin, deliversOn, holidays);
  const latest = addWorkingDays(handedOver, transit.daysMax, deliversOn, holidays);
  return earliest === null || latest === null ? null : { earliest, latest };
}

export function servesCountry({ countries }: DeliveryRules, country: string): boolean {
  return countries === null || countries.includes(country);
}

/** The day on which a carrier gets what is ordered now. */
function handOverDay(rules: DeliveryRules, { day, minutes }: OrderMoment): CalendarDay | null {
  const { shipsOn, holidays, cutoffMinutes, handlingDays } = rules;
  const isInTime = minutes < cutoffMinutes && isWorkingDay(day, shipsOn, holidays);
  const begun = isInTime ? day : addWorkingDays(day, 1, shipsOn, holidays);
  return begun === null ? null : addWorkingDays(begun, handlingDays, shipsOn, holidays);
}

function transitOf({ transit }: DeliveryRules, country: string, metres: number | null): TransitTime | null {
  const fitting = transit.find(
    ({ countries, distanceMetresMax }) =>
      (countries === undefined || countries.includes(country)) &&
      (distanceMetresMax === undefined || (metres !== null && metres <= distanceMetresMax)),
  );
  return fitting ?? null;
}

/** @returns The day itself for none; null where no working day comes. */
function addWorkingDays(
  from: CalendarDay,
  count: number,
  weekdays: ReadonlyArray<number>,
  holidays: ReadonlyArray<CalendarDay>,
): CalendarDay | null {
  let day = from;
  let left = count;
  for (let looked = 0; left > 0; looked += 1) {
    if (looked === DAYS_LOOKED_MAX + count * 7) return null;
    day += 1;
    if (isWorkingDay(day, weekdays, holidays)) left -= 1;
  }
  return day;
}

function isWorkingDay(
  day: CalendarDay,
  weekdays: ReadonlyArray<number>,
  holidays: ReadonlyArray<CalendarDay>,
): boolean {
  // The first of January 1970 was a Thursday.
  const weekday = ((day + 3) % 7) + 1;
  return weekdays.includes(weekday) && !holidays.includes(day);
}
