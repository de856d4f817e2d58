import type { Hono } from "hono";

import { keyOperations } from "../../contract/keys.ts";
import { listKeys, revokeKey } from "../../db/keys.ts";
import { encodeBytes } from "../../domain/ids.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { forgetOrigins } from "../http/cors.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { actorOf, callerOf, forgetKeys } from "../http/principal.ts";
import { createKey, keyView } from "../use-cases/create-key.ts";

const ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** 160 bits in base 32. */
const SECRET_BYTES = 20;
const SECRET_LENGTH = 32;

export function registerKeys(app: Hono<AppEnv>): void {
  bind(app, keyOperations.createKey, async (call) => {
    const { idempotency, requestId } = call;
    invariant(idempotency !== null, "the operation takes a key");
    const secret = encodeBytes(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), SECRET_LENGTH);
    const created = await createKey(call.services, callerOf(call), requestId, idempotency, call.body, secret);
    forgetOrigins();
    // Stored by the use case, without the key.
    return created.ok ? { ok: true, body: created.value, isStored: true } : answerResult(created);
  });

  bind(app, keyOperations.listKeys, async (call) => {
    const { limit, cursor } = call.query;
    const after = decodeCursor(cursor, ID);
    if (!after.ok) return answerResult(after);
    const rows = await listKeys(call.services.db, after.value, limit + 1);
    return answer(pageOf(rows, limit, (row) => row.id, keyView));
  });

  bind(app, keyOperations.revokeKey, async (call) => {
    const row = await revokeKey(call.services.db, call.params.id, actorOf(call), call.services.nowMs());
    if (row === null) return refuse("not_found");
    forgetKeys();
    forgetOrigins();
    return answer(keyView(row));
  });
}
