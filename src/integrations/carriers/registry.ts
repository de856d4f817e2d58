import { manualCarrier } from "./manual.ts";
import type { CarrierPort } from "./port.ts";

const carriers: ReadonlyMap<string, CarrierPort> = new Map(
  [manualCarrier].map((carrier) => [carrier.carrier, carrier]),
);

/** @returns null where no such carrier is configured. */
export function carrierNamed(name: string): CarrierPort | null {
  return carriers.get(name) ?? null;
}
