import * as z from "zod";

import { channels } from "../domain/orders/order.ts";
import { routeOutcomes, routeStrategies } from "../domain/routing/plan.ts";
import { locationTypes, rankings } from "../domain/routing/routing-plan.ts";
import { operation } from "./operation.ts";
import {
  amountSchema,
  codeSchema,
  idSchema,
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

export const routeTraceSchema = z
  .object({
    strategy: z.enum(routeStrategies),
    plan: z
      .object({ code: z.string(), batch: z.string().nullable(), rules: z.array(z.string()) })
      .optional()
      .describe("The plan, its batch for this order and the rules that were applied."),
    cost: z.int().optional().describe("Of all parcels as the plan counts it, in minor units."),
    locations: z.array(
      z.object({
        location: z.string(),
        outcome: z.enum(routeOutcomes),
        distance_metres: z.int().nullable(),
        is_estimated: z.boolean(),
        units_available: z.int(),
        units_chosen: z.int(),
      }),
    ),
  })
  .describe("Why each location was or was not chosen.");

const kilometresSchema = z.int().min(1).max(40_000);
const namesSchema = z.array(codeSchema).min(1).max(50);

const orderFilterSchema = z.strictObject({
  channels: z.array(z.enum(channels)).min(1).optional(),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .min(1)
    .max(250)
    .optional(),
  shipping_methods: namesSchema.optional(),
  total_min: amountSchema.optional().describe("Minor units of the order's currency."),
});

const locationFilterSchema = z.strictObject({
  groups: namesSchema.optional(),
  not_in_groups: namesSchema.optional(),
  types: z.array(z.enum(locationTypes)).min(1).optional(),
  distance_km_max: kilometresSchema.optional(),
  only_same_country: z.boolean().optional(),
  units_kept: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Units of each SKU that a location keeps back, beside its safety stock."),
});

const unallocatedSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("next") }).describe("The next rule tries."),
  z.strictObject({ kind: z.literal("queue"), queue: codeSchema }).describe("It waits until it is released."),
  z.strictObject({ kind: z.literal("backorder") }).describe("It waits for stock."),
  z
    .strictObject({ kind: z.literal("cancel"), after_days: z.int().min(1).max(365) })
    .describe("It waits for stock, and the order is canceled after so many days."),
]);

const ruleSchema = z.strictObject({
  name: textSchema(100),
  locations: locationFilterSchema.default({}),
  objective: z.enum(["ranked", "least_cost"]).default("ranked"),
  rankings: z
    .array(z.enum(rankings))
    .max(rankings.length)
    .default(["fewest_parcels", "same_country", "distance"])
    .describe("The first that tells two ways apart decides."),
  preferred: z.array(locationCodeSchema).max(200).default([]).describe("For `preferred`, best first."),
  parcels_max: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe("1 ships the whole order from one location or not at all."),
  parcel_value_min: amountSchema.default(0),
  keeps_groups: z
    .boolean()
    .default(false)
    .describe("SKUs with the same `ships_with` attribute stay together."),
  unallocated: unallocatedSchema.default({ kind: "backorder" }),
});

const batchSchema = z.strictObject({
  name: textSchema(100),
  orders: orderFilterSchema.default({}),
  rules: z.array(ruleSchema).min(1).max(20),
});

const costsSchema = z.strictObject({
  zones: z
    .array(
      z.strictObject({
        distance_km_max: kilometresSchema.optional().describe("Absent in the last zone."),
        base: amountSchema,
        per_kilogram: amountSchema,
      }),
    )
    .max(50)
    .refine(
      (zones) =>
        zones.every(({ distance_km_max: limit }, index) =>
          index === zones.length - 1
            ? limit === undefined
            : limit !== undefined && limit > (zones[index - 1]?.distance_km_max ?? 0),
        ),
      "nearest first, and only the last one without a limit",
    )
    .default([]),
  handling: amountSchema.default(0),
  split_penalty: amountSchema.default(0),
});

const planBodySchema = z.strictObject({
  title: textSchema(200),
  status: z.enum(["draft", "active"]).default("draft").describe("Making one active makes the others drafts."),
  batches: z.array(batchSchema).min(1).max(20),
  costs: costsSchema.default({ zones: [], handling: 0, split_penalty: 0 }),
});
export type RoutingPlanBody = z.output<typeof planBodySchema>;

const planSchema = z
  .object({
    code: z.string(),
    ...planBodySchema.shape,
    created_at: timestampSchema,
    updated_at: timestampSchema,
    version: z.int(),
  })
  .meta({ id: "RoutingPlan" });
export type RoutingPlanView = z.input<typeof planSchema>;

const sideSchema = z.object({
  orders: z.int(),
  parcels: z.int(),
  split_orders: z.int(),
  units_unplaced: z.int(),
  cost: z.int().describe("As the simulated plan counts it, for both sides."),
  metres: z.int().describe("Of all parcels together."),
});

const simulationSchema = z
  .object({
    plan: sideSchema,
    against: sideSchema,
    differences: z
      .array(
        z.object({
          order: idSchema,
          plan: z.array(z.string()).describe("Locations."),
          against: z.array(z.string()),
        }),
      )
      .describe("Orders that would go from elsewhere, newest first, a hundred at most."),
  })
  .meta({ id: "RoutingSimulation" });
export type SimulationView = z.infer<typeof simulationSchema>;

const byCode = z.strictObject({ code: codeSchema });
const read = { access: { scope: "fulfillment:read" }, idempotency: "none", tag: "Routing" } as const;
const change = { access: { scope: "fulfillment:write" }, idempotency: "none", tag: "Routing" } as const;

export const routingOperations = {
  putRoutingPlan: operation({
    ...change,
    id: "putRoutingPlan",
    method: "PUT",
    path: "/v1/routing-plans/{code}",
    summary: "Say how orders are routed",
    description:
      "The first batch whose filter fits an order decides; its rules are tried in turn, each for what the one before left. " +
      "Without an active plan an order comes from the nearest location that has everything, else in the fewest parcels.",
    params: byCode,
    body: planBodySchema,
    success: { status: 200, schema: planSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
  getRoutingPlan: operation({
    ...read,
    id: "getRoutingPlan",
    method: "GET",
    path: "/v1/routing-plans/{code}",
    summary: "A plan",
    params: byCode,
    success: { status: 200, schema: planSchema },
    problems: ["not_found"],
  }),
  listRoutingPlans: operation({
    ...read,
    id: "listRoutingPlans",
    method: "GET",
    path: "/v1/routing-plans",
    summary: "All plans, by code",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(planSchema) },
    problems: [],
  }),
  deleteRoutingPlan: operation({
    ...change,
    id: "deleteRoutingPlan",
    method: "DELETE",
    path: "/v1/routing-plans/{code}",
    summary: "Forget a plan",
    params: byCode,
    success: { status: 200, schema: planSchema },
    problems: ["not_found"],
  }),
  simulateRouting: operation({
    ...read,
    id: "simulateRouting",
    method: "GET",
    path: "/v1/routing-plans/{code}/simulation",
    summary: "What would have been: past orders under this plan and another, with the stock of now",
    description: "Nothing is changed. Without `against` it is compared with what happens without a plan.",
    params: byCode,
    query: z.strictObject({
      against: codeSchema.optional(),
      orders: z.coerce.number().int().min(1).max(500).default(200),
    }),
    success: { status: 200, schema: simulationSchema },
    problems: ["not_found"],
  }),
};
