import * as z from "zod";

import { languages, messageStatuses } from "../domain/messages/message.ts";
import { templateSchema } from "./brands.ts";
import { operation } from "./operation.ts";
import { codeSchema, idSchema, listOf, noteSchema, pageQuerySchema, timestampSchema } from "./primitives.ts";

const languageSchema = z.enum(languages);

const messageShape = {
  id: idSchema,
  template: templateSchema,
  status: z.enum(messageStatuses),
  reason: z
    .string()
    .nullable()
    .describe(
      "Why it was not sent: `template_off`, `no_address`, `opted_out`, `suppressed`, `no_opt_out`, `superseded`, `too_late`, or what the provider said.",
    ),
  order: z.string().nullable(),
  customer: z.string().nullable(),
  about: z
    .string()
    .describe("A parcel, a return, a refund, a change or a hold; empty where it is the order."),
  brand: z.string(),
  language: languageSchema.nullable(),
  attempts: z.int(),
  next_attempt_at: timestampSchema.nullable(),
  provider: z.string().nullable(),
  provider_reference: z.string().nullable(),
  outcome: z.enum(["delivered", "bounced", "complained"]).nullable(),
  created_at: timestampSchema,
  ended_at: timestampSchema.nullable(),
};
const messageSchema = z.object(messageShape).meta({ id: "Message" });
export type MessageView = z.infer<typeof messageSchema>;

const mailSchema = z.object({ subject: z.string(), html: z.string(), text: z.string() });
const messageDetailSchema = z
  .object({
    ...messageShape,
    mail: mailSchema
      .nullable()
      .describe("Written anew, from the order as it is now: no text is kept. Null where its order is gone."),
  })
  .meta({ id: "MessageDetail" });
export type MessageDetailView = z.infer<typeof messageDetailSchema>;

const previewSchema = mailSchema
  .extend({ language: languageSchema, from: z.string(), is_sample: z.boolean() })
  .meta({ id: "MessagePreview" });
export type PreviewView = z.infer<typeof previewSchema>;

const contactSchema = z
  .object({
    buyer: z.string(),
    customer: idSchema,
    brand: z.string().nullable(),
    language: languageSchema.nullable(),
    created_at: timestampSchema,
  })
  .meta({ id: "BuyerContact" });
export type ContactView = z.infer<typeof contactSchema>;

const ruleSchema = z
  .object({
    customer: idSchema,
    opted_out_at: timestampSchema.nullable(),
    suppressed_at: timestampSchema.nullable(),
    suppressed_because: z.enum(["bounced", "complained", "asked"]).nullable(),
  })
  .meta({ id: "ContactRule" });
export type RuleView = z.infer<typeof ruleSchema>;

const byId = z.strictObject({ id: idSchema });
const byTemplate = z.strictObject({ code: codeSchema, template: templateSchema });
/** As a buyer key, but for a dot in front: `.` and `..` vanish from a path. */
const byBuyer = z.strictObject({ buyer: z.string().regex(/^[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,127}$/) });
const shown = {
  language: languageSchema.optional(),
  order: idSchema.optional().describe("By default a sample."),
};

const read = { access: { scope: "messages:read" }, idempotency: "none", tag: "Messages" } as const;
const change = { access: { scope: "messages:write" }, idempotency: "none", tag: "Messages" } as const;
const act = { access: { scope: "messages:write" }, idempotency: "stored", tag: "Messages" } as const;

export const messageOperations = {
  previewMessage: operation({
    ...read,
    id: "previewMessage",
    method: "GET",
    path: "/v1/brands/{code}/messages/{template}/preview",
    summary: "See a message as a buyer would, of a sample or of an order",
    params: byTemplate,
    query: z.strictObject(shown),
    success: { status: 200, schema: previewSchema },
    problems: ["not_found"],
  }),
  testMessage: operation({
    ...act,
    id: "testMessage",
    method: "POST",
    path: "/v1/brands/{code}/messages/{template}/test",
    summary: "Send a message to an address of your own",
    description: "The address is not kept.",
    params: byTemplate,
    body: z.strictObject({ ...shown, to: z.email().max(254).meta({ example: "me@shop.example.com" }) }),
    success: {
      status: 200,
      schema: z.object({ provider: z.string(), provider_reference: z.string().nullable() }),
    },
    problems: ["not_found", "mail_not_configured", "mail_refused", "unavailable"],
  }),
  listMessages: operation({
    ...read,
    id: "listMessages",
    method: "GET",
    path: "/v1/messages",
    summary: "What buyers were told, or are to be, those of the newest orders first",
    query: pageQuerySchema.extend({
      status: z.enum(messageStatuses).optional(),
      template: templateSchema.optional(),
    }),
    success: { status: 200, schema: listOf(messageSchema) },
    problems: [],
  }),
  listOrderMessages: operation({
    ...read,
    id: "listOrderMessages",
    method: "GET",
    path: "/v1/orders/{id}/messages",
    summary: "What the buyer of an order was told",
    params: byId,
    success: { status: 200, schema: z.object({ data: z.array(messageSchema) }) },
    problems: ["not_found"],
  }),
  getMessage: operation({
    ...read,
    id: "getMessage",
    method: "GET",
    path: "/v1/messages/{id}",
    summary: "One message, and what it says",
    params: byId,
    success: { status: 200, schema: messageDetailSchema },
    problems: ["not_found"],
  }),
  resendMessage: operation({
    ...act,
    id: "resendMessage",
    method: "POST",
    path: "/v1/messages/{id}/resend",
    summary: "Send a message again, whatever became of it",
    description:
      "As another mail: the buyer gets it twice if the first one arrived. What is still to be sent is sent now.",
    params: byId,
    success: { status: 200, schema: messageSchema },
    problems: ["not_found"],
  }),
  resendFailedMessages: operation({
    ...act,
    id: "resendFailedMessages",
    method: "POST",
    path: "/v1/messages/resend-failed",
    summary: "Send again what failed since a moment, a thousand messages at most",
    body: z.strictObject({ since: timestampSchema }),
    success: { status: 200, schema: z.object({ resent: z.int() }) },
    problems: [],
  }),
  getContactRule: operation({
    ...read,
    id: "getContactRule",
    method: "GET",
    path: "/v1/customers/{id}/contact-rule",
    summary: "Whether a customer may be written to",
    params: byId,
    success: { status: 200, schema: ruleSchema },
    problems: [],
  }),
  putContactRule: operation({
    ...change,
    id: "putContactRule",
    method: "PUT",
    path: "/v1/customers/{id}/contact-rule",
    summary: "Note what a customer said, or lift what a mailbox did",
    params: byId,
    body: z.strictObject({
      is_opted_out: z.boolean().describe("No review requests, offers and the like."),
      is_suppressed: z.boolean().describe("Nothing at all."),
    }),
    success: { status: 200, schema: ruleSchema },
    problems: [],
  }),
  putBuyerContact: operation({
    ...change,
    access: { scope: "buyers:write" },
    id: "putBuyerContact",
    method: "PUT",
    path: "/v1/buyers/{buyer}/contact",
    summary: "Say who a buyer is, so that offers can be told by mail",
    description:
      "Only where the buyer asked for it. The address goes to the customers, and the buyer key stays opaque.",
    params: byBuyer,
    body: z.strictObject({
      email: z.email().max(254).meta({ example: "ada@example.com" }),
      name: noteSchema(200).optional(),
      brand: codeSchema.optional(),
      language: languageSchema.optional(),
    }),
    success: { status: 200, schema: contactSchema },
    problems: [],
  }),
  deleteBuyerContact: operation({
    ...change,
    access: { scope: "buyers:write" },
    id: "deleteBuyerContact",
    method: "DELETE",
    path: "/v1/buyers/{buyer}/contact",
    summary: "Forget who a buyer is",
    params: byBuyer,
    success: { status: 200, schema: contactSchema },
    problems: ["not_found"],
  }),
};
