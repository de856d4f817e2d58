import * as z from "zod";

import { isTimeZone } from "./local-time.ts";
import { operation } from "./operation.ts";
import {
  amountSchema,
  countrySchema,
  currencySchema,
  listOf,
  noteSchema,
  pageQuerySchema,
  skuPattern,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const methodCodeSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/)
  .meta({ example: "express" });
const daySchema = z.iso.date().meta({ example: "2026-11-27" });
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const weekdaysSchema = z
  .array(z.enum(weekdays))
  .min(1)
  .max(7)
  .refine((days) => new Set(days).size === days.length, "each day once");
const countriesSchema = z.array(countrySchema).min(1).max(250);
const transitDaysSchema = z.int().min(0).max(60);

const transitSchema = z
  .strictObject({
    countries: countriesSchema.optional().describe("Destinations; left out, every one."),
    distance_km_max: z.number().positive().max(20_100).optional().describe("From the location to the buyer."),
    days_min: transitDaysSchema,
    days_max: transitDaysSchema,
  })
  .refine(({ days_min: min, days_max: max }) => min <= max, "days_min is at most days_max");

const deliverySchema = z.strictObject({
  carrier: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .optional()
    .describe("Whom its parcels are given to."),
  service: textSchema(80).optional().describe("The carrier's service, as in a rate."),
  countries: countriesSchema.optional().describe("Orders to others are refused."),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, "must be an IANA time zone")
    .default("UTC")
    .meta({ example: "America/New_York" }),
  cutoff: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .default("12:00")
    .describe("What is ordered later is handled the next working day."),
  handling_days: z.int().min(0).max(60).default(0).describe("Working days until the carrier has it."),
  ships_on: weekdaysSchema.default(["mon", "tue", "wed", "thu", "fri"]),
  delivers_on: weekdaysSchema.default(["mon", "tue", "wed", "thu", "fri"]),
  holidays: z.array(daySchema).max(200).default([]),
  transit: z.array(transitSchema).min(1).max(100).describe("The first entry that fits counts."),
});

const pricesSchema = z
  .array(z.strictObject({ currency: currencySchema, amount: amountSchema }))
  .max(50)
  .refine(
    (prices) => new Set(prices.map(({ currency }) => currency)).size === prices.length,
    "one price for each currency",
  );

const methodBodySchema = z.strictObject({
  title: textSchema(200),
  prices: pricesSchema.describe("A currency that is missing costs nothing."),
  offered: z
    .boolean()
    .default(true)
    .describe("Whether buyers are shown it. Orders may name it all the same."),
  delivery: deliverySchema.optional().describe("When it arrives, and how it is shipped."),
});
export type ShippingMethodBody = z.output<typeof methodBodySchema>;

const methodSchema = z
  .object({
    code: z.string(),
    title: z.string(),
    prices: z.array(z.object({ currency: z.string(), amount: z.int() })),
    offered: z.boolean(),
    delivery: deliverySchema.nullable(),
    version: z.int(),
  })
  .meta({ id: "ShippingMethod" });
export type ShippingMethodView = z.input<typeof methodSchema>;

const linesSchema = z
  .string()
  .max(4_000)
  .transform((text, context) => {
    const lines = text.split(",").map((line) => {
      const [sku = "", quantity = "1", ...rest] = line.split("*");
      return { sku, quantity: rest.length > 0 ? Number.NaN : Number(quantity) };
    });
    const isFine = lines.every(
      ({ sku, quantity }) =>
        skuPattern.test(sku) && Number.isInteger(quantity) && quantity >= 1 && quantity <= 1_000_000,
    );
    if (!isFine || lines.length > 100) {
      context.addIssue({
        code: "custom",
        message: "must be up to 100 SKUs as SKU*quantity, with commas between",
      });
    }
    return lines;
  })
  .describe("`MUG-BLUE*2,TEE`")
  .meta({ example: "MUG-BLUE*2" });

const optionsQuerySchema = z.strictObject({
  lines: linesSchema,
  country: countrySchema,
  postal_code: noteSchema(20).optional(),
  latitude: z.coerce.number().min(-90).max(90).optional(),
  longitude: z.coerce.number().min(-180).max(180).optional(),
  currency: currencySchema,
});
export type DeliveryOptionsQuery = z.output<typeof optionsQuerySchema>;

const optionSchema = z.object({
  method: z.string().describe("For `shipping_method` of an order."),
  title: z.string(),
  amount: z.int(),
  currency: z.string(),
  delivery: z
    .object({ earliest: daySchema, latest: daySchema })
    .nullable()
    .describe("Null where nothing is promised: the method has no times, or not everything is in stock."),
});
const optionsSchema = z
  .object({ options: z.array(optionSchema).describe("Cheapest first."), split: z.boolean() })
  .meta({ id: "DeliveryOptions" });
export type DeliveryOptionsView = z.infer<typeof optionsSchema>;

const figuresShape = {
  promised: z.int(),
  delivered: z.int(),
  kept: z.int().describe("Arrived by the end of the promised day."),
  late: z.int(),
  overdue: z.int().describe("Not there yet, and the day has passed."),
  kept_bps: z.int().nullable().describe("Kept of delivered, in basis points."),
};
const performanceSchema = z
  .object({
    ...figuresShape,
    methods: z.array(z.object({ method: z.string(), ...figuresShape })),
  })
  .meta({ id: "DeliveryPerformance" });
export type DeliveryPerformanceView = z.infer<typeof performanceSchema>;

const byCode = z.strictObject({ code: methodCodeSchema });

export const deliveryOperations = {
  putShippingMethod: operation({
    id: "putShippingMethod",
    method: "PUT",
    path: "/v1/shipping-methods/{code}",
    tag: "Delivery",
    summary: "Say what a way of shipping costs, when it arrives, and how it is shipped",
    access: { scope: "catalogue:write" },
    idempotency: "none",
    params: byCode,
    body: methodBodySchema,
    success: { status: 200, schema: methodSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
  getShippingMethod: operation({
    id: "getShippingMethod",
    method: "GET",
    path: "/v1/shipping-methods/{code}",
    tag: "Delivery",
    summary: "A shipping method",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    params: byCode,
    success: { status: 200, schema: methodSchema },
    problems: ["not_found"],
  }),
  listShippingMethods: operation({
    id: "listShippingMethods",
    method: "GET",
    path: "/v1/shipping-methods",
    tag: "Delivery",
    summary: "All shipping methods, by code",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(methodSchema) },
    problems: [],
  }),
  listDeliveryOptions: operation({
    id: "listDeliveryOptions",
    method: "GET",
    path: "/v1/delivery-options",
    tag: "Delivery",
    summary: "For a checkout: what shipping would cost, and when it would arrive if ordered now",
    description:
      "Dates come from where the goods would be shipped from, as the router would decide it, from cut-off times, working " +
      "days and transit times. The order's own promise is made in the same way when it is routed.",
    access: { scope: "stock:read", publishable: true },
    idempotency: "none",
    query: optionsQuerySchema,
    success: { status: 200, schema: optionsSchema },
    problems: ["sku_unknown"],
  }),
  getDeliveryPerformance: operation({
    id: "getDeliveryPerformance",
    method: "GET",
    path: "/v1/delivery-performance",
    tag: "Delivery",
    summary: "How many delivery promises were kept",
    access: { scope: "orders:read" },
    idempotency: "none",
    query: z.strictObject({ since: timestampSchema, until: timestampSchema.optional() }),
    success: { status: 200, schema: performanceSchema },
    problems: [],
  }),
};
