import { hashText } from "../../domain/hash.ts";
import { callObject } from "../shared/call.ts";
import { objectName } from "../shared/object-name.ts";
import type { CommitOutcome, OrderDesk, Revoked } from "./port.ts";

export type { OrderDesk } from "./port.ts";

/** Enough to keep writing while one waits for D1; D1 is the single writer behind all of them. */
const DESKS = 4;

/** The desks, each order always at the same one. */
export function orderDeskClient(env: Pick<Env, "ORDER_DESK" | "HOLDFAST_JURISDICTION">): OrderDesk {
  const jurisdiction = env.HOLDFAST_JURISDICTION as string;
  const namespace =
    jurisdiction === ""
      ? env.ORDER_DESK
      : env.ORDER_DESK.jurisdiction(jurisdiction as DurableObjectJurisdiction);
  const stub = (desk: number) => namespace.getByName(objectName("order-desk", String(desk)));
  return {
    // The stub's type adds disposers to what is only a value.
    begin: (placement) =>
      callObject(() => (stub(deskOf(placement.attempt.orderId)) as unknown as OrderDesk).begin(placement)),
    // Asked again it finds what the first call wrote.
    commit: (command) =>
      callObject<CommitOutcome>(() => stub(deskOf(command.order.order.id)).commit(command)),
    revoke: (attempt) => callObject<Revoked>(() => stub(deskOf(attempt.orderId)).revoke(attempt)),
    settle: (attempt) => callObject(() => stub(deskOf(attempt.orderId)).settle(attempt)),
    stale: async (limit) => {
      const desks = Array.from({ length: DESKS }, (_, desk) => callObject(() => stub(desk).stale(limit)));
      return (await Promise.all(desks)).flat();
    },
  };
}

/** The same desk for ever, all desks alike. */
function deskOf(orderId: string): number {
  return hashText(orderId) % DESKS;
}
