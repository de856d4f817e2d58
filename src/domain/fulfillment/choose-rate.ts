/** What a carrier asks for one way of shipping a parcel. */
export type Rate = {
  readonly id: string;
  readonly carrier: string;
  readonly service: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Null where the carrier promises nothing. */
  readonly deliveryDays: number | null;
};

/** `promise`: the cheapest that arrives as promised; the fastest where none does. */
export const ratePreferences = ["cheapest", "fastest", "promise"] as const;
export type RatePreference = (typeof ratePreferences)[number];

export type RateChoice = {
  /** Bought whatever else is cheaper or faster, where the carrier has it. */
  readonly service: string | null;
  readonly preference: RatePreference;
  /** Days on the way that keep what the buyer was promised; null where nothing was. */
  readonly deliveryDaysMax: number | null;
};

const DAYS_UNKNOWN = 1_000;

/**
 * The rate to buy: of the service that was asked for, where the carrier has one of that name; else the cheapest, the
 * fastest, or the cheapest in time. Of equals the one that is better by the other measure.
 *
 * @returns null where there is none.
 */
export function chooseRate(rates: ReadonlyArray<Rate>, choice: RateChoice): Rate | null {
  const wanted = plain(choice.service ?? "");
  const named = rates.filter(
    ({ service, carrier }) => plain(service) === wanted || plain(`${carrier} ${service}`) === wanted,
  );
  const [best] = (named.length > 0 ? named : rates).toSorted((a, b) => {
    const byCost = a.amount - b.amount;
    const byDays = daysOf(a) - daysOf(b);
    return orderOf(choice, a, b, byCost, byDays) || (a.id < b.id ? -1 : 1);
  });
  return best ?? null;
}

function orderOf(
  { preference, deliveryDaysMax }: RateChoice,
  a: Rate,
  b: Rate,
  byCost: number,
  byDays: number,
): number {
  if (preference === "fastest") return byDays || byCost;
  if (preference === "cheapest" || deliveryDaysMax === null) return byCost || byDays;
  const [isLate, isOtherLate] = [daysOf(a) > deliveryDaysMax, daysOf(b) > deliveryDaysMax];
  if (isLate !== isOtherLate) return isLate ? 1 : -1;
  return isLate ? byDays || byCost : byCost || byDays;
}

function daysOf({ deliveryDays }: Rate): number {
  return deliveryDays ?? DAYS_UNKNOWN;
}

/** `Ground Advantage`, `ground_advantage` and `GroundAdvantage` are one service. */
function plain(service: string): string {
  return service.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
