import { eq } from "drizzle-orm";

import type { Language } from "../domain/messages/message.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { customerIdOf } from "./new-orders.ts";
import { buyerContact, contactRule, customer } from "./schema/index.ts";
import { auditLog } from "./schema/platform.ts";

export type CustomerRow = typeof customer.$inferSelect;
export type ContactRuleRow = typeof contactRule.$inferSelect;
export type BuyerContactRow = typeof buyerContact.$inferSelect;

/** A customer, with what was said about writing to them. */
export async function readRecipient(
  db: Db,
  customerId: string,
): Promise<{ readonly customer: CustomerRow | null; readonly rule: ContactRuleRow | null }> {
  const [[found], [rule]] = await db.orm.batch([
    db.orm.select().from(customer).where(eq(customer.id, customerId)),
    db.orm.select().from(contactRule).where(eq(contactRule.customerId, customerId)),
  ]);
  return { customer: found ?? null, rule: rule ?? null };
}

/** Notes that a customer wants no more of what they can refuse. The first time counts. */
export async function optOut(db: Db, customerId: string, nowMs: number): Promise<void> {
  await db.d1
    .prepare(
      `INSERT INTO contact_rule (customer_id, opted_out_at_ms, updated_at_ms) VALUES (?1, ?2, ?2)
       ON CONFLICT (customer_id) DO UPDATE SET opted_out_at_ms = coalesce(opted_out_at_ms, excluded.opted_out_at_ms), updated_at_ms = ?2`,
    )
    .bind(customerId, nowMs)
    .run();
}

/** Notes that an address must not be written to any more. The first reason stays. */
export async function suppress(
  db: Db,
  customerId: string,
  because: "bounced" | "complained",
  nowMs: number,
): Promise<void> {
  await db.d1
    .prepare(
      `INSERT INTO contact_rule (customer_id, suppressed_at_ms, suppressed_because, updated_at_ms) VALUES (?1, ?2, ?3, ?2)
       ON CONFLICT (customer_id) DO UPDATE SET suppressed_at_ms = coalesce(suppressed_at_ms, excluded.suppressed_at_ms),
         suppressed_because = coalesce(suppressed_because, excluded.suppressed_because), updated_at_ms = ?2`,
    )
    .bind(customerId, nowMs, because)
    .run();
}

/** Sets what somebody said on a customer's behalf. */
export async function writeRule(db: Db, row: ContactRuleRow, actor: Actor): Promise<void> {
  const { customerId, optedOutAtMs, suppressedAtMs, suppressedBecause, updatedAtMs } = row;
  const facts = { opted_out: optedOutAtMs !== null, suppressed: suppressedBecause };
  await db.d1.batch([
    db.d1
      .prepare(
        `INSERT INTO contact_rule (customer_id, opted_out_at_ms, suppressed_at_ms, suppressed_because, updated_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (customer_id) DO UPDATE SET opted_out_at_ms = ?2, suppressed_at_ms = ?3,
           suppressed_because = ?4, updated_at_ms = ?5`,
      )
      .bind(customerId, optedOutAtMs, suppressedAtMs, suppressedBecause, updatedAtMs),
    insertMany(db, auditLog, [
      auditRow(actor, "contact_rule.set", `customer:${customerId}`, facts, updatedAtMs),
    ]),
  ]);
}

export async function findBuyerContact(db: Db, buyer: string): Promise<BuyerContactRow | null> {
  const [row] = await db.orm.select().from(buyerContact).where(eq(buyerContact.buyer, buyer));
  return row ?? null;
}

/** Notes who a buyer is: the address goes into the customer table, and nowhere else. */
export async function writeBuyerContact(
  db: Db,
  contact: {
    readonly buyer: string;
    readonly email: string;
    readonly name: string | null;
    readonly brand: string | null;
    readonly language: Language | null;
  },
  actor: Actor,
  nowMs: number,
): Promise<BuyerContactRow> {
  const email = contact.email.toLowerCase();
  const { buyer, name, brand, language } = contact;
  const row = { buyer, customerId: customerIdOf(email), brand, language, createdAtMs: nowMs };
  await db.d1.batch([
    db.d1
      .prepare(
        `INSERT INTO customer (id, email, name, created_at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name)`,
      )
      .bind(row.customerId, email, name, nowMs),
    db.d1
      .prepare(
        `INSERT INTO buyer_contact (buyer, customer_id, brand, language, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (buyer) DO UPDATE SET customer_id = ?2, brand = ?3, language = ?4`,
      )
      .bind(buyer, row.customerId, brand, language, nowMs),
    insertMany(db, auditLog, [
      auditRow(actor, "buyer_contact.set", `buyer:${buyer}`, { customer: row.customerId }, nowMs),
    ]),
  ]);
  return row;
}

export async function deleteBuyerContact(db: Db, buyer: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1.prepare("DELETE FROM buyer_contact WHERE buyer = ?1").bind(buyer),
    insertMany(db, auditLog, [auditRow(actor, "buyer_contact.deleted", `buyer:${buyer}`, {}, nowMs)]),
  ]);
}
