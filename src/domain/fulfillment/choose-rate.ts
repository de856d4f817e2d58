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

export type RatePreference = "cheapest" | "fastest";

/**
 * The rate to buy: of the service that was asked for, where the carrier has one of that name; else the cheapest, or the
 * fastest. Of equals the one that is better by the other measure.
 *
 * @returns null where there is none.
 */
export function chooseRate(
  rates: ReadonlyArray<Rate>,
  service: string | null,
  preference: RatePreference,
): Rate | null {
  const named = rates.filter((rate) => plain(rate.service) === plain(service ?? ""));
  const [best] = (named.length > 0 ? named : rates).toSorted((a, b) => {
    const byCost = a.amount - b.amount;
    const byDays = (a.deliveryDays ?? DAYS_UNKNOWN) - (b.deliveryDays ?? DAYS_UNKNOWN);
    const compared = preference === "cheapest" ? byCost || byDays : byDays || byCost;
    return compared || (a.id < b.id ? -1 : 1);
  });
  return best ?? null;
}

const DAYS_UNKNOWN = 1_000;

/** `Ground Advantage`, `ground_advantage` and `GroundAdvantage` are one service. */
function plain(service: string): string {
  return service.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
