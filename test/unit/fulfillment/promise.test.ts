import { describe, expect, test } from "vitest";

import { endOfDayMs, isoDay, localMoment, parseIsoDay } from "../../../src/contract/local-time.ts";
import { promiseDelivery, type DeliveryRules, type Origin } from "../../../src/domain/fulfillment/promise.ts";

const rules: DeliveryRules = {
  carrier: null,
  service: null,
  countries: ["US", "CA"],
  timeZone: "America/New_York",
  cutoffMinutes: 14 * 60,
  handlingDays: 0,
  shipsOn: [1, 2, 3, 4, 5],
  deliversOn: [1, 2, 3, 4, 5, 6],
  holidays: [parseIsoDay("2026-11-26")],
  transit: [
    { countries: ["US"], distanceMetresMax: 500_000, daysMin: 1, daysMax: 1 },
    { countries: ["US"], daysMin: 2, daysMax: 4 },
    { countries: ["CA"], daysMin: 5, daysMax: 8 },
  ],
};
const near = { metres: 100_000 };
const far = { metres: 3_000_000 };

/** @param at - By the clock of the rules. */
function promised(
  at: string,
  origins: ReadonlyArray<Origin>,
  change: Partial<DeliveryRules> = {},
  country = "US",
) {
  const [day = "", time = ""] = at.split(" ");
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const moment = { day: parseIsoDay(day), minutes: hours * 60 + minutes };
  const days = promiseDelivery({ ...rules, ...change }, moment, country, origins);
  return days === null ? null : [isoDay(days.earliest), isoDay(days.latest)];
}

test.each([
  ["before the cut-off", "2026-11-23 13:59", [near], {}, ["2026-11-24", "2026-11-24"]],
  ["at the cut-off: the next working day", "2026-11-23 14:00", [near], {}, ["2026-11-25", "2026-11-25"]],
  ["from afar, over a holiday", "2026-11-24 10:00", [far], {}, ["2026-11-27", "2026-11-30"]],
  [
    "from two places: with the later parcel",
    "2026-11-24 10:00",
    [near, far],
    {},
    ["2026-11-27", "2026-11-30"],
  ],
  ["on a Saturday nothing is shipped", "2026-11-28 09:00", [near], {}, ["2026-12-01", "2026-12-01"]],
  ["a Saturday delivers", "2026-11-27 09:00", [near], {}, ["2026-11-28", "2026-11-28"]],
  [
    "handling takes working days",
    "2026-11-25 09:00",
    [near],
    { handlingDays: 2 },
    ["2026-12-01", "2026-12-01"],
  ],
  [
    "a way of unknown length is a long one",
    "2026-11-23 09:00",
    [{ metres: null }],
    {},
    ["2026-11-25", "2026-11-28"],
  ],
  ["without days to work nothing is promised", "2026-11-23 09:00", [near], { shipsOn: [] }, null],
  ["without a place to ship from neither", "2026-11-23 09:00", [], {}, null],
] as const)("%s", (_, at, origins, change, expected) => {
  expect(promised(at, origins, change)).toEqual(expected);
});

test("a country has its own times, and one that is not served has none", () => {
  expect(promised("2026-11-23 09:00", [near], {}, "CA")).toEqual(["2026-11-30", "2026-12-03"]);
  expect(promised("2026-11-23 09:00", [near], {}, "DE")).toBeNull();
  // Named, but no transit time fits.
  expect(promised("2026-11-23 09:00", [near], { countries: null }, "DE")).toBeNull();
});

describe("clocks", () => {
  test("show what they show in their zone, with summer time", () => {
    expect(localMoment(Date.UTC(2026, 10, 24, 2, 30), "America/New_York")).toEqual({
      day: parseIsoDay("2026-11-23"),
      minutes: 21 * 60 + 30,
    });
    expect(localMoment(Date.UTC(2026, 6, 1, 23, 5), "Europe/Berlin")).toEqual({
      day: parseIsoDay("2026-07-02"),
      minutes: 65,
    });
  });

  test.each([
    ["2026-11-23", "UTC", Date.UTC(2026, 10, 24)],
    ["2026-11-23", "America/New_York", Date.UTC(2026, 10, 24, 5)],
    // The clocks change at two in the night of these days.
    ["2026-10-24", "Europe/Berlin", Date.UTC(2026, 9, 24, 22)],
    ["2026-10-25", "Europe/Berlin", Date.UTC(2026, 9, 25, 23)],
    ["2026-03-29", "Europe/Berlin", Date.UTC(2026, 2, 29, 22)],
    ["2026-11-23", "Pacific/Kiritimati", Date.UTC(2026, 10, 23, 10)],
  ])("the %s in %s ends when it does", (day, zone, expected) => {
    expect(endOfDayMs(parseIsoDay(day), zone)).toBe(expected);
  });
});
