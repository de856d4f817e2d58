import * as z from "zod";

type ProblemType = { readonly status: number; readonly title: string };

/** Every code an answer may carry, with its status. A new code does not compile anywhere until it stands here. */
export const problemTypes = {
  malformed: { status: 400, title: "The request cannot be read" },
  idempotency_key_missing: { status: 400, title: "Idempotency-Key is required" },
  unauthorized: { status: 401, title: "A valid key is required" },
  payment_declined: { status: 402, title: "The payment was declined" },
  forbidden: { status: 403, title: "This key may not do this" },
  not_found: { status: 404, title: "Not found" },
  sku_unknown: { status: 404, title: "Unknown SKU" },
  hold_unknown: { status: 404, title: "Unknown hold" },
  request_timeout: { status: 408, title: "The body did not arrive in time" },
  method_not_allowed: { status: 405, title: "The path knows no such method" },
  sold_out: { status: 409, title: "Not enough stock" },
  limit_reached: { status: 409, title: "The buyer's limit is reached" },
  drop_not_open: { status: 409, title: "The drop is not open" },
  hold_expired: { status: 409, title: "The hold has expired" },
  hold_resolved: { status: 409, title: "The hold is resolved" },
  hold_paying: { status: 409, title: "The hold is being paid for" },
  hold_not_extendable: { status: 409, title: "The hold cannot be extended" },
  stock_insufficient: { status: 409, title: "The units are promised or not there" },
  movement_id_reused: { status: 409, title: "The movement was recorded with other content" },
  allocation_unknown: { status: 409, title: "Nothing is allocated under this id" },
  order_not_cancelable: { status: 409, title: "The order cannot be canceled" },
  order_state_conflict: { status: 409, title: "The order's state does not allow this" },
  location_in_use: { status: 409, title: "The location is in use" },
  idempotency_in_progress: { status: 409, title: "The first request with this key is still under way" },
  precondition_failed: { status: 412, title: "The resource has changed" },
  body_too_large: { status: 413, title: "The body is too large" },
  media_type_unsupported: { status: 415, title: "The media type is not supported" },
  request_invalid: { status: 422, title: "The request does not fit its schema" },
  idempotency_key_reused: { status: 422, title: "Idempotency-Key was used with another body" },
  price_missing: { status: 422, title: "A line has no price in this currency" },
  location_unknown: { status: 422, title: "Unknown location" },
  shipping_method_unknown: { status: 422, title: "Unknown shipping method" },
  payment_provider_unknown: { status: 422, title: "Unknown payment provider" },
  mapping_unknown: { status: 422, title: "Unknown column mapping" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Internal error" },
  unavailable: { status: 503, title: "Temporarily unavailable; repeat with the same key" },
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
  return { ...facts, type: `/problems/${code}`, ...problemTypes[code], code };
}
