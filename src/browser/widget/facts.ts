import type { ClientProblem } from "../../client/contract.ts";
import type { LiveState } from "../../client/live.ts";
import type { AvailabilityView, HoldView } from "../../contract/holds.ts";
import type { DropView, ShowView } from "../../contract/shows.ts";
import type { WaitlistEntryView } from "../../contract/waitlist.ts";

export type Action = "claim" | "checkout" | "release" | "join" | "leave";

/** Everything a widget knows. What it shows follows from this alone. */
export type Facts = {
  /** Null until it was read. */
  readonly show: ShowView | null;
  /** Why nothing can be shown at all. */
  readonly failure: ClientProblem | null;
  readonly drop: DropView | null;
  readonly stock: AvailabilityView | null;
  readonly hold: HoldView | null;
  /** It came from the line. */
  readonly isOffer: boolean;
  readonly place: WaitlistEntryView | null;
  /** Waiting to be let in: how many are before. */
  readonly queued: number | null;
  readonly pending: Action | null;
  /** What was said last: a refusal, or the end of a hold. */
  readonly notice: ClientProblem | { readonly code: "expired" | "released" | "lapsed" | "left" } | null;
  readonly connection: LiveState;
  readonly isOffline: boolean;
  /** The engine's clock less ours. */
  readonly clockOffsetMs: number;
};

export const nothingKnown: Facts = {
  show: null,
  failure: null,
  drop: null,
  stock: null,
  hold: null,
  isOffer: false,
  place: null,
  queued: null,
  pending: null,
  notice: null,
  connection: "connecting",
  isOffline: false,
  clockOffsetMs: 0,
};

export type Phase =
  | "loading"
  | "failed"
  | "scheduled"
  | "open"
  | "queued"
  | "held"
  | "offered"
  | "paying"
  | "bought"
  | "sold_out"
  | "waiting"
  | "entered"
  | "limit"
  | "closed";

/** Which of its faces a widget shows. What the buyer has goes before what the drop has. */
export function phaseOf(facts: Facts, nowMs: number): Phase {
  const { hold, place, drop, stock } = facts;
  if (facts.failure !== null) return "failed";
  if (facts.show === null || drop === null) return "loading";
  if (hold !== null) {
    if (hold.status === "converted") return "bought";
    if (hold.status === "paying") return "paying";
    if (hold.status === "active" && Date.parse(hold.expires_at) > nowMs) {
      return facts.isOffer ? "offered" : "held";
    }
  }
  if (facts.queued !== null) return "queued";
  if (place?.status === "waiting") return place.position === null ? "entered" : "waiting";
  const status = statusOf(facts, drop, nowMs);
  if (status !== "open") return status;
  if (facts.notice?.code === "limit_reached") return "limit";
  if (drop.policy === "lottery") return drop.drawn_at === null ? "open" : "sold_out";
  return (stock?.available ?? drop.left) > 0 ? "open" : "sold_out";
}

/** A drop opens at its time, though nobody has told us yet; when it closes, we are told. */
function statusOf({ show }: Facts, drop: DropView, nowMs: number): "scheduled" | "open" | "closed" {
  if (show?.status === "closed" || drop.status === "closed") return "closed";
  if (drop.ends_at !== null && Date.parse(drop.ends_at) <= nowMs) return "closed";
  if (drop.status === "open") return "open";
  return drop.opens_at !== null && Date.parse(drop.opens_at) <= nowMs ? "open" : "scheduled";
}

/** @returns What the countdown of a phase runs to, on the engine's clock; null where nothing is counted. */
export function deadlineOf({ hold, drop }: Facts, phase: Phase): number | null {
  const at = (time: string | null | undefined) => (typeof time === "string" ? Date.parse(time) : null);
  if (phase === "held" || phase === "offered") return at(hold?.expires_at);
  if (phase === "scheduled") return at(drop?.opens_at);
  if (phase === "entered" || (phase === "open" && drop?.policy === "lottery")) return at(drop?.draws_at);
  return null;
}
