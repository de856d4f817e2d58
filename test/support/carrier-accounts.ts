import type { CarrierPort } from "../../src/integrations/carriers/port.ts";
import { carrierNamed, type CarrierSettings } from "../../src/integrations/carriers/registry.ts";
import type { CarrierServer } from "./carrier-server.ts";
import { FakeFedEx } from "./fake-fedex.ts";
import { FakeShippo, SHIPPO_TOKEN } from "./fake-shippo.ts";
import { FakeUps } from "./fake-ups.ts";

/** An account at each carrier's server, for tests that hold for all of them. */
export const carrierAccounts: ReadonlyArray<
  readonly [name: string, settings: CarrierSettings, server: () => CarrierServer]
> = [
  ["shippo", { SHIPPO_API_TOKEN: SHIPPO_TOKEN }, () => new FakeShippo()],
  [
    "ups",
    { UPS_CLIENT_ID: "id", UPS_CLIENT_SECRET: "secret", UPS_ACCOUNT_NUMBER: "A1B2C3" },
    () => new FakeUps(),
  ],
  [
    "fedex",
    {
      FEDEX_CLIENT_ID: "ship",
      FEDEX_CLIENT_SECRET: "secret",
      FEDEX_ACCOUNT_NUMBER: "740561073",
      FEDEX_TRACK_CLIENT_ID: "track",
      FEDEX_TRACK_CLIENT_SECRET: "secret",
    },
    () => new FakeFedEx(),
  ],
];

const clock = { nowMs: () => Date.now(), pause: async () => {} };

export function carrierOf(name: string, settings: CarrierSettings): CarrierPort {
  const carrier = carrierNamed(name, settings, clock);
  if (carrier === null) throw new Error(`${name} is not configured`);
  return carrier;
}
