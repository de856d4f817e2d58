import type { ShippingMethodBody, ShippingMethodView } from "../../contract/delivery.ts";
import { isoDay, parseIsoDay } from "../../contract/local-time.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import {
  findShippingMethod,
  writeShippingMethod,
  type ShippingMethodRow,
} from "../../db/shipping-methods.ts";
import type { DeliveryRules } from "../../domain/fulfillment/promise.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

const ATTEMPTS_MAX = 5;
const METRES_PER_KILOMETRE = 1_000;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export async function putShippingMethod(
  services: Pick<Services, "db" | "nowMs" | "shippingMethods">,
  actor: Actor,
  code: string,
  body: ShippingMethodBody,
  ifMatch: string | undefined,
): Promise<Result<ShippingMethodView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const before = await findShippingMethod(services.db, code);
    if (!matches(ifMatch, before?.version ?? null)) return err(problem("precondition_failed"));
    const row: ShippingMethodRow = {
      code,
      title: body.title,
      prices: Object.fromEntries(body.prices.map(({ currency, amount }) => [currency, amount])),
      isOffered: body.offered,
      delivery: body.delivery === undefined ? null : rulesOf(body.delivery),
      version: (before?.version ?? 0) + 1,
    };
    if (await writeShippingMethod(services.db, row, actor, services.nowMs())) {
      services.shippingMethods.forget(code);
      return ok(shippingMethodView(row));
    }
  }
  return err(problem("unavailable"));
}

function rulesOf(body: NonNullable<ShippingMethodBody["delivery"]>): DeliveryRules {
  const [hours = 0, minutes = 0] = body.cutoff.split(":").map(Number);
  return {
    carrier: body.carrier ?? null,
    service: body.service ?? null,
    countries: body.countries ?? null,
    timeZone: body.time_zone,
    cutoffMinutes: hours * 60 + minutes,
    handlingDays: body.handling_days,
    shipsOn: body.ships_on.map((day) => WEEKDAYS.indexOf(day) + 1),
    deliversOn: body.delivers_on.map((day) => WEEKDAYS.indexOf(day) + 1),
    holidays: body.holidays.map(parseIsoDay),
    transit: body.transit.map(
      ({ countries, distance_km_max: kilometres, days_min: daysMin, days_max: daysMax }) => ({
        countries,
        distanceMetresMax: kilometres === undefined ? undefined : kilometres * METRES_PER_KILOMETRE,
        daysMin,
        daysMax,
      }),
    ),
  };
}

export function shippingMethodView(row: ShippingMethodRow): ShippingMethodView {
  return {
    code: row.code,
    title: row.title,
    prices: Object.entries(row.prices).map(([currency, amount]) => ({ currency, amount })),
    offered: row.isOffered,
    delivery: row.delivery === null ? null : rulesView(row.delivery),
    version: row.version,
  };
}

function rulesView(rules: DeliveryRules): NonNullable<ShippingMethodView["delivery"]> {
  const { carrier, service, countries, cutoffMinutes } = rules;
  const clock = [Math.floor(cutoffMinutes / 60), cutoffMinutes % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  const daysOf = (days: ReadonlyArray<number>) => days.flatMap((day) => WEEKDAYS[day - 1] ?? []);
  return {
    ...(carrier === null ? {} : { carrier }),
    ...(service === null ? {} : { service }),
    ...(countries === null ? {} : { countries: [...countries] }),
    time_zone: rules.timeZone,
    cutoff: clock.join(":"),
    handling_days: rules.handlingDays,
    ships_on: daysOf(rules.shipsOn),
    delivers_on: daysOf(rules.deliversOn),
    holidays: rules.holidays.map(isoDay),
    transit: rules.transit.map(({ countries: to, distanceMetresMax: metres, daysMin, daysMax }) => ({
      ...(to === undefined ? {} : { countries: [...to] }),
      ...(metres === undefined ? {} : { distance_km_max: metres / METRES_PER_KILOMETRE }),
      days_min: daysMin,
      days_max: daysMax,
    })),
  };
}
