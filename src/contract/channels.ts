import * as z from "zod";

import { channelRefusals, platforms } from "../domain/channels/channel-order.ts";
import { matchKinds } from "../domain/channels/matching.ts";
import { operation } from "./operation.ts";
import {
  connectionCodeSchema,
  externalIdSchema,
  idSchema,
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  skuSchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const unitsSchema = z.int().min(0).max(1_000_000);

const ruleSchema = z
  .strictObject({
    buffer: unitsSchema.default(0).describe("Units kept back from this channel."),
    share_bps: z
      .int()
      .min(0)
      .max(10_000)
      .default(10_000)
      .describe("Basis points of what is left after the buffer."),
    floor: unitsSchema.default(0).describe("At least this many, while they are there."),
    cap: unitsSchema.nullable().default(null),
    hide_below: unitsSchema.default(0).describe("What is less than this is shown as none."),
  })
  .meta({ id: "AllocationRule" });
export type RuleBody = z.output<typeof ruleSchema>;

const shortfallSchema = z
  .enum(["hold", "backorder", "cancel"])
  .describe(
    "What becomes of an order whose units are not there: it waits with a task for a person, waits by itself, or is canceled and the platform told.",
  );

export const connectionBodySchema = z.strictObject({
  platform: z.enum(platforms),
  name: textSchema(100),
  status: z.enum(["active", "paused"]).default("active"),
  settings: z
    .record(z.string().max(60), z.unknown())
    .describe("What the platform needs to know: see the connections' documentation."),
  secrets: z
    .record(z.string().max(60), z.string().max(4000))
    .optional()
    .describe("Encrypted at rest and never shown again. Left out, the ones there stay."),
  shipping_methods: z
    .record(z.string().max(100), z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/))
    .optional()
    .describe("The platform's shipping methods in our words."),
  locations: z
    .record(z.string().max(100), locationCodeSchema)
    .optional()
    .describe(
      "The platform's locations that sell over the counter, as ours: their sales lower the stock there.",
    ),
  rule: ruleSchema.optional(),
  shortfall: shortfallSchema.default("hold"),
});
export type ConnectionBody = z.output<typeof connectionBodySchema>;

const connectionSchema = z
  .object({
    code: connectionCodeSchema,
    platform: z.enum(platforms),
    name: z.string(),
    status: z.enum(["active", "paused"]),
    settings: z.record(z.string(), z.unknown()),
    secrets: z.array(z.string()).describe("Names of the secrets that are set."),
    shipping_methods: z.record(z.string(), z.string()),
    locations: z.record(z.string(), z.string()),
    rule: ruleSchema,
    shortfall: shortfallSchema,
    webhook_path: z.string().describe("Where the platform sends its webhooks."),
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "ChannelConnection" });
export type ConnectionView = z.infer<typeof connectionSchema>;

const healthSchema = z.object({
  circuit: z.enum(["closed", "open", "half_open"]),
  successes: z.int(),
  failures: z.int(),
  quiet_until: timestampSchema.nullable(),
  last_success_at: timestampSchema.nullable(),
  last_failure_at: timestampSchema.nullable(),
  last_error: z.string().nullable(),
});

const listingSchema = z
  .object({
    listing: z.string(),
    external_sku: z.string().nullable(),
    barcode: z.string().nullable(),
    title: z.string(),
    sku: z.string().nullable(),
    match: z.enum(matchKinds),
    rule: ruleSchema.nullable(),
    wanted_quantity: z.int().nullable(),
    told_quantity: z.int().nullable(),
    told_at: timestampSchema.nullable(),
    last_error: z.string().nullable(),
  })
  .meta({ id: "Listing" });
export type ListingView = z.infer<typeof listingSchema>;

const channelOrderSchema = z
  .object({
    external_id: z.string(),
    outcome: z.enum(["captured", "refused", "ignored"]),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    order: idSchema.nullable(),
    is_reserved: z.boolean().describe("The platform wants it kept and not sent yet."),
    is_short: z.boolean().describe("Units of it are missing."),
    stated_at: timestampSchema,
    received_at: timestampSchema,
  })
  .meta({ id: "ChannelOrder", description: `Refused for one of: ${channelRefusals.join(", ")}.` });
export type ChannelOrderView = z.infer<typeof channelOrderSchema>;

const comparisonSchema = z
  .object({
    id: idSchema,
    at: timestampSchema,
    checked: z.int(),
    drifts: z
      .array(
        z.object({
          listing: z.string(),
          sku: z.string(),
          expected: z.int().nullable(),
          found: z.int().nullable(),
        }),
      )
      .describe("At most a hundred. Each is told again."),
  })
  .meta({ id: "ChannelComparison" });

const params = z.strictObject({ code: connectionCodeSchema });
const read = { scope: "channels:read" } as const;
const write = { scope: "channels:write" } as const;

const dryRunSchema = z
  .object({
    account: z.string(),
    listings: z.object({
      read: z.int().describe("Of the first page."),
      matched: z.record(z.enum(matchKinds), z.int()),
      unmatched: z.array(
        z.object({ listing: z.string(), external_sku: z.string().nullable(), title: z.string() }),
      ),
      would_show: z.array(z.object({ listing: z.string(), sku: z.string(), quantity: z.int() })),
    }),
    orders: z
      .array(
        z.object({
          external_id: z.string(),
          outcome: z.enum(["captured", "refused", "ignored"]),
          reason: z.string().nullable(),
          detail: z.string().nullable(),
          total: z.int().nullable(),
          tax_total: z.int().nullable(),
          currency: z.string().nullable(),
        }),
      )
      .describe("What would become of orders that changed in the last seven days, ten at most."),
    unmapped: z
      .object({
        shipping_methods: z.array(z.string()),
        locations: z.array(z.string()),
        statuses: z.array(z.string()),
      })
      .describe("What those orders name and the connection does not say the meaning of."),
  })
  .meta({ id: "ChannelDryRun" });
export type ChannelDryRunView = z.infer<typeof dryRunSchema>;

export const channelOperations = {
  putChannel: operation({
    id: "putChannel",
    method: "PUT",
    path: "/v1/channels/{code}",
    tag: "Channels",
    summary: "Make or change a connection to a sales channel",
    description:
      "Secrets are encrypted under a key that is not in the database, and are never shown again. A paused connection takes no orders and tells no quantities.",
    access: write,
    idempotency: "none",
    params,
    body: connectionBodySchema,
    success: { status: 200, schema: connectionSchema },
    problems: ["precondition_failed", "secrets_key_missing", "platform_fixed", "unavailable"],
  }),
  getChannel: operation({
    id: "getChannel",
    method: "GET",
    path: "/v1/channels/{code}",
    tag: "Channels",
    summary: "A connection, and how well it is doing",
    access: read,
    idempotency: "none",
    params,
    success: {
      status: 200,
      schema: connectionSchema.extend({ health: healthSchema }).meta({ id: "ChannelConnectionWithHealth" }),
    },
    problems: ["not_found"],
  }),
  listChannels: operation({
    id: "listChannels",
    method: "GET",
    path: "/v1/channels",
    tag: "Channels",
    summary: "All connections to sales channels",
    access: read,
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(connectionSchema) },
    problems: [],
  }),
  removeChannel: operation({
    id: "removeChannel",
    method: "DELETE",
    path: "/v1/channels/{code}",
    tag: "Channels",
    summary: "Forget a connection, its secrets and its listings",
    description: "Its orders stay. The platform is not told anything any more.",
    access: write,
    idempotency: "none",
    params,
    success: { status: 200, schema: z.object({ code: connectionCodeSchema, removed: z.literal(true) }) },
    problems: ["not_found"],
  }),
  testChannel: operation({
    id: "testChannel",
    method: "POST",
    path: "/v1/channels/{code}/test",
    tag: "Channels",
    summary: "Ask the platform who we are there",
    access: write,
    idempotency: "stored",
    params,
    success: { status: 200, schema: z.object({ account: z.string() }) },
    problems: ["not_found", "channel_refused", "secrets_key_missing", "unavailable"],
  }),
  dryRunChannel: operation({
    id: "dryRunChannel",
    method: "POST",
    path: "/v1/channels/{code}/dry-run",
    tag: "Channels",
    summary:
      "What a connection would do: which listings match, what they would show, what would become of its orders",
    description: "The platform is only read, and nothing is written. A paused connection may be tried.",
    access: write,
    idempotency: "none",
    params,
    success: { status: 200, schema: dryRunSchema },
    problems: ["not_found", "channel_refused", "secrets_key_missing", "unavailable"],
  }),
  compareChannel: operation({
    id: "compareChannel",
    method: "POST",
    path: "/v1/channels/{code}/compare",
    tag: "Channels",
    summary: "Compare a platform's quantities with what it was told, and mend what drifted",
    description: "Done by itself every quarter of an hour.",
    access: write,
    idempotency: "stored",
    params,
    success: { status: 200, schema: comparisonSchema },
    problems: ["not_found", "channel_refused", "secrets_key_missing", "unavailable"],
  }),
  listComparisons: operation({
    id: "listComparisons",
    method: "GET",
    path: "/v1/channels/{code}/comparisons",
    tag: "Channels",
    summary: "What comparisons found, newest first",
    access: read,
    idempotency: "none",
    params,
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(comparisonSchema) },
    problems: [],
  }),
  readListings: operation({
    id: "readListings",
    method: "POST",
    path: "/v1/channels/{code}/listings/read",
    tag: "Channels",
    summary: "Read what the platform has for sale, and match it to the catalogue",
    description:
      "By what a person said, by SKU, by barcode. What matches nothing is reported, sells nothing of ours and is told no quantity. With `next_cursor` the rest is read by another call.",
    access: write,
    idempotency: "stored",
    params,
    body: z.strictObject({ cursor: z.string().max(500).optional() }),
    success: {
      status: 200,
      schema: z
        .object({
          read: z.int(),
          matched: z.record(z.enum(matchKinds), z.int()),
          unmatched: z.array(
            z.object({ listing: z.string(), external_sku: z.string().nullable(), title: z.string() }),
          ),
          next_cursor: z.string().nullable(),
        })
        .meta({ id: "ListingReport" }),
    },
    problems: ["not_found", "channel_refused", "secrets_key_missing", "unavailable"],
  }),
  listListings: operation({
    id: "listListings",
    method: "GET",
    path: "/v1/channels/{code}/listings",
    tag: "Channels",
    summary: "What a platform has for sale, and what it was told",
    access: read,
    idempotency: "none",
    params,
    query: pageQuerySchema.extend({ match: z.enum(matchKinds).optional() }),
    success: { status: 200, schema: listOf(listingSchema) },
    problems: [],
  }),
  putListing: operation({
    id: "putListing",
    method: "PUT",
    path: "/v1/channels/{code}/listings/{listing}",
    tag: "Channels",
    summary: "Say which SKU a listing is, or that it needs no stock",
    description: "`listing` is the platform's own id, or its SKU text where the listing was not read yet.",
    access: write,
    idempotency: "none",
    params: params.extend({ listing: externalIdSchema }),
    body: z.strictObject({
      sku: skuSchema
        .nullable()
        .describe("null: it takes no stock of ours, as a gift card or a protection plan."),
      rule: ruleSchema.nullable().default(null).describe("In place of the connection's."),
    }),
    success: { status: 200, schema: listingSchema },
    problems: ["not_found", "sku_unknown"],
  }),
  listChannelOrders: operation({
    id: "listChannelOrders",
    method: "GET",
    path: "/v1/channels/{code}/orders",
    tag: "Channels",
    summary: "What became of each order of a platform",
    access: read,
    idempotency: "none",
    params,
    query: pageQuerySchema.extend({ outcome: z.enum(["captured", "refused", "ignored"]).optional() }),
    success: { status: 200, schema: listOf(channelOrderSchema) },
    problems: [],
  }),
  retryChannelOrder: operation({
    id: "retryChannelOrder",
    method: "POST",
    path: "/v1/channels/{code}/orders/{external_id}/retry",
    tag: "Channels",
    summary: "Ask the platform for an order again, and take it",
    access: write,
    idempotency: "stored",
    params: params.extend({ external_id: externalIdSchema }),
    success: { status: 200, schema: channelOrderSchema },
    problems: ["not_found", "channel_refused", "secrets_key_missing", "unavailable"],
  }),
};
