import * as z from "zod";

import { numberFacts, setFacts, wordFacts } from "../domain/automation/condition.ts";
import { engineEventTypes } from "../domain/events/event.ts";
import { orderEventTypes } from "../domain/orders/order.ts";
import { operation } from "./operation.ts";
import { assigneeSchema, orderActionSchemas } from "./order-actions.ts";
import {
  codeSchema,
  idSchema,
  listOf,
  noteSchema,
  pageQuerySchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const CONDITIONS_MAX = 20;

const wordsSchema = z.array(textSchema(100)).min(1).max(100);
const conditionSchema = z
  .union([
    z.strictObject({
      fact: z.enum(numberFacts),
      is: z.enum(["at_least", "at_most", "exactly"]),
      number: z.int(),
    }),
    z.strictObject({
      fact: z.enum(wordFacts),
      is: z.enum(["one_of", "none_of", "starts_with"]),
      words: wordsSchema,
    }),
    z.strictObject({
      fact: z.enum(setFacts),
      is: z.enum(["has_any", "has_all", "has_none"]),
      words: wordsSchema,
    }),
    z.strictObject({
      fact: z.enum([...numberFacts, ...wordFacts]),
      is: z.enum(["is_absent", "is_present"]),
    }),
  ])
  .meta({ id: "RuleCondition", example: { fact: "order.total", is: "at_least", number: 50_000 } });

const conditionsSchema = z.strictObject({
  all: z.array(conditionSchema).max(CONDITIONS_MAX).default([]),
  any: z.array(conditionSchema).max(CONDITIONS_MAX).default([]),
  none: z.array(conditionSchema).max(CONDITIONS_MAX).default([]),
});

const actionSchema = z
  .discriminatedUnion("do", [
    ...orderActionSchemas,
    z
      .strictObject({
        do: z.literal("notify"),
        note: noteSchema(500),
        assignee: assigneeSchema.nullable().default(null),
      })
      .describe("Puts it before a person, as an exception."),
    z
      .strictObject({ do: z.literal("call_webhook"), endpoint: idSchema })
      .describe("Sends the event to a webhook endpoint, whatever that is subscribed to."),
  ])
  .meta({ id: "RuleAction", example: { do: "hold", reason: "worth a look" } });

const eventTypes = [
  ...orderEventTypes,
  ...engineEventTypes.filter((type) => type !== "webhook.test"),
] as const;

const ruleShape = {
  title: textSchema(100).meta({ example: "Look at large orders" }),
  status: z.enum(["enabled", "disabled"]).default("enabled"),
  on: z.array(z.enum(eventTypes)).min(1).max(20).describe("What sets it off."),
  conditions: conditionsSchema.prefault({}),
  actions: z
    .array(actionSchema)
    .min(1)
    .max(10)
    .describe("Done in this order. One that is refused stops none."),
  runs_max: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe("Runs for one order, SKU, hold or show in 24 hours."),
};
const ruleBodySchema = z.strictObject(ruleShape);
export type RuleBody = z.output<typeof ruleBodySchema>;

const ruleSchema = z
  .object({
    code: codeSchema,
    ...ruleShape,
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "Rule" });
export type RuleView = z.output<typeof ruleSchema>;

const runSchema = z
  .object({
    id: idSchema,
    rule: z.string(),
    rule_version: z.int(),
    event: idSchema,
    event_type: z.string(),
    subject: z.string(),
    order: z.string().nullable(),
    status: z.enum(["due", "done", "skipped"]),
    reason: z
      .enum(["loop", "too_deep", "too_often"])
      .nullable()
      .describe("Why it was skipped: it follows from itself, from too long a chain, or runs too often."),
    chain: z.array(z.string()).describe("The rules that led here, this one last."),
    outcomes: z.array(
      z.object({ do: z.string(), outcome: z.enum(["done", "refused"]), reason: z.string().nullable() }),
    ),
    last_error: z.string().nullable(),
    created_at: timestampSchema,
    ended_at: timestampSchema.nullable(),
  })
  .meta({ id: "RuleRun" });
export type RunView = z.output<typeof runSchema>;

const dryRunSchema = z
  .object({
    examined: z.int().describe("Events of the rule's types that were looked at, the newest first."),
    would_run: z.int(),
    runs: z
      .array(
        z.object({
          event: idSchema,
          event_type: z.string(),
          subject: z.string(),
          order: z.string().nullable(),
          occurred_at: timestampSchema,
        }),
      )
      .describe("The first hundred."),
  })
  .meta({ id: "RuleDryRun" });
export type DryRunView = z.output<typeof dryRunSchema>;

const params = z.strictObject({ code: codeSchema });
const read = { access: { scope: "ops:read" }, idempotency: "none", tag: "Rules" } as const;
const write = { access: { scope: "ops:write" }, idempotency: "none", tag: "Rules" } as const;

export const automationOperations = {
  putRule: operation({
    ...write,
    id: "putRule",
    method: "PUT",
    path: "/v1/rules/{code}",
    summary: "When something happens, if conditions are met, then do this",
    description:
      "A rule runs once for each event. It never runs for what it brought about itself, chains of rules end after three, and " +
      "`runs_max` bounds the rest.",
    params,
    body: ruleBodySchema,
    success: { status: 200, schema: ruleSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
  getRule: operation({
    ...read,
    id: "getRule",
    method: "GET",
    path: "/v1/rules/{code}",
    summary: "A rule",
    params,
    success: { status: 200, schema: ruleSchema },
    problems: ["not_found"],
  }),
  listRules: operation({
    ...read,
    id: "listRules",
    method: "GET",
    path: "/v1/rules",
    summary: "All rules",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(ruleSchema) },
    problems: [],
  }),
  deleteRule: operation({
    ...write,
    id: "deleteRule",
    method: "DELETE",
    path: "/v1/rules/{code}",
    summary: "Forget a rule; its runs stay",
    params,
    success: { status: 200, schema: ruleSchema },
    problems: ["not_found", "precondition_failed"],
  }),
  dryRunRule: operation({
    access: { scope: "ops:read" },
    idempotency: "none",
    tag: "Rules",
    id: "dryRunRule",
    method: "POST",
    path: "/v1/rules/dry-run",
    summary: "Which past events a rule would have run for",
    description:
      "Nothing is done. Conditions are asked of orders as they are now, since that is what is known of them.",
    body: ruleBodySchema.extend({
      events: z.int().min(1).max(1_000).default(500).describe("How many events to look at."),
    }),
    success: { status: 200, schema: dryRunSchema },
    problems: [],
  }),
  listRuleRuns: operation({
    ...read,
    id: "listRuleRuns",
    method: "GET",
    path: "/v1/rule-runs",
    summary: "What rules did, newest first; kept for 30 days",
    query: pageQuerySchema.extend({
      rule: codeSchema.optional(),
      order: idSchema.optional(),
      status: z.enum(["due", "done", "skipped"]).optional(),
    }),
    success: { status: 200, schema: listOf(runSchema) },
    problems: [],
  }),
};
