import * as z from "zod";

import { languages, messageTemplates, messageTypes } from "../domain/messages/message.ts";
import { placeholders } from "../domain/messages/placeholders.ts";
import { operation } from "./operation.ts";
import {
  codeSchema,
  linkSchema,
  listOf,
  noteSchema,
  pageQuerySchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const languageSchema = z.enum(languages);
export const templateSchema = z.enum(messageTemplates).meta({ example: "order_confirmation" });

/** One line: it stands in the head of a mail. */
const lineSchema = (lengthMax: number) =>
  textSchema(lengthMax).refine((value) => !/[\t\n\r]/.test(value), "must be one line");

const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, "must be an IANA time zone")
  .meta({ example: "Europe/Berlin" });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const timeSchema = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
  .meta({ example: "21:00" });

/** A page of the brand's own, in which a placeholder stands for what it is about. */
const linkTo = (placeholder: string) =>
  z
    .string()
    .max(1_000)
    .refine(
      (value) => linkSchema.safeParse(value.replaceAll(`{${placeholder}}`, "x")).success,
      `must be an https URL, with {${placeholder}} where that goes`,
    )
    .meta({ example: `https://shop.example.com/look?for={${placeholder}}` });

const brandShape = {
  name: lineSchema(70).meta({ example: "Lumen & Co." }),
  sender_email: z
    .email()
    .max(254)
    .nullable()
    .default(null)
    .describe("Whom mails come from, at a domain that the mail provider knows as yours.")
    .meta({ example: "orders@shop.example.com" }),
  reply_to: z.email().max(254).nullable().default(null),
  logo_url: linkSchema.nullable().default(null).describe("Shown 36 pixels high."),
  accent_color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .default("#1f6f5c"),
  footer: noteSchema(600).nullable().default(null).describe("Who you are; at the end of each message."),
  language: languageSchema.default("en").describe("For orders that name none."),
  time_zone: timeZoneSchema.default("UTC").describe("Of dates in messages, and of quiet hours."),
  quiet_hours: z
    .strictObject({ from: timeSchema, to: timeSchema })
    .nullable()
    .default(null)
    .describe("What can wait is not sent between these times."),
  order_url: linkTo("order").nullable().default(null),
  pay_url: linkTo("order")
    .nullable()
    .default(null)
    .describe("Where a buyer pays what an order is still owed."),
  review_url: linkTo("order").nullable().default(null),
  offer_url: linkTo("hold").nullable().default(null).describe("Where a buyer in line buys what is on offer."),
  tracking_url: linkTo("tracking_number")
    .nullable()
    .default(null)
    .describe("By default the carrier's own page."),
};
const brandBodySchema = z.strictObject(brandShape);
export type BrandBody = z.output<typeof brandBodySchema>;

const brandViewSchema = z
  .object({
    code: z.string(),
    name: z.string(),
    sender_email: z.string().nullable(),
    reply_to: z.string().nullable(),
    logo_url: z.string().nullable(),
    accent_color: z.string(),
    footer: z.string().nullable(),
    language: languageSchema,
    time_zone: z.string(),
    quiet_hours: z.object({ from: z.string(), to: z.string() }).nullable(),
    order_url: z.string().nullable(),
    pay_url: z.string().nullable(),
    review_url: z.string().nullable(),
    offer_url: z.string().nullable(),
    tracking_url: z.string().nullable(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
    version: z.int(),
  })
  .meta({ id: "Brand" });
export type BrandView = z.infer<typeof brandViewSchema>;

const textBodySchema = z.strictObject({
  language: languageSchema,
  subject: lineSchema(150).optional(),
  heading: lineSchema(120).optional(),
  intro: noteSchema(2_000).optional().describe("A blank line begins another paragraph."),
});

const settingBodySchema = z.strictObject({
  is_on: z.boolean().default(true),
  delay_days: z.int().min(0).max(60).default(7).describe("Of a review request: after the delivery."),
  texts: z
    .array(textBodySchema)
    .max(languages.length)
    .default([])
    .refine(
      (texts) => new Set(texts.map(({ language }) => language)).size === texts.length,
      "each language at most once",
    )
    .describe(
      "In place of what is built in. `{order_number}` and the like are filled in; what stands there is plain text.",
    ),
});
export type SettingBody = z.output<typeof settingBodySchema>;

const settingViewSchema = z
  .object({
    brand: z.string(),
    template: templateSchema,
    title: z.string(),
    class: z.enum(["transactional", "optional"]).describe("What is optional can be refused by a buyer."),
    urgency: z.enum(["now", "can_wait"]).describe("What can wait is not sent in quiet hours."),
    is_on: z.boolean(),
    delay_days: z.int(),
    placeholders: z.array(z.enum(placeholders)),
    texts: z.array(
      z.object({
        language: languageSchema,
        subject: z.string(),
        heading: z.string(),
        intro: z.string(),
        is_own: z.boolean().describe("Whether anything of it is the brand's own."),
      }),
    ),
    version: z.int(),
  })
  .meta({ id: "MessageSetting" });
export type SettingView = z.infer<typeof settingViewSchema>;

const byCode = z.strictObject({ code: codeSchema });
const byTemplate = z.strictObject({ code: codeSchema, template: templateSchema });
const read = { access: { scope: "messages:read" }, idempotency: "none", tag: "Messages" } as const;
const change = { access: { scope: "messages:write" }, idempotency: "none", tag: "Messages" } as const;

export const brandOperations = {
  putBrand: operation({
    ...change,
    id: "putBrand",
    method: "PUT",
    path: "/v1/brands/{code}",
    summary: "Say how a brand appears to its buyers",
    description: "Orders that name no brand, or one that is not there, are of the brand `main`.",
    params: byCode,
    body: brandBodySchema,
    success: { status: 200, schema: brandViewSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
  getBrand: operation({
    ...read,
    id: "getBrand",
    method: "GET",
    path: "/v1/brands/{code}",
    summary: "How a brand appears",
    params: byCode,
    success: { status: 200, schema: brandViewSchema },
    problems: ["not_found"],
  }),
  listBrands: operation({
    ...read,
    id: "listBrands",
    method: "GET",
    path: "/v1/brands",
    summary: "All brands",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(brandViewSchema) },
    problems: [],
  }),
  deleteBrand: operation({
    ...change,
    id: "deleteBrand",
    method: "DELETE",
    path: "/v1/brands/{code}",
    summary: "Forget a brand with its texts; its orders are `main`'s from then on",
    params: byCode,
    success: { status: 200, schema: brandViewSchema },
    problems: ["not_found", "precondition_failed"],
  }),
  listMessageTemplates: operation({
    ...read,
    id: "listMessageTemplates",
    method: "GET",
    path: "/v1/brands/{code}/messages",
    summary: "Every message that a brand may send, with its texts",
    description: "A brand that is not there has what is built in.",
    params: byCode,
    success: { status: 200, schema: z.object({ data: z.array(settingViewSchema) }) },
    problems: [],
  }),
  getMessageTemplate: operation({
    ...read,
    id: "getMessageTemplate",
    method: "GET",
    path: "/v1/brands/{code}/messages/{template}",
    summary: `One of ${Object.keys(messageTypes).length} messages: its texts, its placeholders, whether it is sent`,
    params: byTemplate,
    success: { status: 200, schema: settingViewSchema },
    problems: [],
  }),
  putMessageTemplate: operation({
    ...change,
    id: "putMessageTemplate",
    method: "PUT",
    path: "/v1/brands/{code}/messages/{template}",
    summary: "Put a message in the brand's own words, or switch it off",
    params: byTemplate,
    body: settingBodySchema,
    success: { status: 200, schema: settingViewSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
};
