import * as z from "zod";

import { dropPolicies } from "../domain/inventory/drop.ts";
import {
  HOLD_TTL_SECONDS_DEFAULT,
  HOLD_TTL_SECONDS_MAX,
  HOLD_TTL_SECONDS_MIN,
} from "../domain/inventory/hold.ts";
import { operation } from "./operation.ts";
import {
  listOf,
  noteSchema,
  pageQuerySchema,
  quantitySchema,
  showCodeSchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";

/** A show asks each of its SKUs' objects, and one request may ask so many. */
const DROPS_MAX = 50;

const dropBodySchema = z.strictObject({
  sku: skuSchema,
  quantity: quantitySchema.describe("Units that are kept for the show, out of everybody else's reach."),
  policy: z
    .enum(dropPolicies)
    .default("hold_on_claim")
    .describe("How units are given away: at the claim, at the checkout, to who pays first, or drawn."),
  buyer_limit: quantitySchema.optional().describe("Units one buyer may hold and buy in this drop."),
  opens_at: timestampSchema.optional().describe("A time of its own, which goes before the show's."),
  ttl_seconds: z
    .int()
    .min(HOLD_TTL_SECONDS_MIN)
    .max(HOLD_TTL_SECONDS_MAX)
    .default(HOLD_TTL_SECONDS_DEFAULT)
    .describe("The longest that a hold or an offer in this drop lives."),
  draws_at: timestampSchema
    .optional()
    .describe("Lottery: when entries end and are drawn. Without it, when somebody asks for the draw."),
});

export const showBodySchema = z
  .strictObject({
    title: noteSchema(200),
    starts_at: timestampSchema.optional().describe("Without it, the show opens when somebody opens it."),
    ends_at: timestampSchema.optional().describe("Without it, the show ends when somebody closes it."),
    admission_per_unit: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        "A waiting room: so many buyers are let in for each unit that is left. Without it, everybody.",
      ),
    drops: z
      .array(dropBodySchema)
      .min(1)
      .max(DROPS_MAX)
      .refine((drops) => new Set(drops.map(({ sku }) => sku)).size === drops.length, "one drop for each SKU"),
  })
  .refine((body) => isBefore(body.starts_at, body.ends_at), {
    path: ["ends_at"],
    message: "must be after starts_at",
  })
  .refine((body) => body.drops.every((drop) => isBefore(drop.opens_at, body.ends_at)), {
    path: ["ends_at"],
    message: "must be after every opens_at",
  })
  .refine((body) => body.drops.every((drop) => drop.policy === "lottery" || drop.draws_at === undefined), {
    path: ["drops"],
    message: "only a lottery is drawn",
  })
  .refine(
    (body) =>
      body.drops.every(
        (drop) =>
          isBefore(drop.opens_at ?? body.starts_at, drop.draws_at) && isBefore(drop.draws_at, body.ends_at),
      ),
    { path: ["drops"], message: "a draw is after the opening and before the end" },
  );
export type ShowBody = z.output<typeof showBodySchema>;

function isBefore(first: string | undefined, second: string | undefined): boolean {
  return first === undefined || second === undefined || Date.parse(first) < Date.parse(second);
}

const countersSchema = z
  .object({
    claims: z.int().describe("Decided, refused ones included."),
    refused_sold_out: z.int(),
    refused_limit: z.int(),
    holds: z.int(),
    live: z.int().describe("Holds that are neither paid for nor ended."),
    paid: z.int(),
    expired: z.int(),
    released: z.int(),
    waitlisted: z.int().describe("Buyers who ever stood in line, or entered a lottery."),
    waiting: z.int(),
    offers: z.int(),
    lapsed_offers: z.int(),
    units_held: z.int(),
    units_sold: z.int(),
    units_recycled: z.int().describe("Units that came back and could be had again."),
    oversold: z.int().describe("Units beyond those that were there. It is 0."),
    sold_out_at: timestampSchema.nullable(),
    seconds_to_sell_out: z.number().nullable(),
    claim_to_hold: z.number().nullable().describe("Holds for each claim."),
    hold_to_paid: z.number().nullable().describe("Paid holds for each hold."),
  })
  .meta({ id: "ShowCounters" });
export type CountersView = z.infer<typeof countersSchema>;

const statusSchema = z.enum(["scheduled", "open", "closed"]);

const dropSchema = z
  .object({
    sku: z.string(),
    title: z.string().describe("Of the SKU, as its page calls it."),
    prices: z.array(z.object({ currency: z.string(), amount: z.int() })),
    status: statusSchema,
    policy: z.enum(dropPolicies),
    left: z.int().describe("Units that can be held now. Publishable keys see at most 10."),
    buyer_limit: z.int().nullable(),
    ttl_seconds: z.int(),
    opens_at: timestampSchema.nullable(),
    ends_at: timestampSchema.nullable(),
    draws_at: timestampSchema.nullable(),
    drawn_at: timestampSchema.nullable(),
    seed_hash: z.string().nullable().describe("Lottery: the SHA-256 of the seed, published before the draw."),
    quantity: z.int().optional().describe("Secret keys only."),
    fairness: z
      .number()
      .nullable()
      .optional()
      .describe("Kendall's τ between arrival and award: 1 is first come, first served. Secret keys only."),
    counters: countersSchema.optional().describe("Secret keys only."),
  })
  .meta({ id: "Drop" });
export type DropView = z.infer<typeof dropSchema>;

const showSchema = z
  .object({
    code: z.string(),
    title: z.string(),
    status: statusSchema,
    starts_at: timestampSchema.nullable(),
    ends_at: timestampSchema.nullable(),
    opened_at: timestampSchema.nullable(),
    closed_at: timestampSchema.nullable(),
    admission_per_unit: z.int().nullable(),
    drops: z.array(dropSchema),
    counters: countersSchema.optional().describe("Of all drops together. Secret keys only."),
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "Show" });
export type ShowView = z.infer<typeof showSchema>;

const plannedShowSchema = showSchema
  .omit({ drops: true, counters: true })
  .extend({
    drops: z.array(
      dropSchema
        .pick({ sku: true, policy: true, opens_at: true, draws_at: true })
        .extend({ quantity: z.int() }),
    ),
  })
  .meta({ id: "ShowSummary" });
export type ShowSummaryView = z.infer<typeof plannedShowSchema>;

const drawSchema = z
  .object({
    show: z.string(),
    sku: z.string(),
    seed_hash: z.string(),
    seed: z.string().nullable().describe("Null before the draw."),
    drawn_at: timestampSchema.nullable(),
    entries: z.int().describe("How many there are in all."),
    data: z.array(
      z.object({
        position: z
          .int()
          .describe("In the order drawn. Secret keys see entries before the draw, in that of arrival."),
        rank: z.string().nullable().describe("SHA-256 of `seed:id`, hexadecimal; null before the draw."),
        quantity: z.int(),
        status: z
          .enum(["waiting", "offered", "converted", "lapsed", "left"])
          .optional()
          .describe("Secret keys only."),
        id: z
          .string()
          .optional()
          .describe("Secret keys only: whoever knows it may leave in the buyer's place."),
        buyer: z.string().optional().describe("Secret keys only."),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "Draw" });
export type DrawView = z.infer<typeof drawSchema>;

const byCode = z.strictObject({ code: showCodeSchema });
const read = { access: { scope: "shows:read" }, idempotency: "none", tag: "Shows" } as const;
const readByPages = { ...read, access: { scope: "shows:read", publishable: true } } as const;
const act = { access: { scope: "shows:write" }, idempotency: "stored", tag: "Shows" } as const;
const oneShow = { status: 200, schema: showSchema } as const;

export const showOperations = {
  putShow: operation({
    id: "putShow",
    method: "PUT",
    path: "/v1/shows/{code}",
    tag: "Shows",
    summary: "Set a show up, or change it, with its drops",
    description:
      "The units of every drop are fenced in at once, so that they are there when it opens; if those of one are not, " +
      "nothing is changed. What is open can be changed, but for its policy. A drop that has begun is not taken out.",
    access: { scope: "shows:write" },
    idempotency: "none",
    params: byCode,
    body: showBodySchema,
    success: oneShow,
    problems: [
      "precondition_failed",
      "sku_unknown",
      "stock_insufficient",
      "show_closed",
      "drop_closed",
      "drop_under_way",
      "unavailable",
    ],
  }),
  listShows: operation({
    ...read,
    id: "listShows",
    method: "GET",
    path: "/v1/shows",
    summary: "All shows, by code, without figures",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(plannedShowSchema) },
    problems: [],
  }),
  getShow: operation({
    ...readByPages,
    id: "getShow",
    method: "GET",
    path: "/v1/shows/{code}",
    summary: "A show, its drops, and what became of them",
    description: "Pages get no figures, and what they get may be a second old.",
    params: byCode,
    success: oneShow,
    problems: ["show_unknown", "unavailable"],
  }),
  openShow: operation({
    ...act,
    id: "openShow",
    method: "POST",
    path: "/v1/shows/{code}/open",
    summary: "Open a show now, with every drop that has no later time of its own",
    params: byCode,
    success: oneShow,
    problems: ["show_unknown", "show_closed", "unavailable"],
  }),
  closeShow: operation({
    ...act,
    id: "closeShow",
    method: "POST",
    path: "/v1/shows/{code}/close",
    summary: "End a show now: what is left of its drops is for everybody",
    description: "Holds that were taken stay and can be paid for. Whoever still waits has left.",
    params: byCode,
    success: oneShow,
    problems: ["show_unknown", "unavailable"],
  }),
  drawShow: operation({
    ...act,
    id: "drawShow",
    method: "POST",
    path: "/v1/shows/{code}/draw",
    summary: "End the entries of a show's lotteries, and draw",
    params: byCode,
    success: oneShow,
    problems: ["show_unknown", "lottery_unknown", "drop_not_open", "unavailable"],
  }),
  getDraw: operation({
    ...readByPages,
    id: "getDraw",
    method: "GET",
    path: "/v1/shows/{code}/draw/{sku}",
    summary: "What it takes to draw a lottery again",
    description:
      "Before the draw, the hash of the seed; after it, the seed, and every entry with its rank. An entrant finds the " +
      "SHA-256 of `seed:id`, with the id of their own entry, at its place among the ranks. Ranks are published by the draw, " +
      "or within a minute of `draws_at`, and kept for good; ids and buyers, for secret keys, for 30 days.",
    params: z.strictObject({ code: showCodeSchema, sku: skuSchema }),
    query: pageQuerySchema,
    success: { status: 200, schema: drawSchema },
    problems: ["show_unknown", "lottery_unknown", "unavailable"],
  }),
};
