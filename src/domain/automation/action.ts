import type { CancelReason } from "../orders/cancel.ts";

/** What can be done to an order without a person: by a rule, or to many orders at once. */
export type OrderAction =
  | { readonly do: "tag" | "untag"; readonly tags: ReadonlyArray<string> }
  | { readonly do: "hold"; readonly reason: string }
  | { readonly do: "release" }
  /** Ships from there if it can; otherwise the order is routed as it would be. */
  | { readonly do: "route_to"; readonly location: string }
  | {
      readonly do: "cancel";
      readonly reason: CancelReason;
      readonly restock: boolean;
      readonly refund: boolean;
      readonly notify: boolean;
    }
  /** All that was captured and not paid back, or a share of the order's total. */
  | { readonly do: "refund"; readonly reason: string; readonly shareBps: number | null }
  /** Gives what waits for a person about the order to somebody. */
  | { readonly do: "assign"; readonly assignee: string };

/** What a rule can do beside that. */
export type Action =
  | OrderAction
  /** Puts it before a person. */
  | { readonly do: "notify"; readonly note: string; readonly assignee: string | null }
  /** Sends the event to a webhook endpoint, whatever that is subscribed to. */
  | { readonly do: "call_webhook"; readonly endpoint: string };

/** Whether an action means nothing where there is no order. */
export function needsOrder(action: Action): action is OrderAction {
  return action.do !== "notify" && action.do !== "call_webhook";
}

export type ActionOutcome = {
  readonly do: Action["do"];
  readonly outcome: "done" | "refused";
  readonly reason: string | null;
};
