const first = [
  "Ada",
  "Mirko",
  "Yara",
  "Jonas",
  "Noor",
  "Elif",
  "Tomás",
  "Ingrid",
  "Kofi",
  "Lucía",
  "Pavel",
  "Maren",
];
const last = [
  "Albers",
  "Okafor",
  "Vermeer",
  "Kaya",
  "Silva",
  "Novak",
  "Brandt",
  "Haddad",
  "Moreau",
  "Lindqvist",
];
const cities = [
  { city: "Berlin", postal_code: "10999", country: "DE", latitude: 52.5, longitude: 13.42 },
  { city: "Hamburg", postal_code: "20359", country: "DE", latitude: 53.55, longitude: 9.96 },
  { city: "Amsterdam", postal_code: "1017 AB", country: "NL", latitude: 52.36, longitude: 4.89 },
  { city: "Paris", postal_code: "75011", country: "FR", latitude: 48.86, longitude: 2.38 },
  { city: "Brooklyn", region: "NY", postal_code: "11211", country: "US", latitude: 40.71, longitude: -73.95 },
  { city: "Chicago", region: "IL", postal_code: "60622", country: "US", latitude: 41.9, longitude: -87.68 },
];
const streets = ["Lindenweg", "Canal Street", "Rue des Lilas", "Harbour Road", "Mill Lane"];

export type Person = {
  readonly buyer: string;
  readonly customer: { readonly email: string; readonly name: string };
  readonly shipping_address: Readonly<Record<string, string | number>>;
};

/** Somebody who does not exist, the same one for the same number. */
export function personNumbered(number: number, random: () => number): Person {
  const pick = <Choice>(choices: ReadonlyArray<Choice>): Choice =>
    choices[Math.floor(random() * choices.length)] as Choice;
  const name = `${pick(first)} ${pick(last)}`;
  return {
    buyer: `buyer-${number}`,
    customer: { email: `buyer-${number}@shop.example`, name },
    shipping_address: {
      name,
      line1: `${1 + Math.floor(random() * 180)} ${pick(streets)}`,
      ...pick(cities),
    },
  };
}
