import type { Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findLocation } from "../../db/catalogue.ts";
import { listExceptions } from "../../db/exceptions.ts";
import { readTags, writeTags, writeWantedLocation, type TagChange } from "../../db/order-tags.ts";
import { readOrder } from "../../db/orders.ts";
import type { OrderAction } from "../../domain/automation/action.ts";
import type { LocationCode } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { askPayment } from "./ask-payment.ts";
import { cancelOrder } from "./cancel-order.ts";
import type { StepPorts } from "./fulfillment-step.ts";
import { holdOrder } from "./hold-order.ts";
import { rejectFulfillmentOrder } from "./reassign.ts";
import { RetryLater } from "./step-failure.ts";
import { workException } from "./work-exception.ts";

export type ActionServices = StepPorts &
  Pick<Services, "nowMs" | "db" | "paymentProvider" | "send" | "background" | "fulfillmentMode">;

export type ActionCall = {
  readonly orderId: string;
  readonly actor: Actor;
  /** Tells this action from any other on the same order: a repeat of it finds it done. */
  readonly mark: string;
};

/** What takes an action back; null where nothing does. */
export type Undo = OrderAction | null;

const TAGS_MAX = 50;
const EXCEPTIONS_MAX = 100;

/**
 * Does one thing to one order, for a rule or for a job over many orders.
 *
 * @returns Why it was refused, as a problem's code.
 * @throws RetryLater where it is to be tried again.
 */
export async function carryOutAction(
  services: ActionServices,
  action: OrderAction,
  call: ActionCall,
): Promise<Result<Undo, string>> {
  switch (action.do) {
    case "tag":
    case "untag":
      return changeTags(services, action, call);
    case "hold":
      return outcomeOf(
        await holdOrder(services, { ...call, reason: action.reason, isVersionAcceptable: anyVersion }),
        { do: "release" },
      );
    case "release":
      return outcomeOf(
        await holdOrder(services, { ...call, reason: null, isVersionAcceptable: anyVersion }),
        {
          do: "hold",
          reason: "taken back",
        },
      );
    case "route_to":
      return routeTo(services, action.location, call);
    case "cancel":
      return outcomeOf(
        await cancelOrder(services, {
          ...action,
          ...call,
          actor: call.actor.principalId,
          requestId: call.actor.requestId,
          isVersionAcceptable: anyVersion,
        }),
        null,
      );
    case "refund":
      return refund(services, action, call);
    case "assign":
      return assign(services, action.assignee, call);
  }
}

const anyVersion = () => true;

function outcomeOf(result: Result<unknown, Problem>, undo: Undo): Result<Undo, string> {
  if (result.ok) return ok(undo);
  const { code } = result.error;
  if (code === "unavailable") throw new RetryLater("the order keeps changing");
  return err(code);
}

async function changeTags(
  { db, nowMs }: ActionServices,
  action: Extract<OrderAction, { do: "tag" | "untag" }>,
  { orderId, actor, mark }: ActionCall,
): Promise<Result<Undo, string>> {
  const found = await readTags(db, orderId, mark);
  if (found === null) return err("not_found");
  const { tags, earlier } = found;
  if (earlier !== null) return ok(undoOf(earlier));
  const isAdding = action.do === "tag";
  const changed = [...new Set(action.tags)].filter((tag) => tags.includes(tag) !== isAdding);
  if (changed.length === 0) return ok(null);
  if (isAdding && tags.length + changed.length > TAGS_MAX) return err("tags_too_many");
  const change = isAdding ? { added: changed, removed: [] } : { added: [], removed: changed };
  await writeTags(db, orderId, change, { mark, actor: actor.principalId }, nowMs());
  return ok(undoOf(change));
}

/** Only what was not so before is taken back. */
function undoOf({ added, removed }: TagChange): Undo {
  if (added.length > 0) return { do: "untag", tags: added };
  return removed.length > 0 ? { do: "tag", tags: removed } : null;
}

/** The wish is written first, so that whatever is planned from now on follows it. */
async function routeTo(
  services: ActionServices,
  location: string,
  { orderId, actor }: ActionCall,
): Promise<Result<Undo, string>> {
  const order = await readOrder(services.db, orderId);
  if (order === null) return err("not_found");
  if (order.order.status === "canceled" || order.order.status === "completed")
    return err("order_state_conflict");
  if ((await findLocation(services.db, location as LocationCode)) === null) return err("location_unknown");
  await writeWantedLocation(services.db, orderId, location);
  const elsewhere = order.fulfillmentOrders.filter(
    (row) => row.status === "open" && row.location !== null && row.location !== location,
  );
  for (const { id } of elsewhere) {
    const rejection = { reason: "other", note: `to ship from ${location}`, missing: null } as const;
    await rejectFulfillmentOrder(services, id, rejection, actor.principalId);
  }
  return ok(null);
}

async function refund(
  services: ActionServices,
  { reason, shareBps }: Extract<OrderAction, { do: "refund" }>,
  call: ActionCall,
): Promise<Result<Undo, string>> {
  const order = await readOrder(services.db, call.orderId);
  if (order === null) return err("not_found");
  const wish =
    shareBps === null
      ? { kind: "all" as const }
      : { kind: "amount" as const, amount: Math.floor((order.order.total * shareBps) / 10_000) };
  if (wish.kind === "amount" && wish.amount === 0) return err("amount_unavailable");
  return outcomeOf(
    await askPayment(services, {
      ...call,
      wish: { kind: "refund", wish, reason, notify: true },
      isVersionAcceptable: anyVersion,
    }),
    null,
  );
}

async function assign(
  services: ActionServices,
  assignee: string,
  { orderId, actor }: ActionCall,
): Promise<Result<Undo, string>> {
  const open = await listExceptions(services.db, { status: "open", orderId }, null, EXCEPTIONS_MAX);
  if (open.length === 0) return err("nothing_open");
  for (const { id, assignee: current } of open) {
    if (current !== assignee)
      await workException(services, actor, id, { kind: "assign", assignee }, undefined);
  }
  return ok(null);
}
