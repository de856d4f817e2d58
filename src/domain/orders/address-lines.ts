import type { Address } from "./order.ts";

/** An address as it is written on paper; only its country is always there. */
export function addressLines({
  name,
  line1,
  line2,
  city,
  region,
  postal_code,
  country,
}: Partial<Address> & Pick<Address, "country">): Array<string> {
  const town = [postal_code, city, region].filter((part) => part !== undefined && part !== "").join(" ");
  return [name, line1, line2, town, country].flatMap((line) =>
    line === undefined || line === "" ? [] : [line],
  );
}
