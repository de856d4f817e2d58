import type * as z from "zod";

import type { ConnectionBody, ConnectionView, RuleBody } from "../../contract/channels.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findConnection, writeConnection, type ConnectionRow } from "../../db/connections.ts";
import { EVERYTHING, type AllocationRule } from "../../domain/channels/allocation.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { channelAdapter } from "../../integrations/channels/registry.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";
import { secretsOwner } from "./channel-access.ts";

type Ports = Pick<Services, "db" | "nowMs" | "sealing">;

const ATTEMPTS_MAX = 5;

/** Makes a connection or changes it. Secrets that are not sent stay; those that are replace all of them. */
export async function putConnection(
  services: Ports,
  actor: Actor,
  code: string,
  body: ConnectionBody,
  ifMatch: string | undefined,
): Promise<Result<ConnectionView, Problem>> {
  const checked = check(body);
  if (!checked.ok) return checked;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const before = await findConnection(services.db, code);
    if (!matches(ifMatch, before?.version ?? null)) return err(problem("precondition_failed"));
    if (before !== null && before.platform !== body.platform) return err(problem("platform_fixed"));
    if (before === null && body.secrets === undefined)
      return invalid("/secrets", "a new connection needs its secrets");
    const sealed = await seal(services, code, body, before);
    if (sealed === null) return err(problem("secrets_key_missing"));
    const row = successor(before, code, body, checked.value, sealed, services.nowMs());
    if (await writeConnection(services.db, row, actor)) return ok(connectionView(row));
  }
  return err(problem("unavailable"));
}

/** @returns The settings as the adapter wants them. */
function check(body: ConnectionBody): Result<Record<string, unknown>, Problem> {
  const adapter = channelAdapter(body.platform);
  if (adapter === null) return invalid("/platform", "nothing here speaks to this platform");
  const settings = adapter.settings.safeParse(body.settings);
  if (!settings.success) return invalidFrom("/settings", settings.error);
  if (body.secrets !== undefined) {
    const secrets = adapter.secrets.safeParse(body.secrets);
    if (!secrets.success) return invalidFrom("/secrets", secrets.error);
  }
  return ok(settings.data);
}

function invalid(pointer: string, detail: string) {
  return err(problem("request_invalid", { errors: [{ pointer, detail }] }));
}

function invalidFrom(prefix: string, error: z.ZodError) {
  const errors = error.issues.slice(0, 20).map(({ path, message }) => ({
    pointer: `${prefix}${path.map((key) => `/${String(key)}`).join("")}`,
    detail: message,
  }));
  return err(problem("request_invalid", { errors }));
}

type Sealed = Pick<ConnectionRow, "secrets" | "secretNames">;

async function seal(
  { sealing }: Ports,
  code: string,
  { secrets }: ConnectionBody,
  before: ConnectionRow | null,
): Promise<Sealed | null> {
  if (secrets === undefined) return before;
  if (sealing === null) return null;
  return {
    secrets: await sealing.seal(JSON.stringify(secrets), secretsOwner(code)),
    secretNames: Object.keys(secrets).sort(),
  };
}

function successor(
  before: ConnectionRow | null,
  code: string,
  body: ConnectionBody,
  settings: Record<string, unknown>,
  sealed: Sealed,
  nowMs: number,
): ConnectionRow {
  return {
    code,
    platform: body.platform,
    name: body.name,
    status: body.status,
    settings: { ...settings, shipping_methods: body.shipping_methods ?? {}, locations: body.locations ?? {} },
    secrets: sealed.secrets,
    secretNames: sealed.secretNames,
    rule: body.rule === undefined ? (before?.rule ?? EVERYTHING) : ruleOf(body.rule),
    shortfall: body.shortfall,
    // Orders from before the connection are history: they are imported, not taken.
    ordersSinceMs: before?.ordersSinceMs ?? nowMs,
    polledAtMs: before?.polledAtMs ?? 0,
    comparedAtMs: before?.comparedAtMs ?? 0,
    version: (before?.version ?? 0) + 1,
    createdAtMs: before?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
  };
}

export function ruleOf({
  buffer,
  share_bps: shareBps,
  floor,
  cap,
  hide_below: hideBelow,
}: RuleBody): AllocationRule {
  return { buffer, shareBps, floor, cap, hideBelow };
}

export function ruleView({ buffer, shareBps, floor, cap, hideBelow }: AllocationRule): RuleBody {
  return { buffer, share_bps: shareBps, floor, cap, hide_below: hideBelow };
}

export function connectionView(row: ConnectionRow): ConnectionView {
  const { shipping_methods: methods, locations, ...settings } = row.settings;
  return {
    code: row.code,
    platform: row.platform,
    name: row.name,
    status: row.status,
    settings,
    secrets: row.secretNames,
    shipping_methods: (methods as Record<string, string> | undefined) ?? {},
    locations: (locations as Record<string, string> | undefined) ?? {},
    rule: ruleView(row.rule),
    shortfall: row.shortfall,
    webhook_path: `/webhooks/${row.code}`,
    version: row.version,
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
  };
}
