/** Names that exports use and ISO 3166 does not. */
const ALIASES: Readonly<Record<string, string>> = {
  eire: "IE",
  uk: "GB",
  "great britain": "GB",
  england: "GB",
  usa: "US",
  "u.s.a.": "US",
  "united states of america": "US",
  rsa: "ZA",
  "czech republic": "CZ",
  "hong kong": "HK",
  korea: "KR",
  "south korea": "KR",
  turkey: "TR",
  russia: "RU",
  "the netherlands": "NL",
  holland: "NL",
};

let codeByName: ReadonlyMap<string, string> | null = null;

/**
 * The ISO 3166-1 alpha-2 code of a country given by code or English name. Null for what is no one country
 * ("Unspecified", "European Community", "Channel Islands"): a guess would send parcels astray.
 */
export function countryCode(text: string): string | null {
  const name = text.trim().toLowerCase();
  codeByName ??= countryNames();
  const upper = name.toUpperCase();
  if (/^[A-Z]{2}$/.test(upper) && new Set(codeByName.values()).has(upper)) return upper;
  return ALIASES[name] ?? codeByName.get(name) ?? null;
}

/** Made once and when it is needed: start-up stays fast. */
function countryNames(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  // Codes that Intl knows and ISO 3166-1 does not: unions, user-assigned and withdrawn ones.
  const foreign = new Set([
    "EU",
    "EZ",
    "UN",
    "QO",
    "XA",
    "XB",
    "ZZ",
    "AC",
    "CP",
    "CQ",
    "DG",
    "EA",
    "IC",
    "TA",
    "AN",
    "BU",
    "CS",
    "DD",
    "FX",
    "NT",
    "SU",
    "TP",
    "YD",
    "YU",
    "ZR",
    "UK",
    "QU",
  ]);
  return new Map(
    codes
      .filter((code) => !foreign.has(code))
      .map((code) => [names.of(code)?.toLowerCase() ?? "", code] as const)
      .filter(([name]) => name !== ""),
  );
}
