import * as z from "zod";

import { cancelReasons } from "../domain/orders/cancel.ts";
import { locationCodeSchema, noteSchema } from "./primitives.ts";

export const tagSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._:-]{0,39}$/)
  .meta({ example: "vip" });
const tagsSchema = z.array(tagSchema).min(1).max(10);

/** Who works on something: an opaque key, never personal data. */
export const assigneeSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/)
  .meta({ example: "operator-7" });

/** What can be done to an order without a person, each as its own kind of object. */
export const orderActionSchemas = [
  z.strictObject({ do: z.literal("tag"), tags: tagsSchema }),
  z.strictObject({ do: z.literal("untag"), tags: tagsSchema }),
  z.strictObject({ do: z.literal("hold"), reason: noteSchema(200) }),
  z.strictObject({ do: z.literal("release") }),
  z
    .strictObject({ do: z.literal("route_to"), location: locationCodeSchema })
    .describe("Ships from there if it can; what is planned elsewhere and not picked yet is planned again."),
  z.strictObject({
    do: z.literal("cancel"),
    reason: z.enum(cancelReasons),
    restock: z.boolean().default(true),
    refund: z.boolean().default(true),
    notify: z.boolean().default(true),
  }),
  z.strictObject({
    do: z.literal("refund"),
    reason: noteSchema(200),
    share_bps: z
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .default(null)
      .describe("Basis points of the order's total; null pays back all that was captured."),
  }),
  z
    .strictObject({ do: z.literal("assign"), assignee: assigneeSchema })
    .describe("Gives the order's open exceptions to somebody."),
] as const;

export const orderActionSchema = z
  .discriminatedUnion("do", orderActionSchemas)
  .meta({ id: "OrderAction", example: { do: "tag", tags: ["vip"] } });
export type OrderActionBody = z.output<typeof orderActionSchema>;
