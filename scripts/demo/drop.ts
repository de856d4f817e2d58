import { createClient, type HoldfastClient } from "../../src/client/client.ts";
import type { LiveConnection, LiveResult } from "../../src/client/live.ts";
import type { HoldView } from "../../src/contract/holds.ts";
import { type Api, type ApiBody, expectSuccess, inParallel } from "../api.ts";
import type { Progress } from "../progress.ts";
import { seededRandom } from "../random.ts";
import { LOCAL_PUBLISHABLE_KEY } from "../seed.ts";
import { DROP_SKU, DROP_UNITS } from "./catalogue.ts";
import { type Person, personNumbered } from "./people.ts";
import { placeOrder, releaseHold, type Tally } from "./shopping.ts";

const SHOW = "FRIDAY-LIVE";
const BUYER_LIMIT = 2;
/** The shortest that a hold may live: whoever walks away keeps units from others no longer than this. */
const HOLD_TTL_SECONDS = 15;
/** Doors opened, and orders placed, side by side. */
const WIDTH = 64;
/** Nobody waits longer than this for units that others left. */
const WAIT_SECONDS_MAX = 90;

type Shopper = {
  readonly person: Person;
  readonly quantity: 1 | 2;
  readonly intent: "buys" | "changes their mind" | "walks away";
  readonly clicks: 1 | 2;
  readonly payment: "good" | "declined once" | "declined";
};

/**
 * A livestream on which more buyers than units watch one socket each, and click at the same moment. Some click twice, some
 * let go, some walk away with a hold, some cannot pay. Whoever was too late stands in line, and is offered what comes back.
 *
 * @returns The show's own figures, as the engine gives them afterwards.
 */
export async function runDrop(
  { merchant, shoppers, url }: { readonly merchant: Api; readonly shoppers: Api; readonly url: string },
  tally: Tally,
  buyers: number,
  progress: Progress,
): Promise<ApiBody> {
  await openShow(merchant);
  const random = seededRandom(2026);
  const crowd = Array.from({ length: buyers }, (_, number) => makeShopper(number, random));
  const watchers: Array<Watcher> = [];
  const page = createClient({ url, key: LOCAL_PUBLISHABLE_KEY });
  await inParallel(crowd, WIDTH, async (shopper) => {
    watchers.push(await openPage(page, shopper));
  });

  const till = new Till(tally, progress);
  await Promise.all(watchers.map((watcher) => watchAndBuy(watcher, till, { shoppers, tally })));
  await till.soldOut(WAIT_SECONDS_MAX);
  for (const { socket } of watchers) socket.close();
  const closing = { idempotencyKey: "demo-close" };
  const show = await expectSuccess(merchant("POST", `/v1/shows/${SHOW}/close`, closing));
  progress.finish(
    `${till.sold} of ${DROP_UNITS} units sold to ${buyers} watchers; ${tally.offered} offered from the line`,
  );
  return show;
}

type Watcher = {
  readonly shopper: Shopper;
  readonly socket: LiveConnection;
  /** Called with what the line brings, once somebody stands in it. */
  readonly offers: { take: (hold: HoldView) => void };
};

/** A page that watches the show. Whoever is not in before the show begins is not in. */
async function openPage(page: HoldfastClient, shopper: Shopper): Promise<Watcher> {
  const offers: Watcher["offers"] = { take: () => {} };
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = page.live({
    on: { show: SHOW },
    buyer: shopper.person.buyer,
    onNews: (news) => {
      if (news.type === "snapshot") resolve();
      if (news.type === "offer") offers.take(news.hold);
    },
  });
  await promise;
  return { shopper, socket, offers };
}

type Shop = { readonly shoppers: Api; readonly tally: Tally };

async function watchAndBuy(
  { shopper, socket, offers }: Watcher,
  till: Till,
  { shoppers, tally }: Shop,
): Promise<void> {
  const answer = await click(socket, shopper, tally);
  if (answer.ok && answer.hold !== undefined) {
    const { hold } = answer;
    tally.accepted += 1;
    return till.queue(() => checkOut(shoppers, tally, shopper, hold.id, shopper.quantity));
  }
  if (answer.ok || answer.problem.code !== "sold_out") {
    tally.broken.push(`${shopper.person.buyer}: a claim was answered with ${JSON.stringify(answer)}`);
    return undefined;
  }
  tally.refused += 1;
  // Who is too late for two is content with one, and who waited for a unit does not leave it.
  const patient: Shopper = { ...shopper, intent: "buys" };
  const offered = new Set<string>();
  offers.take = ({ id }) => {
    // It is told again to a socket that comes back while it lives.
    if (offered.has(id)) return;
    offered.add(id);
    tally.offered += 1;
    void till.queue(() => checkOut(shoppers, tally, patient, id, 1));
  };
  await socket.ask({ type: "waitlist", sku: DROP_SKU, quantity: 1 });
  return undefined;
}

async function openShow(merchant: Api): Promise<void> {
  const drop = { sku: DROP_SKU, quantity: DROP_UNITS, policy: "hold_on_claim" };
  await expectSuccess(
    merchant("PUT", `/v1/shows/${SHOW}`, {
      body: {
        title: "Friday live: founders' hoodies",
        drops: [{ ...drop, buyer_limit: BUYER_LIMIT, ttl_seconds: HOLD_TTL_SECONDS }],
      },
    }),
  );
  await expectSuccess(merchant("POST", `/v1/shows/${SHOW}/open`, { idempotencyKey: "demo-open" }));
}

/** One click, or two of an impatient finger with the same key: one hold either way. */
async function click(socket: LiveConnection, shopper: Shopper, tally: Tally): Promise<LiveResult> {
  const message = {
    type: "hold" as const,
    idempotency_key: `drop-${shopper.person.buyer}`,
    lines: [{ sku: DROP_SKU, quantity: shopper.quantity }],
  };
  const startMs = performance.now();
  const answers = await Promise.all(Array.from({ length: shopper.clicks }, () => socket.ask(message)));
  tally.holdMs.push(performance.now() - startMs);
  if (shopper.clicks === 2) {
    tally.doubleClicks += 1;
    const holds = new Set(answers.flatMap((answer) => (answer.ok ? (answer.hold?.id ?? []) : [])));
    if (holds.size > 1) tally.broken.push(`${shopper.person.buyer}: two clicks with one key made two holds`);
  }
  return answers.find(({ ok }) => ok) ?? (answers[0] as LiveResult);
}

async function checkOut(
  shoppers: Api,
  tally: Tally,
  shopper: Shopper,
  hold: string,
  quantity: number,
): Promise<void> {
  const { person, intent, payment } = shopper;
  if (intent === "walks away") return;
  if (intent === "changes their mind") return releaseHold(shoppers, tally, hold);
  const order = { person, lines: [{ sku: DROP_SKU, quantity }], hold };
  const key = `drop-${person.buyer}-pay`;
  const first = payment === "good" ? "good" : "declined";
  if ((await placeOrder(shoppers, tally, { ...order, key, payment: first })) !== "declined") return;
  if (payment === "declined") return releaseHold(shoppers, tally, hold);
  // The hold is active again, so another card may be tried.
  await placeOrder(shoppers, tally, { ...order, key: `${key}-again`, payment: "good" });
}

function makeShopper(number: number, random: () => number): Shopper {
  const chance = random();
  const card = random();
  return {
    person: personNumbered(number, random),
    quantity: random() < 0.35 ? 2 : 1,
    intent: chance < 0.12 ? "changes their mind" : chance < 0.2 ? "walks away" : "buys",
    clicks: random() < 0.15 ? 2 : 1,
    payment: card < 0.03 ? "declined" : card < 0.08 ? "declined once" : "good",
  };
}

/** Where everybody pays: a few at a time, until every unit is in an order. */
class Till {
  readonly #tally: Tally;
  readonly #progress: Progress;
  readonly #waiting: Array<() => Promise<void>> = [];
  #busy = 0;

  constructor(tally: Tally, progress: Progress) {
    this.#tally = tally;
    this.#progress = progress;
  }

  get sold(): number {
    return this.#tally.unitsOrdered.get(DROP_SKU) ?? 0;
  }

  queue(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => work().then(resolve, reject));
      this.#next();
    });
  }

  async soldOut(secondsMax: number): Promise<void> {
    const untilMs = Date.now() + secondsMax * 1000;
    while ((this.sold < DROP_UNITS || this.#busy > 0) && Date.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }

  #next(): void {
    const work = this.#busy < WIDTH ? this.#waiting.shift() : undefined;
    if (work === undefined) return;
    this.#busy += 1;
    void work().finally(() => {
      this.#busy -= 1;
      const { accepted, refused, offered } = this.#tally;
      this.#progress.show(this.sold, `${accepted} accepted, ${refused} too late, ${offered} offered again`);
      this.#next();
    });
  }
}
