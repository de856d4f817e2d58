import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { BrandIdentity } from "../../domain/messages/brand-identity.ts";
import {
  languages,
  messageStatuses,
  messageTemplates,
  type MessageSetting,
} from "../../domain/messages/message.ts";

/** Who speaks to buyers. Orders that name none are of the brand `main`. */
export const brand = sqliteTable("brand", {
  code: text().primaryKey(),
  identity: text({ mode: "json" }).$type<BrandIdentity>().notNull(),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** What a brand makes of one message, where that is not what is built in. */
export const messageSetting = sqliteTable("message_setting", {
  /** `brand/template`. */
  code: text().primaryKey(),
  setting: text({ mode: "json" }).$type<MessageSetting>().notNull(),
  version: integer().notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/**
 * A message to a buyer: what is owed, and what became of it. Neither an address nor a text stands here: both are read
 * from the order and its customer when it is sent, and go with them.
 */
export const message = sqliteTable(
  "message",
  {
    id: text().primaryKey(),
    template: text({ enum: messageTemplates }).notNull(),
    status: text({ enum: messageStatuses }).notNull(),
    /** Why it was not sent. Of a refusal, in the provider's words or ours; never an address. */
    reason: text(),
    orderId: text("order_id"),
    customerId: text("customer_id"),
    /** What it tells of: a parcel's id, a return's, a refund's. Empty where that is the order. */
    about: text().notNull(),
    brand: text().notNull(),
    /** As it was sent, or null. */
    language: text({ enum: languages }),
    /** Ids and amounts that stand nowhere else; never personal data. */
    data: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    /** Attempts of this run of the schedule, the one under way included; sending it again begins another. */
    attempts: integer().notNull(),
    /** Grows each time that somebody has it sent again: part of the key by which a provider knows repeats. */
    edition: integer().notNull().default(1),
    /** When it is due, or when whoever is sending it now counts as dead. */
    nextAttemptAtMs: integer("next_attempt_at_ms").notNull(),
    /** When it was to go out first. Long after that it is no news any more. */
    dueAtMs: integer("due_at_ms").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
    provider: text(),
    /** The provider's own name for it. */
    providerReference: text("provider_reference"),
    /** What the provider said later: the address does not exist, its owner complained, it arrived. */
    outcome: text({ enum: ["delivered", "bounced", "complained"] }),
  },
  (table) => [
    // Short by nature, but for review requests that wait for their day.
    index("message_due")
      .on(table.nextAttemptAtMs)
      .where(sql`${table.status} = 'pending'`),
    index("message_by_order").on(table.orderId),
    index("message_by_status").on(table.status, table.id),
    index("message_by_customer").on(table.customerId),
    index("message_by_provider_reference")
      .on(table.providerReference)
      .where(sql`${table.providerReference} IS NOT NULL`),
    check("message_edition", sql`${table.edition} > 0 AND ${table.attempts} >= 0`),
  ],
);

/** What a customer or a mailbox said about being written to. The id follows from the address, so that it outlives the customer. */
export const contactRule = sqliteTable("contact_rule", {
  customerId: text("customer_id").primaryKey(),
  /** From when on only what belongs to orders may be sent. */
  optedOutAtMs: integer("opted_out_at_ms"),
  /** From when on nothing may be sent. */
  suppressedAtMs: integer("suppressed_at_ms"),
  suppressedBecause: text("suppressed_because", { enum: ["bounced", "complained", "asked"] }),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** Which customer a buyer key belongs to, where a shop said so: the buyer can be told of an offer. */
export const buyerContact = sqliteTable(
  "buyer_contact",
  {
    buyer: text().primaryKey(),
    customerId: text("customer_id").notNull(),
    brand: text(),
    language: text({ enum: languages }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [index("buyer_contact_by_customer").on(table.customerId)],
);
