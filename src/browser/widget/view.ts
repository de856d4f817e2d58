import { decimalsOf } from "../../domain/money.ts";
import { deadlineOf, type Action, type Facts, type Phase, phaseOf } from "./facts.ts";
import { fill, type Texts } from "./texts.ts";

export type ViewOptions = {
  readonly language: string;
  readonly texts: Texts;
  readonly currency: string | null;
  /** Small numbers are told exactly, in place of "fewer than 10". */
  readonly isExact: boolean;
};

type Button = { readonly label: string; readonly action: Action; readonly isBusy: boolean };

/** What a widget shows, as words. */
export type View = {
  readonly phase: Phase;
  readonly title: string;
  readonly price: string;
  readonly stock: { readonly text: string; readonly state: "plenty" | "few" | "none" } | null;
  /** The large words in place of the stock: what the buyer has, or why there is nothing to have. */
  readonly headline: string;
  readonly note: string;
  readonly countdown: {
    readonly label: string;
    readonly atMs: number;
    readonly fromMs: number | null;
  } | null;
  readonly primary: Button | null;
  readonly secondary: Button | null;
  readonly notice: string;
  readonly connection: string;
};

/** Publishable keys are told at most this, and it stands for more. */
const PLENTY = 10;

export function viewOf(facts: Facts, nowMs: number, options: ViewOptions): View {
  const { texts } = options;
  const phase = phaseOf(facts, nowMs);
  return {
    phase,
    title: facts.drop?.title ?? facts.drop?.sku ?? "",
    price: priceOf(facts, options),
    stock: phase === "open" ? stockOf(facts, options) : null,
    ...wordsOf(facts, phase, options),
    countdown: countdownOf(facts, phase, texts),
    ...buttonsOf(facts, phase, texts),
    notice: noticeOf(facts, phase, texts),
    connection: connectionOf(facts, phase, texts),
  };
}

function priceOf({ drop }: Facts, { currency, language }: ViewOptions): string {
  const prices = drop?.prices ?? [];
  const price = prices.find((one) => one.currency === currency) ?? prices[0];
  return price === undefined ? "" : formatMoney(price, language);
}

/** Minor units, by the currency's own exponent. */
export function formatMoney(
  { amount, currency }: { readonly amount: number; readonly currency: string },
  language: string,
): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(amount / 10 ** decimalsOf(currency));
}

function stockOf({ drop, stock }: Facts, { texts, isExact }: ViewOptions): View["stock"] {
  if (drop?.policy === "lottery") return null;
  const left = stock?.available ?? drop?.left ?? 0;
  if (left >= PLENTY) return { text: texts.plenty, state: "plenty" };
  return { text: isExact ? fill(texts.exact, left) : texts.few, state: "few" };
}

function wordsOf(facts: Facts, phase: Phase, { texts }: ViewOptions): Pick<View, "headline" | "note"> {
  const limit = facts.drop?.buyer_limit ?? null;
  const limited = limit === null ? "" : fill(texts.limited, limit);
  switch (phase) {
    case "loading":
      return { headline: "", note: texts.loading };
    case "failed":
      return { headline: texts.failed, note: "" };
    case "scheduled":
      return { headline: facts.drop?.opens_at === null ? texts.opensSoon : "", note: limited };
    case "open":
      return { headline: "", note: facts.drop?.policy === "lottery" ? texts.enteredNote : limited };
    case "queued":
      return { headline: fill(texts.queued, facts.queued ?? 0), note: texts.queuedNote };
    case "held":
      return facts.hold?.secured === false
        ? { headline: texts.wish, note: texts.wishNote }
        : { headline: texts.held, note: texts.heldNote };
    case "offered":
      return { headline: texts.offered, note: texts.offeredNote };
    case "paying":
      return { headline: texts.paying, note: texts.payingNote };
    case "bought":
      return { headline: texts.bought, note: texts.boughtNote };
    case "sold_out":
      return { headline: texts.soldOut, note: texts.soldOutNote };
    case "waiting":
      return { headline: fill(texts.waiting, facts.place?.position ?? ""), note: texts.waitingNote };
    case "entered":
      return { headline: texts.entered, note: texts.enteredNote };
    case "limit":
      return { headline: texts.limit, note: limited };
    case "closed":
      return { headline: texts.closed, note: "" };
  }
}

function countdownOf(facts: Facts, phase: Phase, texts: Texts): View["countdown"] {
  const atMs = deadlineOf(facts, phase);
  if (atMs === null) return null;
  const { hold } = facts;
  const isHeld = phase === "held" || phase === "offered";
  const label = phase === "scheduled" ? texts.opensIn : isHeld ? "" : texts.drawsIn;
  return { label, atMs, fromMs: isHeld && hold !== null ? Date.parse(hold.created_at) : null };
}

function buttonsOf(
  { pending, drop }: Facts,
  phase: Phase,
  texts: Texts,
): Pick<View, "primary" | "secondary"> {
  const button = (action: Action, label: string): Button => ({
    label: pending === action ? texts.busy : label,
    action,
    isBusy: pending !== null,
  });
  const none = { primary: null, secondary: null };
  if (phase === "open") {
    return { ...none, primary: button("claim", drop?.policy === "lottery" ? texts.enter : texts.claim) };
  }
  if (phase === "held" || phase === "offered") {
    return {
      primary: button("checkout", texts.checkout),
      secondary: button("release", texts.release),
    };
  }
  if (phase === "sold_out") return { ...none, primary: button("join", texts.join) };
  if (phase === "waiting" || phase === "entered") return { ...none, secondary: button("leave", texts.leave) };
  return none;
}

/** Refusals that have words of their own; all others get the same ones. */
const refusals: { readonly [code: string]: keyof Texts } = {
  expired: "expired",
  lapsed: "lapsed",
  released: "released",
  left: "left",
  limit_reached: "limit",
  sold_out: "tooLate",
  rate_limited: "wait",
  unreachable: "unsure",
  unavailable: "unsure",
};

function noticeOf({ notice }: Facts, phase: Phase, texts: Texts): string {
  // The face says these already.
  const isSaid =
    (notice?.code === "limit_reached" && phase === "limit") ||
    (notice?.code === "drop_not_open" && phase !== "open");
  return notice === null || isSaid ? "" : texts[refusals[notice.code] ?? "refused"];
}

function connectionOf({ isOffline, connection }: Facts, phase: Phase, texts: Texts): string {
  if (isOffline) return texts.offline;
  return connection === "waiting" && phase !== "failed" ? texts.reconnecting : "";
}

/** `9:59`, `1:02:03`, `3d 04:05:06`. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}d ${two(hours)}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}
