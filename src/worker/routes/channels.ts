import type { Hono } from "hono";

import { channelOperations, type ChannelOrderView } from "../../contract/channels.ts";
import { problem } from "../../contract/problem.ts";
import { findSkus } from "../../db/catalogue.ts";
import { findChannelOrder, listChannelOrders, type ChannelOrderRow } from "../../db/channel-orders.ts";
import {
  deleteConnection,
  findConnection,
  listComparisons,
  listConnections,
  type ComparisonRow,
} from "../../db/connections.ts";
import { listListings, mapListing } from "../../db/listings.ts";
import { circuitStateOf, type Health } from "../../domain/connections/breaker.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import type { Services } from "../services.ts";
import { askChannel, healthName, openChannel, type OpenChannel } from "../use-cases/channel-access.ts";
import { compareConnection } from "../use-cases/compare-quantities.ts";
import { dryRunChannel } from "../use-cases/dry-run-channel.ts";
import { fetchOrder } from "../use-cases/poll-orders.ts";
import { connectionView, putConnection, ruleOf } from "../use-cases/put-connection.ts";
import { listingView, readChannelListings } from "../use-cases/read-listings.ts";
import { wantConnection, wantStock } from "../use-cases/want-quantities.ts";

const NAME = /^[A-Za-z0-9._:/-]{1,128}$/;
const RECEIVED = /^(\d{1,16})\.([A-Za-z0-9._:/-]{1,100})$/;

export function registerChannels(app: Hono<AppEnv>): void {
  registerConnections(app);
  registerListings(app);
  registerChannelOrders(app);
}

function registerConnections(app: Hono<AppEnv>): void {
  bind(app, channelOperations.putChannel, async (call) => {
    const { services, params, body } = call;
    const put = await putConnection(services, actorOf(call), params.code, body, call.ifMatch);
    // A new rule, or a connection that goes on, has other quantities to tell.
    if (put.ok) services.background(wantConnection(services, params.code));
    return answerResult(put, ({ version }) => ({ etag: etagOf(version) }));
  });

  bind(app, channelOperations.getChannel, async ({ services, params }) => {
    const row = await findConnection(services.db, params.code);
    if (row === null) return refuse("not_found");
    const health = await services.connection(healthName(row.code)).readHealth();
    return answer(
      { ...connectionView(row), health: healthView(health, services.nowMs()) },
      { etag: etagOf(row.version) },
    );
  });

  bind(app, channelOperations.listChannels, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, NAME);
    if (!after.ok) return answerResult(after);
    const rows = await listConnections(services.db, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ code }) => code, connectionView));
  });

  bind(app, channelOperations.removeChannel, async (call) => {
    const { code } = call.params;
    const isRemoved = await deleteConnection(call.services.db, code, actorOf(call), call.services.nowMs());
    return isRemoved ? answer({ code, removed: true as const }) : refuse("not_found");
  });

  bind(app, channelOperations.testChannel, async ({ services, params }) => {
    const channel = await channelNamed(services, params.code);
    if (!channel.ok) return answerResult(channel);
    const { adapter, access } = channel.value;
    const tested = await askChannel(services, channel.value, () => adapter.test(access));
    return tested.ok ? answer(tested.value) : refuse("channel_refused", { reason: tested.error });
  });

  bind(app, channelOperations.dryRunChannel, async ({ services, params }) => {
    const channel = await channelNamed(services, params.code);
    if (!channel.ok) return answerResult(channel);
    const tried = await dryRunChannel(services, channel.value);
    return tried.ok ? answer(tried.value) : refuse("channel_refused", { reason: tried.error });
  });

  bind(app, channelOperations.compareChannel, async ({ services, params }) => {
    const channel = await channelNamed(services, params.code);
    if (!channel.ok) return answerResult(channel);
    const compared = await compareConnection(services, params.code);
    if (compared === null)
      return refuse("channel_refused", { reason: "it shows no quantities, or is paused" });
    return answer(comparisonView({ ...compared, drifts: [...compared.drifts] }));
  });

  bind(app, channelOperations.listComparisons, async ({ services, params, query }) => {
    const after = decodeCursor(query.cursor, NAME);
    if (!after.ok) return answerResult(after);
    const rows = await listComparisons(services.db, params.code, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ id }) => id, comparisonView));
  });
}

function registerListings(app: Hono<AppEnv>): void {
  bind(app, channelOperations.readListings, async ({ services, params, body }) => {
    const channel = await channelNamed(services, params.code);
    if (!channel.ok) return answerResult(channel);
    const report = await readChannelListings(services, channel.value, body.cursor ?? null);
    return report.ok ? answer(report.value) : refuse("channel_refused", { reason: report.error });
  });

  bind(app, channelOperations.listListings, async ({ services, params, query }) => {
    const after = decodeCursor(query.cursor, NAME);
    if (!after.ok) return answerResult(after);
    const rows = await listListings(services.db, params.code, query.match, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ listing }) => listing, listingView));
  });

  bind(app, channelOperations.putListing, async ({ services, params, body }) => {
    const { db } = services;
    if ((await findConnection(db, params.code)) === null) return refuse("not_found");
    const { sku } = body;
    if (sku !== null && (await findSkus(db, [sku])).length === 0) return refuse("sku_unknown", { sku });
    const rule = body.rule === null ? null : ruleOf(body.rule);
    const row = await mapListing(db, { connection: params.code, listing: params.listing, sku, rule });
    if (sku !== null) await wantStock(services, [sku]);
    return answer(listingView(row));
  });
}

function registerChannelOrders(app: Hono<AppEnv>): void {
  bind(app, channelOperations.listChannelOrders, async ({ services, params, query }) => {
    const cursor = decodeCursor(query.cursor, RECEIVED);
    if (!cursor.ok) return answerResult(cursor);
    const [, receivedAtMs, externalId = ""] = RECEIVED.exec(cursor.value ?? "") ?? [];
    const after = receivedAtMs === undefined ? null : { receivedAtMs: Number(receivedAtMs), externalId };
    const rows = await listChannelOrders(
      services.db,
      params.code,
      { outcome: query.outcome, after },
      query.limit + 1,
    );
    return answer(
      pageOf(rows, query.limit, (row) => `${row.receivedAtMs}.${row.externalId}`, channelOrderView),
    );
  });

  bind(app, channelOperations.retryChannelOrder, async ({ services, params }) => {
    const channel = await channelNamed(services, params.code);
    if (!channel.ok) return answerResult(channel);
    const taken = await fetchOrder(services, channel.value, params.external_id);
    const row = await findChannelOrder(services.db, params.code, params.external_id);
    return taken === null || row === null ? refuse("not_found") : answer(channelOrderView(row));
  });
}

async function channelNamed(
  services: Services,
  code: string,
): Promise<Result<OpenChannel, ReturnType<typeof problem>>> {
  const row = await findConnection(services.db, code);
  if (row === null) return err(problem("not_found"));
  const channel = await openChannel(services, row);
  return channel === null ? err(problem("secrets_key_missing")) : ok(channel);
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

function healthView(health: Health, nowMs: number) {
  const at = (atMs: number | null | undefined) => (atMs === null || atMs === undefined ? null : time(atMs));
  return {
    circuit: circuitStateOf(health, nowMs),
    successes: health.successes,
    failures: health.failures,
    quiet_until: (health.quietUntilMs ?? 0) > nowMs ? at(health.quietUntilMs) : null,
    last_success_at: at(health.lastSuccessAtMs),
    last_failure_at: at(health.lastFailureAtMs),
    last_error: health.lastError,
  };
}

function channelOrderView(row: ChannelOrderRow): ChannelOrderView {
  return {
    external_id: row.externalId,
    outcome: row.outcome,
    reason: row.reason,
    detail: row.detail,
    order: row.orderId,
    is_reserved: row.isReserved,
    is_short: row.isShort,
    stated_at: time(row.statedAtMs),
    received_at: time(row.receivedAtMs),
  };
}

function comparisonView({ id, atMs, checked, drifts }: Omit<ComparisonRow, "connection">) {
  return { id, at: time(atMs), checked, drifts };
}
