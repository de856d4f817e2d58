import { expect, test } from "vitest";

import { countryCentroids } from "../../../src/domain/routing/country-centroids.ts";
import { distanceBetween, greatCircleMetres } from "../../../src/domain/routing/distance.ts";

const berlin = { latitude: 52.52, longitude: 13.405 };
const paris = { latitude: 48.8566, longitude: 2.3522 };

test.each([
  ["Berlin to Paris", berlin, paris, 877_000],
  [
    "London to New York",
    { latitude: 51.5074, longitude: -0.1278 },
    { latitude: 40.7128, longitude: -74.006 },
    5_570_000,
  ],
  ["across the date line", { latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 }, 111_000],
  ["pole to pole", { latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 }, 20_015_000],
  ["antipodes", { latitude: 10, longitude: 20 }, { latitude: -10, longitude: -160 }, 20_015_000],
  ["nowhere", berlin, berlin, 0],
])("%s is as far as an atlas says, within 1 km in 1,000", (_name, from, to, metres) => {
  expect(Math.abs(greatCircleMetres(from, to) - metres)).toBeLessThanOrEqual(metres / 1000 + 500);
  expect(greatCircleMetres(from, to)).toBe(greatCircleMetres(to, from));
});

test("without coordinates the middle of the country stands in, and says so", () => {
  const exact = distanceBetween({ country: "DE", ...berlin }, { country: "FR", ...paris });
  const estimated = distanceBetween({ country: "DE" }, { country: "FR", ...paris });
  expect(exact).toMatchObject({ isEstimated: false, isSameCountry: false });
  expect(estimated).toMatchObject({ isEstimated: true, isSameCountry: false });
  expect(distanceBetween({ country: "QQ" }, { country: "FR" })).toBeNull();
});

test("every centroid is a place on Earth", () => {
  expect(countryCentroids.size).toBe(250);
  for (const [country, { latitude, longitude }] of countryCentroids) {
    expect(country).toMatch(/^[A-Z]{2}$/);
    expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
    expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
  }
});

test("without coordinates a United States postcode says where, to some fifty kilometres", () => {
  const at = (postal_code: string) => ({ country: "US", postal_code });
  const coast = distanceBetween(at("10001"), at("94105-1804"));
  expect(coast).toMatchObject({ isEstimated: false, isSameCountry: true });
  expect(Math.abs((coast?.metres ?? 0) - 4_130_000)).toBeLessThan(100_000);
  // The middle of the country would be 1,900 km away.
  expect(
    distanceBetween(at("10001"), { country: "US", latitude: 40.75, longitude: -73.99 })?.metres,
  ).toBeLessThan(60_000);
  expect(distanceBetween(at("00000"), at("10001"))).toMatchObject({ isEstimated: true });
  expect(distanceBetween({ country: "DE", postal_code: "10115" }, at("10001"))).toMatchObject({
    isEstimated: true,
  });
});
