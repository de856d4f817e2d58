import type * as z from "zod";

import type { AvailabilityView, HoldBatchResult, HoldView } from "../contract/holds.ts";
import type { clientMessageSchema } from "../contract/live.ts";
import type { Problem } from "../contract/problem.ts";
import type { WaitlistEntryView } from "../contract/waitlist.ts";

/** What may be sent on a socket, docs/live-protocol.md. */
export type ClientMessage = z.input<typeof clientMessageSchema>;
/** Messages that are answered, as they are given to {@link LiveConnection.ask}, which numbers them. */
export type Question = DistributiveOmit<Extract<ClientMessage, { ref: string }>, "ref">;
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

export type ShowStatus = "scheduled" | "open" | "closed";
export type Snapshot = {
  readonly type: "snapshot";
  readonly seq: number;
  readonly stock: ReadonlyArray<AvailabilityView>;
  readonly show?: { readonly code: string; readonly status: ShowStatus };
  /** The engine's clock when it was sent. */
  readonly now: string;
};
export type StockNews = { readonly type: "stock"; readonly seq: number } & AvailabilityView;

/** What answers a question, by its `ref`. */
export type LiveAnswer =
  | {
      readonly ok: true;
      readonly hold?: HoldView;
      readonly waitlist?: WaitlistEntryView;
      readonly items?: ReadonlyArray<HoldBatchResult>;
    }
  | { readonly ok: false; readonly problem: Problem };

/** What comes by itself. */
export type LiveNews =
  | Snapshot
  | StockNews
  | { readonly type: "offer"; readonly hold: HoldView }
  | { readonly type: "hold_expired"; readonly hold: string }
  | { readonly type: "show"; readonly status: ShowStatus }
  | { readonly type: "admitted"; readonly buyer: string };

export type ServerMessage =
  | LiveNews
  | ({ readonly type: "result"; readonly ref: string } & LiveAnswer)
  | { readonly type: "results"; readonly ref: string; readonly items: ReadonlyArray<HoldBatchResult> }
  | { readonly type: "check"; readonly id: number }
  | { readonly type: "pong" };
