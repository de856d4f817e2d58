import { easyPost } from "./easypost/easypost.ts";
import { readEasyPostEvent } from "./easypost/tracking.ts";
import { fedEx } from "./fedex/fedex.ts";
import { manualCarrier } from "./manual.ts";
import type { CarrierPort, CarrierWebhookReader } from "./port.ts";
import { shippo } from "./shippo/shippo.ts";
import { shippoWebhookReader } from "./shippo/tracking.ts";
import { ups } from "./ups/ups.ts";

/** What carriers need to know, each of them absent where it is not set. Secrets of the Worker. */
type Setting =
  | "EASYPOST_API_KEY"
  | "EASYPOST_WEBHOOK_SECRET"
  // While a secret is replaced, both count.
  | "EASYPOST_WEBHOOK_SECRET_PREVIOUS"
  | "EASYPOST_API_BASE"
  | "SHIPPO_API_TOKEN"
  | "SHIPPO_WEBHOOK_TOKEN"
  | "SHIPPO_WEBHOOK_TOKEN_PREVIOUS"
  | "SHIPPO_WEBHOOK_HMAC_SECRET"
  | "SHIPPO_API_BASE"
  | "UPS_CLIENT_ID"
  | "UPS_CLIENT_SECRET"
  | "UPS_ACCOUNT_NUMBER"
  | "UPS_API_BASE"
  | "FEDEX_CLIENT_ID"
  | "FEDEX_CLIENT_SECRET"
  | "FEDEX_ACCOUNT_NUMBER"
  | "FEDEX_TRACK_CLIENT_ID"
  | "FEDEX_TRACK_CLIENT_SECRET"
  | "FEDEX_API_BASE";
export type CarrierSettings = { readonly [Name in Setting]?: string | undefined };

/** What a carrier is given beside its settings. */
export type CarrierClock = {
  readonly nowMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
};

type Registered = {
  /** Null where it is not configured. */
  readonly open: (settings: CarrierSettings, clock: CarrierClock) => CarrierPort | null;
  /** Null where it sends nothing, or nobody could tell whether it does. */
  readonly webhook?: (settings: CarrierSettings, clock: CarrierClock) => CarrierWebhookReader | null;
};

/** Every carrier that is built in. A new one is a folder and an entry here. */
const carriers: Readonly<Record<string, Registered>> = {
  manual: { open: () => manualCarrier },
  easypost: {
    open: ({ EASYPOST_API_KEY: apiKey, EASYPOST_API_BASE: apiBase }) =>
      apiKey ? easyPost({ apiKey, apiBase }) : null,
    webhook: (settings) => {
      const secrets = given(settings.EASYPOST_WEBHOOK_SECRET, settings.EASYPOST_WEBHOOK_SECRET_PREVIOUS);
      return secrets.length === 0 ? null : ({ bytes, headers }) => readEasyPostEvent(secrets, bytes, headers);
    },
  },
  shippo: {
    open: ({ SHIPPO_API_TOKEN: token, SHIPPO_API_BASE: apiBase }, { pause }) =>
      token ? shippo({ token, apiBase, pause }) : null,
    webhook: (settings, { nowMs }) => {
      const tokens = given(settings.SHIPPO_WEBHOOK_TOKEN, settings.SHIPPO_WEBHOOK_TOKEN_PREVIOUS);
      const hmacSecret = settings.SHIPPO_WEBHOOK_HMAC_SECRET || undefined;
      if (tokens.length === 0 && hmacSecret === undefined) return null;
      const isLive = settings.SHIPPO_API_TOKEN?.startsWith("shippo_live_") === true;
      return shippoWebhookReader({ tokens, hmacSecret, isLive }, nowMs);
    },
  },
  ups: {
    open: (settings, { nowMs }) => {
      const { UPS_CLIENT_ID: clientId, UPS_CLIENT_SECRET: clientSecret } = settings;
      const { UPS_ACCOUNT_NUMBER: accountNumber, UPS_API_BASE: apiBase } = settings;
      if (!clientId || !clientSecret || !accountNumber) return null;
      return ups({ clientId, clientSecret, accountNumber, apiBase, nowMs });
    },
  },
  fedex: {
    open: (settings, { nowMs }) => {
      const { FEDEX_CLIENT_ID: clientId, FEDEX_CLIENT_SECRET: clientSecret } = settings;
      const { FEDEX_ACCOUNT_NUMBER: accountNumber, FEDEX_API_BASE: apiBase } = settings;
      const { FEDEX_TRACK_CLIENT_ID: trackId, FEDEX_TRACK_CLIENT_SECRET: trackSecret } = settings;
      if (!clientId || !clientSecret || !accountNumber) return null;
      const tracking = trackId && trackSecret ? { clientId: trackId, clientSecret: trackSecret } : null;
      return fedEx({ clientId, clientSecret, accountNumber, tracking, apiBase, nowMs });
    },
  },
};

/** @returns null where no such carrier is built in, or it is not configured. */
export function carrierNamed(
  name: string,
  settings: CarrierSettings,
  clock: CarrierClock,
): CarrierPort | null {
  return Object.hasOwn(carriers, name) ? (carriers[name]?.open(settings, clock) ?? null) : null;
}

/** @returns null where the carrier sends nothing, or nobody could tell whether it does. */
export function carrierWebhookNamed(
  name: string,
  settings: CarrierSettings,
  clock: CarrierClock,
): CarrierWebhookReader | null {
  return Object.hasOwn(carriers, name) ? (carriers[name]?.webhook?.(settings, clock) ?? null) : null;
}

/** The names of all carriers that are configured. */
export function carriersIn(settings: CarrierSettings, clock: CarrierClock): ReadonlyArray<string> {
  return Object.keys(carriers).filter((name) => carrierNamed(name, settings, clock) !== null);
}

function given(...secrets: ReadonlyArray<string | undefined>): ReadonlyArray<string> {
  return secrets.filter((secret) => secret !== undefined && secret !== "") as ReadonlyArray<string>;
}
