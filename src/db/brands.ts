import { and, asc, eq, gt, lt } from "drizzle-orm";

import { DEFAULT_IDENTITY, MAIN_BRAND, type BrandIdentity } from "../domain/messages/brand-identity.ts";
import { DEFAULT_SETTING, type MessageSetting, type MessageTemplate } from "../domain/messages/message.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { brand, messageSetting } from "./schema/messages.ts";
import { auditLog } from "./schema/platform.ts";

export type BrandRow = typeof brand.$inferSelect;
export type SettingRow = typeof messageSetting.$inferSelect;

export async function findBrand(db: Db, code: string): Promise<BrandRow | null> {
  const [row] = await db.orm.select().from(brand).where(eq(brand.code, code));
  return row ?? null;
}

/** How a brand appears, or where there is none of this name, how `main` does. */
export async function readIdentity(
  db: Db,
  code: string,
): Promise<{ readonly code: string; readonly identity: BrandIdentity }> {
  const { results } = await db.d1
    .prepare("SELECT code, identity FROM brand WHERE code IN (?1, ?2)")
    .bind(code, MAIN_BRAND)
    .all<{ code: string; identity: string }>();
  const found = results.find((row) => row.code === code) ?? results[0];
  if (found === undefined) return { code: MAIN_BRAND, identity: DEFAULT_IDENTITY };
  return { code: found.code, identity: JSON.parse(found.identity) as BrandIdentity };
}

export async function listBrands(
  db: Db,
  afterCode: string | null,
  limit: number,
): Promise<ReadonlyArray<BrandRow>> {
  return db.orm
    .select()
    .from(brand)
    .where(gt(brand.code, afterCode ?? ""))
    .orderBy(asc(brand.code))
    .limit(limit);
}

/** Writes a brand as the successor of the version before it. @returns false where someone else was faster. */
export async function writeBrand(db: Db, row: BrandRow, actor: Actor): Promise<boolean> {
  const entry = auditRow(
    actor,
    "brand.written",
    `brand:${row.code}`,
    { version: row.version },
    row.updatedAtMs,
  );
  try {
    await db.d1.batch([
      succeedMany(db, brand, [row], "code", ["created_at_ms"]),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [entry]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** Forgets a brand with its texts. Its orders are `main`'s from now on. */
export async function deleteBrand(db: Db, code: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1.prepare("DELETE FROM brand WHERE code = ?1").bind(code),
    db.d1.prepare("DELETE FROM message_setting WHERE code >= ?1 || '/' AND code < ?1 || '0'").bind(code),
    insertMany(db, auditLog, [auditRow(actor, "brand.deleted", `brand:${code}`, {}, nowMs)]),
  ]);
}

export async function findSetting(
  db: Db,
  brandCode: string,
  template: MessageTemplate,
): Promise<SettingRow | null> {
  const [row] = await db.orm
    .select()
    .from(messageSetting)
    .where(eq(messageSetting.code, `${brandCode}/${template}`));
  return row ?? null;
}

export async function readSetting(
  db: Db,
  brandCode: string,
  template: MessageTemplate,
): Promise<MessageSetting> {
  return (await findSetting(db, brandCode, template))?.setting ?? DEFAULT_SETTING;
}

/** All that a brand has changed of its messages. */
export async function listSettings(db: Db, brandCode: string): Promise<ReadonlyArray<SettingRow>> {
  return db.orm
    .select()
    .from(messageSetting)
    .where(and(gt(messageSetting.code, `${brandCode}/`), lt(messageSetting.code, `${brandCode}0`)));
}

/** How long each brand waits with its review requests, where it said so. */
export async function readReviewDelays(db: Db): Promise<ReadonlyMap<string, number>> {
  const { results } = await db.d1
    .prepare(
      "SELECT code, setting->>'$.delayDays' AS days FROM message_setting WHERE code LIKE '%/review_request'",
    )
    .all<{ code: string; days: number }>();
  return new Map(results.map(({ code, days }) => [code.slice(0, code.lastIndexOf("/")), days]));
}

/** As {@link writeBrand}, for what a brand makes of one message. */
export async function writeSetting(db: Db, row: SettingRow, actor: Actor): Promise<boolean> {
  const { code, version, setting, updatedAtMs } = row;
  const facts = { version, is_on: setting.isOn };
  try {
    await db.d1.batch([
      succeedMany(db, messageSetting, [row], "code", []),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [
        auditRow(actor, "message_setting.written", `message:${code}`, facts, updatedAtMs),
      ]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
