import { type Api, inParallel } from "../api.ts";
import type { Progress } from "../progress.ts";
import { seededRandom } from "../random.ts";
import { DROP_SKU, DROP_UNITS } from "./catalogue.ts";
import { type Person, personNumbered } from "./people.ts";
import { placeOrder, releaseHold, takeHold, type Tally } from "./shopping.ts";

/** The shortest that a hold may live: whoever walks away keeps units from others no longer than this. */
const HOLD_TTL_SECONDS = 15;
const CROWD_WIDTH = 128;
/** Nobody waits longer than this for units that others left. */
const ROUNDS_MAX = 60;

type Intent = "buys" | "changes their mind" | "walks away";
type Shopper = {
  readonly person: Person;
  readonly quantity: 1 | 2;
  readonly intent: Intent;
  readonly clicks: 1 | 2;
  readonly payment: "good" | "declined once" | "declined";
};

/**
 * More buyers than units. Some click twice, some let go, some walk away with a hold, some cannot pay; whoever was refused asks
 * again when units come back, until every unit is in an order.
 */
export async function runDrop(api: Api, tally: Tally, buyers: number, progress: Progress): Promise<void> {
  const random = seededRandom(2026);
  let waiting = Array.from({ length: buyers }, (_, number) => makeShopper(number, random));
  const sold = () => tally.unitsOrdered.get(DROP_SKU) ?? 0;
  const note = () => `${tally.accepted} accepted, ${tally.refused} refused`;

  for (let round = 0; round < ROUNDS_MAX && waiting.length > 0 && sold() < DROP_UNITS; round++) {
    const refused: Array<Shopper> = [];
    // The whole crowd comes once. Later a few at a time look whether something came back.
    const asking = round === 0 ? waiting : waiting.slice(0, CROWD_WIDTH);
    await inParallel(asking, CROWD_WIDTH, async (shopper) => {
      if (!(await shop(api, tally, shopper, round))) refused.push(shopper);
      progress.show(sold(), note());
    });
    waiting = round === 0 ? refused : [...waiting.slice(CROWD_WIDTH), ...refused];
    if (sold() < DROP_UNITS) await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  progress.finish(`${sold()} of ${DROP_UNITS} units sold to ${buyers} buyers; ${note()}`);
}

function makeShopper(number: number, random: () => number): Shopper {
  const chance = random();
  const intent: Intent = chance < 0.12 ? "changes their mind" : chance < 0.2 ? "walks away" : "buys";
  const card = random();
  return {
    person: personNumbered(number, random),
    quantity: random() < 0.35 ? 2 : 1,
    intent,
    clicks: random() < 0.15 ? 2 : 1,
    payment: card < 0.03 ? "declined" : card < 0.08 ? "declined once" : "good",
  };
}

/** @returns whether the shopper is done, one way or another; false when there was nothing to hold. */
async function shop(api: Api, tally: Tally, shopper: Shopper, round: number): Promise<boolean> {
  const { person, clicks, intent, payment } = shopper;
  // Who is too late for two is content with one.
  const lines = [{ sku: DROP_SKU, quantity: round === 0 ? shopper.quantity : 1 }];
  const key = `drop-${person.buyer}-${round}`;
  const hold = await takeHold(api, tally, { person, lines, key, clicks, ttlSeconds: HOLD_TTL_SECONDS });
  if (hold === null) return false;
  // Who waited for a unit does not leave it.
  if (intent === "walks away" && round === 0) return true;
  if (intent === "changes their mind") {
    await releaseHold(api, tally, hold);
    return true;
  }
  const first = await placeOrder(api, tally, {
    person,
    lines,
    hold,
    key: `${key}-pay`,
    payment: payment === "good" ? "good" : "declined",
  });
  if (first !== "declined") return true;
  if (payment === "declined") {
    await releaseHold(api, tally, hold);
    return true;
  }
  // The hold is active again, so another card may be tried.
  await placeOrder(api, tally, { person, lines, hold, key: `${key}-pay-again`, payment: "good" });
  return true;
}
