import { regionOf, type Region } from "../../domain/live/gate-choice.ts";

/** Where the caller is, as the edge says; null where it does not, as on a machine of one's own. */
export function regionOfRequest(request: Request): Region | null {
  const { continent, country, longitude } = (request.cf ?? {}) as {
    readonly continent?: string;
    readonly country?: string;
    readonly longitude?: string;
  };
  const degrees = Number(longitude);
  return regionOf({
    continent: continent ?? null,
    country: country ?? null,
    longitude: longitude === undefined || Number.isNaN(degrees) ? null : degrees,
  });
}
