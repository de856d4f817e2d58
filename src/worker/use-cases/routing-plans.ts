import { problem, type Problem } from "../../contract/problem.ts";
import type { RoutingPlanBody, RoutingPlanView } from "../../contract/routing.ts";
import type { Actor } from "../../db/audit.ts";
import { findRoutingPlan, writeRoutingPlan, type RoutingPlanRow } from "../../db/routing-plans.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { RoutingPlan, RoutingRule } from "../../domain/routing/routing-plan.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

const ATTEMPTS_MAX = 5;
const METRES = 1_000;

/** Creates or replaces a plan. */
export async function putRoutingPlan(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  code: string,
  body: RoutingPlanBody,
  ifMatch: string | undefined,
): Promise<Result<RoutingPlanView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findRoutingPlan(services.db, code);
    if (!matches(ifMatch, earlier?.version ?? null)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const row: RoutingPlanRow = {
      code,
      title: body.title,
      status: body.status,
      plan: planOf(code, body),
      version: (earlier?.version ?? 0) + 1,
      createdAtMs: earlier?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    if (await writeRoutingPlan(services.db, row, actor)) return ok(routingPlanView(row));
  }
  return err(problem("unavailable"));
}

function planOf(code: string, { batches, costs }: RoutingPlanBody): RoutingPlan {
  return {
    code,
    batches: batches.map(({ name, orders, rules }) => ({
      name,
      orders: {
        channels: orders.channels,
        countries: orders.countries,
        shippingMethods: orders.shipping_methods,
        totalMin: orders.total_min,
      },
      rules: rules.map(ruleOf),
    })),
    costs: {
      zones: costs.zones.map((zone) => ({
        distanceMetresMax: zone.distance_km_max === undefined ? null : zone.distance_km_max * METRES,
        base: zone.base,
        perKilogram: zone.per_kilogram,
      })),
      handling: costs.handling,
      splitPenalty: costs.split_penalty,
    },
  };
}

function ruleOf(rule: RoutingPlanBody["batches"][number]["rules"][number]): RoutingRule {
  const { locations, unallocated } = rule;
  return {
    name: rule.name,
    locations: {
      groups: locations.groups,
      notInGroups: locations.not_in_groups,
      types: locations.types,
      distanceMetresMax:
        locations.distance_km_max === undefined ? undefined : locations.distance_km_max * METRES,
      onlySameCountry: locations.only_same_country,
      unitsKept: locations.units_kept,
    },
    objective: rule.objective,
    rankings: rule.rankings,
    preferred: rule.preferred,
    parcelsMax: rule.parcels_max,
    parcelValueMin: rule.parcel_value_min,
    keepsGroups: rule.keeps_groups,
    unallocated:
      unallocated.kind === "cancel" ? { kind: "cancel", afterDays: unallocated.after_days } : unallocated,
  };
}

export function routingPlanView(row: RoutingPlanRow): RoutingPlanView {
  const { batches, costs } = row.plan;
  return {
    code: row.code,
    title: row.title,
    status: row.status,
    batches: batches.map(({ name, orders, rules }) => ({
      name,
      orders: {
        channels: orders.channels as RoutingPlanBody["batches"][number]["orders"]["channels"],
        countries: orders.countries === undefined ? undefined : [...orders.countries],
        shipping_methods: orders.shippingMethods === undefined ? undefined : [...orders.shippingMethods],
        total_min: orders.totalMin,
      },
      rules: rules.map(ruleView),
    })),
    costs: {
      zones: costs.zones.map(({ distanceMetresMax, base, perKilogram }) => ({
        distance_km_max: distanceMetresMax === null ? undefined : distanceMetresMax / METRES,
        base,
        per_kilogram: perKilogram,
      })),
      handling: costs.handling,
      split_penalty: costs.splitPenalty,
    },
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
    version: row.version,
  };
}

function ruleView(rule: RoutingRule): RoutingPlanView["batches"][number]["rules"][number] {
  const { locations, unallocated } = rule;
  const copied = <Value>(values: ReadonlyArray<Value> | undefined) =>
    values === undefined ? undefined : [...values];
  return {
    name: rule.name,
    locations: {
      groups: copied(locations.groups),
      not_in_groups: copied(locations.notInGroups),
      types: copied(locations.types),
      distance_km_max:
        locations.distanceMetresMax === undefined ? undefined : locations.distanceMetresMax / METRES,
      only_same_country: locations.onlySameCountry,
      units_kept: locations.unitsKept,
    },
    objective: rule.objective,
    rankings: [...rule.rankings],
    preferred: [...rule.preferred],
    parcels_max: rule.parcelsMax,
    parcel_value_min: rule.parcelValueMin,
    keeps_groups: rule.keepsGroups,
    unallocated:
      unallocated.kind === "cancel" ? { kind: "cancel", after_days: unallocated.afterDays } : unallocated,
  };
}
