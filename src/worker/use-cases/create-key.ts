import type { KeyBody, KeyView } from "../../contract/keys.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { writeKey, type KeyRow } from "../../db/keys.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { IdempotencyFacts } from "../http/bind.ts";
import { hashKey, type Principal } from "../http/principal.ts";
import type { Services } from "../services.ts";

export type NewKeyView = Omit<KeyView, "revoked_at"> & { readonly key: string | null };

const prefixes = { secret: "sk_live_", publishable: "pk_live_" } as const;

/**
 * Makes a key and shows it this once.
 *
 * @param secret - Random, 128 bits or more, of `A-Z a-z 0-9 _ -`.
 * @returns `key: null` where the call was answered before.
 */
export async function createKey(
  services: Pick<Services, "db" | "nowMs" | "newId" | "answers">,
  principal: Principal,
  requestId: string,
  idempotency: IdempotencyFacts,
  body: KeyBody,
  secret: string,
): Promise<Result<NewKeyView, Problem>> {
  const scopes = [...new Set(body.scopes)];
  const beyond = scopes.filter((scope) => !principal.scopes.has(scope));
  if (beyond.length > 0) {
    return err(problem("forbidden", { detail: `This key cannot pass on ${beyond.join(", ")}.` }));
  }
  const key = `${prefixes[body.kind]}${secret}`;
  const row: KeyRow = {
    id: services.newId("key"),
    kind: body.kind,
    name: body.name,
    hash: hashKey(key),
    prefix: prefixes[body.kind],
    last4: key.slice(-4),
    scopes,
    allowedOrigins: [...new Set(body.allowed_origins)],
    requiresBuyerToken: body.requires_buyer_token ?? false,
    createdAtMs: services.nowMs(),
    revokedAtMs: null,
  };
  const { revoked_at: _, ...view } = keyView(row);
  const { scope, bodyHash } = idempotency;
  const repeated = { scope, bodyHash, status: 201, body: JSON.stringify({ ...view, key: null }) };
  if (await writeKey(services.db, row, repeated, { principalId: principal.id, requestId })) {
    return ok({ ...view, key });
  }
  // Two calls with one key ran at once, and the other was first.
  const first = await services.answers.find(scope);
  if (first === null || first.bodyHash !== bodyHash) return err(problem("idempotency_key_reused"));
  return ok(JSON.parse(first.body) as NewKeyView);
}

export function keyView(row: KeyRow): KeyView {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    prefix: row.prefix,
    last4: row.last4,
    scopes: row.scopes,
    allowed_origins: row.allowedOrigins,
    requires_buyer_token: row.requiresBuyerToken,
    created_at: new Date(row.createdAtMs).toISOString(),
    revoked_at: row.revokedAtMs === null ? null : new Date(row.revokedAtMs).toISOString(),
  };
}
