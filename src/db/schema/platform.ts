import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const apiKey = sqliteTable(
  "api_key",
  {
    id: text().primaryKey(),
    kind: text({ enum: ["secret", "publishable"] }).notNull(),
    name: text().notNull(),
    /** SHA-256 in hex. The key itself is shown once and never stored. */
    hash: text().notNull(),
    prefix: text().notNull(),
    last4: text().notNull(),
    scopes: text({ mode: "json" }).$type<Array<string>>().notNull(),
    /** Publishable keys: the pages that may use it from a browser. */
    allowedOrigins: text("allowed_origins", { mode: "json" }).$type<Array<string>>().notNull().default([]),
    /** Publishable keys: whether they act only for a buyer whom a token names. */
    requiresBuyerToken: integer("requires_buyer_token", { mode: "boolean" }).notNull().default(false),
    createdAtMs: integer("created_at_ms").notNull(),
    revokedAtMs: integer("revoked_at_ms"),
  },
  (table) => [uniqueIndex("api_key_by_hash").on(table.hash)],
);

/** Who is signed in to the dashboard. A session ends when its key is revoked, whatever its time. */
export const adminSession = sqliteTable(
  "admin_session",
  {
    /** SHA-256 in hex of what the browser keeps. */
    hash: text().primaryKey(),
    keyId: text("key_id").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
  },
  (table) => [index("admin_session_by_expiry").on(table.expiresAtMs)],
);

/** The first answer to each idempotency key. Bodies carry ids, never personal data. */
export const idempotency = sqliteTable("idempotency", {
  /** Principal, operation and key. */
  scope: text().primaryKey(),
  bodyHash: text("body_hash").notNull(),
  status: integer().notNull(),
  body: text().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
});

/** What has to be handled because something was committed. A row goes when its message was handled, or given up where people see it. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text().primaryKey(),
    queue: text({ enum: ["fulfillment", "channel-sync", "notifications", "webhooks"] }).notNull(),
    body: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** When to send it again, should it still be here. */
    nextAttemptAtMs: integer("next_attempt_at_ms").notNull(),
  },
  (table) => [index("outbox_by_next_attempt").on(table.nextAttemptAtMs)],
);

/** Who did what. Append-only: triggers refuse updates and deletes. */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text().primaryKey(),
    atMs: integer("at_ms").notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    subject: text().notNull(),
    requestId: text("request_id"),
    data: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index("audit_log_by_subject").on(table.subject)],
);

export const deadLetter = sqliteTable(
  "dead_letter",
  {
    id: text().primaryKey(),
    queue: text().notNull(),
    body: text().notNull(),
    attempts: integer().notNull(),
    error: text().notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    replayedAtMs: integer("replayed_at_ms"),
  },
  (table) => [index("dead_letter_by_received_at").on(table.receivedAtMs)],
);
