import type { LocationBody, LocationView } from "../../contract/catalogue.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findLocation, writeLocation, type LocationRow } from "../../db/catalogue.ts";
import type { LocationCode } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

/** Each loss of a race means that someone else's write went through; so many in a row is an outage. */
const ATTEMPTS_MAX = 5;

/** Creates or replaces a location. What is there already in these words is left as it is. */
export async function putLocation(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  code: LocationCode,
  body: LocationBody,
  ifMatch: string | undefined,
): Promise<Result<LocationView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findLocation(services.db, code);
    if (!matches(ifMatch, earlier?.version ?? null)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const row: LocationRow = {
      code,
      name: body.name,
      type: body.type,
      address: body.address,
      capacityPerDay: body.capacity_per_day ?? null,
      ships: body.ships,
      pickup: body.pickup,
      groups: [...new Set(body.groups)],
      capabilities: [...new Set(body.capabilities)],
      version: (earlier?.version ?? 0) + 1,
      createdAtMs: earlier?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    if (earlier !== null && hasSameContent(earlier, row)) return ok(locationView(earlier));
    if (await writeLocation(services.db, row, actor)) return ok(locationView(row));
  }
  return err(problem("unavailable"));
}

export function locationView(row: LocationRow): LocationView {
  return {
    code: row.code,
    name: row.name,
    type: row.type,
    address: row.address,
    ships: row.ships,
    pickup: row.pickup,
    groups: [...row.groups],
    capabilities: [...row.capabilities],
    capacity_per_day: row.capacityPerDay,
    version: row.version,
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
  };
}

function hasSameContent(a: LocationRow, b: LocationRow): boolean {
  const content = ({ name, type, address, capacityPerDay, ships, pickup, ...row }: LocationRow) =>
    JSON.stringify([name, type, address, capacityPerDay, ships, pickup, row.groups, row.capabilities]);
  return content(a) === content(b);
}
