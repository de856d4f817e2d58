import { problem, type Problem } from "../../contract/problem.ts";
import type { EndpointBody, EndpointView, NewEndpointView } from "../../contract/webhooks.ts";
import type { Actor } from "../../db/audit.ts";
import { insertEngineEvents } from "../../db/event-log.ts";
import { derivedId } from "../../db/events.ts";
import { insertDeliveries } from "../../db/webhook-deliveries.ts";
import { countEndpoints, findEndpoint, writeEndpoint, type EndpointRow } from "../../db/webhook-endpoints.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { liveSecrets, rotateSecrets } from "../../domain/webhooks/secret.ts";
import { targetRefusal } from "../../domain/webhooks/target.ts";
import type { IdempotencyFacts } from "../http/bind.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";
import { owed, sendSoon } from "./relay-events.ts";
import { secretOwner } from "./webhook-secrets.ts";

/** Each is asked about every event. */
const ENDPOINTS_MAX = 50;
const ATTEMPTS_MAX = 5;

type Ports = Pick<Services, "db" | "nowMs" | "newId" | "send" | "webhookTargets" | "answers" | "sealing">;

/**
 * Makes an endpoint and shows its secret this once.
 *
 * @param secret - `whsec_…`, of random bytes.
 * @returns `secret: null` where the call was answered before.
 */
export async function createEndpoint(
  services: Ports,
  actor: Actor,
  idempotency: IdempotencyFacts,
  body: EndpointBody,
  secret: string,
): Promise<Result<NewEndpointView, Problem>> {
  const refusal = refusedTarget(services, body.url);
  if (refusal !== null) return err(refusal);
  if ((await countEndpoints(services.db)) >= ENDPOINTS_MAX) {
    return err(problem("webhook_endpoints_too_many", { limit: ENDPOINTS_MAX }));
  }
  if (services.sealing === null) return err(problem("secrets_key_missing"));
  const nowMs = services.nowMs();
  const id = services.newId("whe");
  const sealed = await services.sealing.seal(secret, secretOwner(id));
  const row: EndpointRow = {
    id,
    ...contentOf(body),
    secrets: [{ secret: sealed, createdAtMs: nowMs, expiresAtMs: null }],
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  return writeWithSecret(services, row, "webhook_endpoint.created", actor, idempotency, secret, 201);
}

/** Gives an endpoint a new secret and shows it this once. The one before signs too for a while. */
export async function rotateSecret(
  services: Ports,
  actor: Actor,
  idempotency: IdempotencyFacts,
  id: string,
  secret: string,
  overlapSeconds: number,
): Promise<Result<NewEndpointView, Problem>> {
  const row = await findEndpoint(services.db, id);
  if (row === null) return err(problem("not_found"));
  if (services.sealing === null) return err(problem("secrets_key_missing"));
  const sealed = await services.sealing.seal(secret, secretOwner(id));
  const nowMs = services.nowMs();
  const rotated: EndpointRow = {
    ...row,
    secrets: rotateSecrets(row.secrets, sealed, overlapSeconds * 1000, nowMs),
    version: row.version + 1,
    updatedAtMs: nowMs,
  };
  return writeWithSecret(
    services,
    rotated,
    "webhook_endpoint.secret_rotated",
    actor,
    idempotency,
    secret,
    200,
  );
}

async function writeWithSecret(
  services: Ports,
  row: EndpointRow,
  action: string,
  actor: Actor,
  { scope, bodyHash }: IdempotencyFacts,
  secret: string,
  status: number,
): Promise<Result<NewEndpointView, Problem>> {
  const view = endpointView(row, services.nowMs());
  const repeated = { scope, bodyHash, status, body: JSON.stringify({ ...view, secret: null }) };
  switch (await writeEndpoint(services.db, row, action, actor, repeated)) {
    case "written":
      return ok({ ...view, secret });
    case "changed_meanwhile":
      return err(problem("unavailable"));
    case "repeated": {
      // Two calls with one key ran at once, and the other was first.
      const first = await services.answers.find(scope);
      if (first === null || first.bodyHash !== bodyHash) return err(problem("idempotency_key_reused"));
      return ok(JSON.parse(first.body) as NewEndpointView);
    }
  }
}

/** Replaces what an endpoint is sent and where to. Its secrets stay. */
export async function putEndpoint(
  services: Ports,
  actor: Actor,
  id: string,
  body: EndpointBody,
  ifMatch: string | undefined,
): Promise<Result<EndpointView, Problem>> {
  const refusal = refusedTarget(services, body.url);
  if (refusal !== null) return err(refusal);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const row = await findEndpoint(services.db, id);
    if (row === null) return err(problem("not_found"));
    if (!matches(ifMatch, row.version)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const changed = { ...row, ...contentOf(body), version: row.version + 1, updatedAtMs: nowMs };
    const written = await writeEndpoint(services.db, changed, "webhook_endpoint.changed", actor);
    if (written !== "written") continue;
    if (changed.status === "enabled") await sendSoon(services, [id]);
    return ok(endpointView(changed, nowMs));
  }
  return err(problem("unavailable"));
}

/** Sends `webhook.test` to one endpoint, as any other event would be: signed, logged and tried again. */
export async function testEndpoint(
  services: Ports,
  id: string,
  requestId: string,
): Promise<Result<{ readonly delivery: string }, Problem>> {
  if ((await findEndpoint(services.db, id)) === null) return err(problem("not_found"));
  const nowMs = services.nowMs();
  const event = {
    type: "webhook.test",
    subject: id,
    fact: requestId,
    data: { endpoint: id },
    occurredAtMs: nowMs,
  } as const;
  const eventId = derivedId("evt", nowMs, event.type, event.subject, event.fact);
  const logged = { id: eventId, log: "engine_event", type: event.type, occurredAtMs: nowMs } as const;
  const delivery = owed(logged, id, nowMs);
  await services.db.d1.batch([
    insertEngineEvents(services.db, [event]),
    insertDeliveries(services.db, [delivery]),
  ]);
  await sendSoon(services, [id]);
  return ok({ delivery: delivery.id });
}

function refusedTarget(services: Ports, url: string): Problem | null {
  const because = targetRefusal(url, services.webhookTargets);
  return because === null ? null : problem("webhook_url_refused", { because });
}

function contentOf(body: EndpointBody) {
  const { url, events, description = null, status } = body;
  const disabledReason = status === "disabled" ? ("asked" as const) : null;
  return { url, events: [...new Set(events)], description, status, disabledReason };
}

export function endpointView(row: EndpointRow, nowMs: number): EndpointView {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: [...row.events],
    status: row.status,
    disabled_reason: row.disabledReason,
    secrets: liveSecrets(row.secrets, nowMs).map(({ createdAtMs, expiresAtMs }) => ({
      created_at: new Date(createdAtMs).toISOString(),
      expires_at: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    })),
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
    version: row.version,
  };
}
