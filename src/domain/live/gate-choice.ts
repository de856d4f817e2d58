import { hashText } from "../hash.ts";

/** Where the platform may be asked to place an object. */
export type Region = "wnam" | "enam" | "sam" | "weur" | "eeur" | "apac" | "oc" | "afr" | "me";

/** What the edge says of where a request comes from. */
export type Origin = {
  readonly continent: string | null;
  readonly country: string | null;
  /** Degrees. */
  readonly longitude: number | null;
};

const continents: Readonly<Record<string, Region>> = {
  AF: "afr",
  AS: "apac",
  EU: "weur",
  NA: "enam",
  OC: "oc",
  SA: "sam",
};
const middleEast = new Set([
  "AE",
  "BH",
  "IL",
  "IQ",
  "IR",
  "JO",
  "KW",
  "LB",
  "OM",
  "PS",
  "QA",
  "SA",
  "SY",
  "TR",
  "YE",
]);
/** West of it, North America's west coast is nearer. */
const NORTH_AMERICA_DIVIDE = -100;
/** East of it, Europe's east is nearer. */
const EUROPE_DIVIDE = 18;

/** @returns null where the edge does not say, as on a machine of one's own. */
export function regionOf({ continent, country, longitude }: Origin): Region | null {
  if (country !== null && middleEast.has(country)) return "me";
  const region = continents[continent ?? ""] ?? null;
  if (longitude === null) return region;
  if (region === "enam" && longitude < NORTH_AMERICA_DIVIDE) return "wnam";
  if (region === "weur" && longitude > EUROPE_DIVIDE) return "eeur";
  return region;
}

/** What a gate is for: one show, or the catalogue. */
export type GateScope = string | null;

/**
 * The name of the gate that a caller goes through: the same for every tab and retry of a buyer, so that what one buyer
 * does is done in order.
 *
 * @param caller - The buyer, or whoever speaks for many.
 */
export function gateName(
  scope: GateScope,
  region: Region | null,
  caller: string,
  gatesPerRegion: number,
): string {
  // No show's code has a slash in it, so no show is taken for the catalogue.
  const front = scope === null ? "live" : `show/${scope}`;
  return `${front}/${region ?? "any"}/${hashText(caller) % gatesPerRegion}`;
}

/** The show that {@link gateName} was given. */
export function showOfGate(name: string): GateScope {
  const [front, show] = name.split("/");
  return front === "show" ? (show ?? null) : null;
}
