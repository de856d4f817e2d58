import type { Address } from "../orders/order.ts";
import { countryCentroids, type Coordinates } from "./country-centroids.ts";
import { usPostcodeCentroid } from "./us-postcode-centroids.ts";

/** The mean radius of the Earth (IUGG). */
const EARTH_RADIUS_METRES = 6_371_009;

export type Place = Pick<Address, "country" | "postal_code" | "latitude" | "longitude">;

export type Distance = {
  /** Whole metres along the great circle. Integers, so that sums do not depend on their order. */
  readonly metres: number;
  /** At least one end is only known by its country. */
  readonly isEstimated: boolean;
  readonly isSameCountry: boolean;
};

export function greatCircleMetres(from: Coordinates, to: Coordinates): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const latitudes = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2;
  const longitudes = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  const haversine =
    latitudes + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * longitudes;
  // Rounding may push antipodes a hair above 1, where the arc sine is not a number.
  return Math.round(2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(haversine))));
}

/** @returns null where a country is unknown and has no coordinates either. */
export function distanceBetween(from: Place, to: Place): Distance | null {
  const start = coordinatesOf(from);
  const end = coordinatesOf(to);
  if (start === null || end === null) return null;
  return {
    metres: greatCircleMetres(start, end),
    isEstimated: start.isOfCountry || end.isOfCountry,
    isSameCountry: from.country === to.country,
  };
}

type Located = Coordinates & { readonly isOfCountry: boolean };

/** Its own coordinates, else the middle of its postcode's area, else of its country. */
function coordinatesOf({ country, latitude, longitude, postal_code: postcode }: Place): Located | null {
  if (latitude !== undefined && longitude !== undefined) return { latitude, longitude, isOfCountry: false };
  const area = country === "US" && postcode !== undefined ? usPostcodeCentroid(postcode) : null;
  if (area !== null) return { ...area, isOfCountry: false };
  const middle = countryCentroids.get(country);
  return middle === undefined ? null : { ...middle, isOfCountry: true };
}
