import * as z from "zod";

import { warehouseProblemTypes } from "./warehouse-problem.ts";

/** `detail` is said where an answer has nothing more exact to say. */
export type ProblemType = { readonly status: number; readonly title: string; readonly detail: string };

/** Every code an answer may carry, with its status. A new code does not compile anywhere until it stands here. */
export const problemTypes = {
  malformed: {
    status: 400,
    title: "The request cannot be read",
    detail: "The body or its encoding cannot be read as what it says it is.",
  },
  idempotency_key_missing: {
    status: 400,
    title: "Idempotency-Key is required",
    detail: "Send a key of your own choice, the same for every repeat of this call.",
  },
  unauthorized: {
    status: 401,
    title: "A valid key is required",
    detail: "Send `Authorization: Bearer <key>` with a key that is not revoked.",
  },
  buyer_token_required: {
    status: 401,
    title: "A buyer token is required",
    detail: "This key may act only for a buyer whom a token names. Send it as `Holdfast-Buyer`.",
  },
  buyer_token_invalid: {
    status: 401,
    title: "The buyer token is not valid",
    detail: "It has expired, was signed with another secret, or is not a buyer token. Get a new one.",
  },
  payment_declined: {
    status: 402,
    title: "The payment was declined",
    detail:
      "Nothing was charged. The hold is active again and can be paid for with a new key, until it expires.",
  },
  forbidden: {
    status: 403,
    title: "This key may not do this",
    detail: "It lacks the scope, or is of a kind that must not be used here or from a browser.",
  },
  human_check_required: {
    status: 403,
    title: "Proof of a person is required",
    detail: "Send the token of the check on the page as `Holdfast-Turnstile`.",
  },
  human_check_failed: {
    status: 403,
    title: "The proof of a person was not accepted",
    detail: "It has expired, was used before, or is for something else. Let the page make a new one.",
  },
  not_found: {
    status: 404,
    title: "Not found",
    detail: "There is nothing at this path, or it is not this key's to see.",
  },
  sku_unknown: {
    status: 404,
    title: "Unknown SKU",
    detail: "The catalogue has no such SKU.",
  },
  hold_unknown: {
    status: 404,
    title: "Unknown hold",
    detail: "No hold has this id.",
  },
  show_unknown: {
    status: 404,
    title: "Unknown show",
    detail: "No show has this code.",
  },
  lottery_unknown: {
    status: 404,
    title: "No lottery",
    detail: "The show draws nothing, or not this SKU.",
  },
  waitlist_unknown: {
    status: 404,
    title: "Unknown place in line",
    detail: "Nobody stands in line under this id.",
  },
  request_timeout: {
    status: 408,
    title: "The body did not arrive in time",
    detail: "Send the whole body within ten seconds.",
  },
  method_not_allowed: {
    status: 405,
    title: "The path knows no such method",
    detail: "The header `Allow` names those it knows.",
  },
  sold_out: {
    status: 409,
    title: "Not enough stock",
    detail: "`available` says how many can be held now; nothing was taken.",
  },
  limit_reached: {
    status: 409,
    title: "The buyer's limit is reached",
    detail: "`counted` of `limit` units are held or bought by this buyer already; nothing was taken.",
  },
  waitlisted: {
    status: 409,
    title: "The buyer is in line",
    detail:
      "`position` says where, unless it is drawn. Units that come free are offered in turn; nothing was taken now.",
  },
  drop_not_open: {
    status: 409,
    title: "The drop is not open",
    detail: "Nothing can be held in it now.",
  },
  show_closed: {
    status: 409,
    title: "The show is over",
    detail: "It stays as it is. Set up another one.",
  },
  drop_closed: {
    status: 409,
    title: "The drop is over",
    detail: "Its units went back to everybody, and it does not open again.",
  },
  drop_under_way: {
    status: 409,
    title: "The drop has begun",
    detail: "Its policy stays, and it is not taken out of its show. Close the show to end it.",
  },
  hold_expired: {
    status: 409,
    title: "The hold has expired",
    detail: "Its units are for sale again. Take a new hold.",
  },
  hold_resolved: {
    status: 409,
    title: "The hold is resolved",
    detail: "It was released or has become an order, and stays so.",
  },
  hold_paying: {
    status: 409,
    title: "The hold is being paid for",
    detail: "Wait for that payment to end; it ends by itself.",
  },
  hold_not_extendable: {
    status: 409,
    title: "The hold cannot be extended",
    detail: "A hold is extended once, and not beyond its longest life.",
  },
  stock_insufficient: {
    status: 409,
    title: "The units are promised or not there",
    detail: "`available` says how many units are free there; nothing was changed.",
  },
  movement_id_reused: {
    status: 409,
    title: "The movement was recorded with other content",
    detail: "A movement is recorded once under its id; nothing was changed.",
  },
  allocation_unknown: {
    status: 409,
    title: "Nothing is allocated under this id",
    detail: "It was never made, or was given back.",
  },
  order_not_cancelable: {
    status: 409,
    title: "The order cannot be canceled",
    detail: "It is canceled already, or something of it has left.",
  },
  amount_unavailable: {
    status: 409,
    title: "There is not so much money",
    detail: "`available` says how much can be captured, voided or paid back now; nothing was moved.",
  },
  quantity_unavailable: {
    status: 409,
    title: "There are not so many units",
    detail: "`available` says for how many units of the line this can be done now; nothing was changed.",
  },
  mail_not_configured: {
    status: 409,
    title: "No mail can be sent",
    detail: "No mail provider is set, or the brand has no sender.",
  },
  mail_refused: {
    status: 409,
    title: "The mail provider refused",
    detail: "`reason` is what it said.",
  },
  payment_refused: {
    status: 409,
    title: "The payment provider refused",
    detail: "`reason` is what it said. Look at the payment there before you ask again.",
  },
  change_open: {
    status: 409,
    title: "Another change of the order is open",
    detail: "An order is changed by one change at a time. Confirm it or give it up.",
  },
  order_state_conflict: {
    status: 409,
    title: "The order's state does not allow this",
    detail: "Read it again; it is not in a state in which this can be done.",
  },
  return_not_allowed: {
    status: 409,
    title: "The policy does not allow this return",
    detail:
      "Its window is over, the sale was final, or stores take nothing back. Say in `exception` why it is taken all the same.",
  },
  return_state_conflict: {
    status: 409,
    title: "The return's state does not allow this",
    detail: "Read it again; it is not in a state in which this can be done.",
  },
  exception_resolved: {
    status: 409,
    title: "The exception is resolved",
    detail: "Somebody has dealt with it; it stays as it is.",
  },
  location_in_use: {
    status: 409,
    title: "The location is in use",
    detail: "Something still depends on it.",
  },
  webhook_endpoints_too_many: {
    status: 409,
    title: "There are too many endpoints",
    detail: "`limit` says how many there may be; delete one that is not needed.",
  },
  channel_refused: {
    status: 409,
    title: "The platform refused",
    detail: "`reason` says what it answered. Mend the settings or secrets, and try again.",
  },
  bulk_job_running: {
    status: 409,
    title: "The job is still under way",
    detail: "Stop it, or wait until it is done.",
  },
  bulk_not_undoable: {
    status: 409,
    title: "Nothing of the job can be taken back",
    detail: "Tags, holds and releases can be undone, each job once. Cancels and refunds cannot.",
  },
  platform_fixed: {
    status: 409,
    title: "A connection keeps its platform",
    detail: "Make another connection for another platform.",
  },
  secrets_key_missing: {
    status: 409,
    title: "Secrets cannot be kept or read",
    detail:
      "Set the Worker secret HOLDFAST_SECRETS_KEY to 32 or more random characters. If it was changed, set the connection's secrets again, or rotate the endpoint's.",
  },
  idempotency_in_progress: {
    status: 409,
    title: "The first request with this key is still under way",
    detail: "Repeat with the same key in a moment to get its answer.",
  },
  buyer_tokens_not_configured: {
    status: 409,
    title: "Buyer tokens are not set up",
    detail: "Set the Worker's secret BUYER_TOKEN_SECRET to 32 characters or more.",
  },
  precondition_failed: {
    status: 412,
    title: "The resource has changed",
    detail: "`If-Match` names another version than it has now. Read it again.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    detail: "A body may have 64 KB, an import 32 MB.",
  },
  media_type_unsupported: {
    status: 415,
    title: "The media type is not supported",
    detail: "Send the `Content-Type` that the operation takes.",
  },
  request_invalid: {
    status: 422,
    title: "The request does not fit its schema",
    detail: "`errors` names each place and what is wrong there.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "Idempotency-Key was used with another body",
    detail: "A key stands for one request. Use a new key for another.",
  },
  price_missing: {
    status: 422,
    title: "A line has no price in this currency",
    detail: "The catalogue has no price for it in the order's currency.",
  },
  location_unknown: {
    status: 422,
    title: "Unknown location",
    detail: "There is no location of this code.",
  },
  order_line_unknown: {
    status: 422,
    title: "Unknown line",
    detail: "The order has no line of this id.",
  },
  shipping_method_unknown: {
    status: 422,
    title: "Unknown shipping method",
    detail: "There is no shipping method of this code.",
  },
  shipping_method_unavailable: {
    status: 422,
    title: "The shipping method does not go there",
    detail: "Choose one of the delivery options for this country.",
  },
  carrier_unknown: {
    status: 422,
    title: "Unknown carrier",
    detail: "No carrier of this name is set up.",
  },
  carrier_refused: {
    status: 409,
    title: "The carrier refused",
    detail: "It does not take the request as it is.",
  },
  payment_provider_unknown: {
    status: 422,
    title: "Unknown payment provider",
    detail: "No payment provider of this name is set up.",
  },
  mapping_unknown: {
    status: 422,
    title: "Unknown column mapping",
    detail: "Name a mapping, or your columns.",
  },
  webhook_url_refused: {
    status: 422,
    title: "Messages cannot be sent to this address",
    detail:
      "Give a public name over https on its usual port, without credentials. `because` says what is wrong.",
  },
  upgrade_required: {
    status: 426,
    title: "This path speaks WebSocket",
    detail: "Open a WebSocket here, with the key as `key=`.",
  },
  queued: {
    status: 429,
    title: "The buyer waits to be let in",
    detail:
      "`position` says how many are let in before; repeat with the same key as long after as `Retry-After` says.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    detail: "Wait as long as `Retry-After` says.",
  },
  internal: {
    status: 500,
    title: "Internal error",
    detail: "It is logged under `request_id`. Repeat with the same key.",
  },
  unavailable: {
    status: 503,
    title: "Temporarily unavailable; repeat with the same key",
    detail: "Wait as long as `Retry-After` says, then repeat.",
  },
  ...warehouseProblemTypes,
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

/** RFC 9457, with the code repeated for programs and the facts as members. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ example: "/problems/sold_out" }),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problemTypes) as [ProblemCode, ...Array<ProblemCode>]),
    detail: z.string().optional(),
    request_id: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Problem" });

export type ProblemFacts = { readonly detail?: string } & { readonly [fact: string]: unknown };
export type Problem = z.infer<typeof problemSchema>;

export function problem(code: ProblemCode, facts: ProblemFacts = {}): Problem {
  // Facts come first, so that none of them can take the place of a standard member.
  const { status, title, detail } = problemTypes[code];
  return { ...facts, type: `/problems/${code}`, title, status, code, detail: facts.detail ?? detail };
}
