import type { Hono } from "hono";

import { webhookOperations } from "../../contract/webhooks.ts";
import { listEngineEvents } from "../../db/event-log.ts";
import { findDelivery, listDeliveries, replayDelivery, replayFailed } from "../../db/webhook-deliveries.ts";
import { deleteEndpoint, findEndpoint, listEndpoints } from "../../db/webhook-endpoints.ts";
import { invariant } from "../../domain/invariant.ts";
import { composeSecret } from "../../integrations/webhooks/signature.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind, type IdempotencyFacts } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { sendSoon } from "../use-cases/relay-events.ts";
import {
  createEndpoint,
  endpointView,
  putEndpoint,
  rotateSecret,
  testEndpoint,
} from "../use-cases/webhook-endpoints.ts";
import { deliveryLogView, deliveryView, engineEventView } from "../use-cases/webhook-view.ts";

const ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** Standard Webhooks: 24 to 64. */
const SECRET_BYTES = 32;

export function registerWebhookEndpoints(app: Hono<AppEnv>): void {
  registerEndpoints(app);
  registerSecrets(app);
  registerDeliveries(app);
}

function registerEndpoints(app: Hono<AppEnv>): void {
  bind(app, webhookOperations.listWebhookEndpoints, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, ID);
    if (!after.ok) return answerResult(after);
    const rows = await listEndpoints(services.db, after.value, query.limit + 1);
    return answer(
      pageOf(
        rows,
        query.limit,
        ({ id }) => id,
        (row) => endpointView(row, services.nowMs()),
      ),
    );
  });

  bind(app, webhookOperations.getWebhookEndpoint, async ({ services, params }) => {
    const row = await findEndpoint(services.db, params.id);
    if (row === null) return refuse("not_found");
    return answer(endpointView(row, services.nowMs()), { etag: etagOf(row.version) });
  });

  bind(app, webhookOperations.putWebhookEndpoint, async (call) =>
    answerResult(
      await putEndpoint(call.services, actorOf(call), call.params.id, call.body, call.ifMatch),
      ({ version }) => ({ etag: etagOf(version) }),
    ),
  );

  bind(app, webhookOperations.deleteWebhookEndpoint, async (call) => {
    const { services, params } = call;
    const row = await findEndpoint(services.db, params.id);
    if (row === null) return refuse("not_found");
    if (!matches(call.ifMatch, row.version)) return refuse("precondition_failed");
    await deleteEndpoint(services.db, params.id, actorOf(call), services.nowMs());
    return answer(endpointView(row, services.nowMs()));
  });

  bind(app, webhookOperations.testWebhookEndpoint, async ({ services, params, requestId }) =>
    answerResult(await testEndpoint(services, params.id, requestId)),
  );
}

/** What shows a secret stores its answer itself, without it. */
function registerSecrets(app: Hono<AppEnv>): void {
  bind(app, webhookOperations.createWebhookEndpoint, async (call) => {
    const { services, body } = call;
    const created = await createEndpoint(services, actorOf(call), keyOf(call), body, newSecret());
    return created.ok ? { ok: true, body: created.value, isStored: true } : answerResult(created);
  });

  bind(app, webhookOperations.rotateWebhookSecret, async (call) => {
    const { services, params, body } = call;
    const seconds = body.overlap_seconds;
    const rotated = await rotateSecret(services, actorOf(call), keyOf(call), params.id, newSecret(), seconds);
    return rotated.ok ? { ok: true, body: rotated.value, isStored: true } : answerResult(rotated);
  });
}

function registerDeliveries(app: Hono<AppEnv>): void {
  bind(app, webhookOperations.listWebhookDeliveries, async ({ services, query }) => {
    const { limit, cursor, endpoint, status, event_type: type } = query;
    const before = decodeCursor(cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listDeliveries(services.db, { endpoint, status, type }, before.value, limit + 1);
    return answer(pageOf(rows, limit, ({ id }) => id, deliveryView));
  });

  bind(app, webhookOperations.getWebhookDelivery, async ({ services, params }) => {
    const row = await findDelivery(services.db, params.id);
    return row === null ? refuse("not_found") : answer(deliveryLogView(row));
  });

  bind(app, webhookOperations.replayWebhookDelivery, async ({ services, params }) => {
    const endpointId = await replayDelivery(services.db, params.id, services.nowMs());
    const row = endpointId === null ? null : await findDelivery(services.db, params.id);
    if (row === null) return refuse("not_found");
    await sendSoon(services, [row.endpointId]);
    return answer(deliveryLogView(row));
  });

  bind(app, webhookOperations.replayFailedWebhooks, async ({ services, params, body }) => {
    if ((await findEndpoint(services.db, params.id)) === null) return refuse("not_found");
    const sinceMs = Date.parse(body.since);
    const replayed = await replayFailed(services.db, params.id, sinceMs, services.nowMs());
    await sendSoon(services, [params.id]);
    return answer({ replayed });
  });

  bind(app, webhookOperations.listEvents, async ({ services, query }) => {
    const before = decodeCursor(query.cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listEngineEvents(services.db, query.type, before.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ id }) => id, engineEventView));
  });
}

function newSecret(): string {
  return composeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

function keyOf({ idempotency }: { readonly idempotency: IdempotencyFacts | null }): IdempotencyFacts {
  invariant(idempotency !== null, "the operation takes a key");
  return idempotency;
}
