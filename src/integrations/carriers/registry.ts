import { easyPost } from "./easypost/easypost.ts";
import { readEasyPostEvent } from "./easypost/tracking.ts";
import { manualCarrier } from "./manual.ts";
import type { CarrierPort, CarrierWebhookReader } from "./port.ts";

/** What carriers need to know, each of them absent where it is not set. */
export type CarrierSettings = {
  readonly EASYPOST_API_KEY?: string | undefined;
  readonly EASYPOST_WEBHOOK_SECRET?: string | undefined;
  /** While a secret is replaced, both sign. */
  readonly EASYPOST_WEBHOOK_SECRET_PREVIOUS?: string | undefined;
  readonly EASYPOST_API_BASE?: string | undefined;
  /** `fastest`, or the cheapest rate. */
  readonly CARRIER_CHOICE?: string | undefined;
};

/** @returns null where no such carrier is built in, or it is not configured. */
export function carrierNamed(name: string, settings: CarrierSettings): CarrierPort | null {
  if (name === manualCarrier.carrier) return manualCarrier;
  if (name === "easypost" && settings.EASYPOST_API_KEY !== undefined) {
    return easyPost({
      apiKey: settings.EASYPOST_API_KEY,
      apiBase: settings.EASYPOST_API_BASE,
      preference: settings.CARRIER_CHOICE === "fastest" ? "fastest" : "cheapest",
    });
  }
  return null;
}

/** @returns null where the carrier sends nothing, or nobody could tell whether it does. */
export function carrierWebhookNamed(name: string, settings: CarrierSettings): CarrierWebhookReader | null {
  const secrets = [settings.EASYPOST_WEBHOOK_SECRET, settings.EASYPOST_WEBHOOK_SECRET_PREVIOUS].filter(
    (secret) => secret !== undefined && secret !== "",
  ) as ReadonlyArray<string>;
  if (name !== "easypost" || secrets.length === 0) return null;
  return (bytes, headers) => readEasyPostEvent(secrets, bytes, headers);
}
