import type { QueueName } from "../contract/queue.ts";
import { findAnswer, keepAnswer, type StoredAnswer } from "../db/answers.ts";
import { findLocation, type LocationRow } from "../db/catalogue.ts";
import { createDb, type Db } from "../db/client.ts";
import { findKeyByHash, findRegisteredOrigins } from "../db/keys.ts";
import type { LocationCode, Sku } from "../domain/brand.ts";
import { ratePreferences, type RatePreference } from "../domain/fulfillment/choose-rate.ts";
import { composeId, encodeBytes, type IdPrefix } from "../domain/ids.ts";
import type { SkuPort } from "../domain/inventory/sku-port.ts";
import type { BrandIdentity } from "../domain/messages/brand-identity.ts";
import type { MessageContent } from "../domain/messages/content.ts";
import type { Language } from "../domain/messages/message.ts";
import type { TargetPolicy } from "../domain/webhooks/target.ts";
import { boardClient } from "../durable-objects/board/client.ts";
import type { BoardPort, BoardTopic } from "../durable-objects/board/port.ts";
import { connectionClient, type ConnectionHealth } from "../durable-objects/connection/client.ts";
import { gateClient, type GateAddress } from "../durable-objects/gate/client.ts";
import type { GatePort, LiveShow } from "../durable-objects/gate/port.ts";
import { orderDeskClient, type OrderDesk } from "../durable-objects/order-desk/client.ts";
import { skuClient } from "../durable-objects/sku/client.ts";
import { skuOnNeed } from "../durable-objects/sku/sku-on-need.ts";
import type { CarrierPort, CarrierWebhookReader } from "../integrations/carriers/port.ts";
import {
  carrierNamed,
  carriersIn,
  carrierWebhookNamed,
  type CarrierSettings,
} from "../integrations/carriers/registry.ts";
import type { HumanCheck } from "../integrations/human-checks/port.ts";
import { turnstileCheck } from "../integrations/human-checks/turnstile.ts";
import type { MailPort, MailWebhookReader } from "../integrations/mail/port.ts";
import { mailOf, mailWebhookNamed, type MailSettings } from "../integrations/mail/registry.ts";
import type { PaymentPort } from "../integrations/payments/port.ts";
import { paymentProviderNamed, type PaymentSettings } from "../integrations/payments/registry.ts";
import { httpSender } from "../integrations/webhooks/http-sender.ts";
import type { WebhookSender } from "../integrations/webhooks/port.ts";
import { createBuyerTokens, type BuyerTokens } from "./http/buyer-token.ts";
import { platformLimits, unlimited, type PageLimits } from "./http/page-limits.ts";
import type { KeyLookup } from "./http/principal.ts";
import { readLiveShow } from "./live-shows.ts";
import { mailHtml } from "./messages/mail-html.tsx";
import { mailText } from "./messages/mail-text.ts";
import { sealingWith, type Sealing } from "./sealing.ts";
import { rememberedShippingMethods, type ShippingMethods } from "./shipping-methods.ts";
import { unsubscribeLinks, type UnsubscribeLinks } from "./unsubscribe-links.ts";
import { channelPayments } from "./use-cases/channel-payments.ts";

/** How long an outside system may take to answer. */
const OUTSIDE_MS_MAX = 10_000;

/** What use cases are given: their ports, filled in. Tests build their own. */
export type Services = {
  readonly nowMs: () => number;
  readonly newId: (prefix: IdPrefix) => string;
  readonly db: Db;
  readonly findKey: KeyLookup;
  /** The origins whose pages may use some publishable key. */
  readonly registeredOrigins: () => Promise<ReadonlyArray<string>>;
  /** Null where no secret is configured that could sign them. */
  readonly buyerTokens: BuyerTokens | null;
  /** Null where no check is configured. */
  readonly humanCheck: HumanCheck | null;
  readonly pageLimits: PageLimits;
  readonly answers: {
    readonly find: (scope: string) => Promise<StoredAnswer | null>;
    /** Stores an answer, unless one is there; returns the one that is. */
    readonly keep: (answer: StoredAnswer) => Promise<StoredAnswer>;
  };
  readonly sku: (sku: Sku) => SkuPort;
  /** The gate that a caller goes through. */
  readonly gate: (address: GateAddress) => GatePort;
  /** What people watch on the dashboard. */
  readonly board: (topic: BoardTopic) => BoardPort;
  /** What gates have to know of a show; as it was a few seconds ago at most. Null where there is none. */
  readonly liveShow: (code: string) => Promise<LiveShow | null>;
  readonly locationNamed: (code: LocationCode) => Promise<LocationRow | null>;
  /** Where orders are written to D1, many at a time. */
  readonly orderDesk: OrderDesk;
  /** @returns null where no such provider is configured. */
  readonly paymentProvider: (name: string) => PaymentPort | null;
  /** Whose word is taken for a payment that no provider vouches for. */
  readonly paymentsOnTrust: "secret_keys" | "any_key";
  readonly carrier: (name: string) => CarrierPort | null;
  readonly shippingMethods: ShippingMethods;
  /** Names of all carriers that are configured. */
  readonly carriers: () => ReadonlyArray<string>;
  /** Which of a carrier's rates is bought. */
  readonly ratePreference: RatePreference;
  /** The carrier that is asked about every order's address; null where none is. */
  readonly addressChecker: string | null;
  /** Whom new parcels are given to. */
  readonly carrierOfParcels: string;
  /** @returns null where the carrier sends nothing, or nobody could tell whether it does. */
  readonly carrierWebhook: (name: string) => CarrierWebhookReader | null;
  /** Success, failures and circuit state of one connection to an outside system. */
  readonly connection: (name: string) => ConnectionHealth;
  /** Puts JSON messages on a queue, at most 100 a call; they are delivered after `delaySeconds`, or at once. */
  readonly send: (queue: QueueName, bodies: ReadonlyArray<unknown>, delaySeconds?: number) => Promise<void>;
  /** How messages leave for the merchant's own systems, and where to they may. */
  readonly webhooks: WebhookSender;
  readonly webhookTargets: TargetPolicy;
  /** How messages leave for buyers; null where none are sent. */
  readonly mail: MailPort | null;
  /** @returns null where the provider sends nothing, or nobody could tell whether it does. */
  readonly mailWebhook: (name: string) => MailWebhookReader | null;
  /** What a message looks like. */
  readonly mailForm: MailForm;
  /** Null where nobody could refuse a message, because no link can be signed or reached. */
  readonly unsubscribe: UnsubscribeLinks | null;
  readonly fulfillmentMode: "automatic" | "manual";
  /** Encrypts the secrets of connections; null where the Worker has no key for it. */
  readonly sealing: Sealing | null;
  /** Calls an outside system; rejects where it does not answer within ten seconds. */
  readonly fetchOutside: (request: Request) => Promise<Response>;
  readonly pause: (durationMs: number) => Promise<void>;
  /** Lets work go on after the answer. */
  readonly background: (work: Promise<unknown>) => void;
};

export type MailForm = {
  readonly html: (content: MessageContent, brand: BrandIdentity, language: Language) => string;
  readonly text: (content: MessageContent) => string;
};

const portsOf = new WeakMap<Env, Omit<Services, "background">>();

/** The ports are made once for each set of bindings: making them costs a request more than its checks. */
export function createServices(env: Env, background: (work: Promise<unknown>) => void): Services {
  let ports = portsOf.get(env);
  if (ports === undefined) {
    ports = createPorts(env);
    portsOf.set(env, ports);
  }
  return { ...ports, background };
}

function createPorts(env: Env): Omit<Services, "background"> {
  const db = createDb(env.DB);
  const nowMs = () => Date.now();
  // Secrets are set on the Worker, and may be absent.
  const secret = (name: string) => (env as unknown as Readonly<Record<string, string | undefined>>)[name];
  const carrierSettings = env as unknown as CarrierSettings;
  const clock = { nowMs, pause: (durationMs: number) => scheduler.wait(durationMs) };
  const turnstileSecret = secret("TURNSTILE_SECRET");
  const ports: Omit<Services, "background"> = {
    nowMs,
    newId: (prefix) =>
      composeId(prefix, nowMs(), encodeBytes(crypto.getRandomValues(new Uint8Array(10)), 16)),
    db,
    findKey: (hash) => findKeyByHash(db, hash),
    registeredOrigins: () => findRegisteredOrigins(db),
    buyerTokens: createBuyerTokens([secret("BUYER_TOKEN_SECRET"), secret("BUYER_TOKEN_SECRET_PREVIOUS")]),
    humanCheck:
      turnstileSecret === undefined ? null : turnstileCheck(turnstileSecret, (...asked) => fetch(...asked)),
    pageLimits:
      env.PAGE_LIMITS === "on" ? platformLimits(env.PAGE_KEY_LIMIT, env.PAGE_ADDRESS_LIMIT) : unlimited,
    answers: {
      find: (scope) => findAnswer(db, scope),
      keep: (stored) => keepAnswer(db, stored, nowMs()),
    },
    sku: (sku) => skuOnNeed(skuClient(env, sku), db, sku),
    gate: (address) => gateClient(env, address),
    board: (topic) => boardClient(env, topic),
    liveShow: (code) => readLiveShow(db, code, nowMs()),
    locationNamed: (code) => findLocation(db, code),
    orderDesk: orderDeskClient(env),
    paymentProvider: (name) =>
      paymentProviderNamed(name, env as unknown as PaymentSettings) ?? channelPayments(ports, name),
    paymentsOnTrust: env.PAYMENTS_ON_TRUST === "any_key" ? "any_key" : "secret_keys",
    carrier: (name) => carrierNamed(name, carrierSettings, clock),
    shippingMethods: rememberedShippingMethods(db, nowMs),
    carriers: () => carriersIn(carrierSettings, clock),
    ratePreference: ratePreferences.find((known) => known === (env.CARRIER_CHOICE as string)) ?? "cheapest",
    addressChecker: (env.ADDRESS_CHECKER as string) === "" ? null : env.ADDRESS_CHECKER,
    carrierOfParcels: env.CARRIER,
    carrierWebhook: (name) => carrierWebhookNamed(name, carrierSettings, clock),
    connection: (name) => connectionClient(env, name),
    send: async (queue, bodies, delaySeconds = 0) => {
      await queueBinding(env, queue).sendBatch(
        bodies.map((body) => ({ body, contentType: "json" as const })),
        { delaySeconds },
      );
    },
    webhooks: httpSender,
    webhookTargets: env.WEBHOOK_TARGETS === ("any" as string) ? "any" : "public",
    mail: mailOf(env.MAIL_PROVIDER, env as unknown as MailSettings),
    mailWebhook: (name) => mailWebhookNamed(name, env as unknown as MailSettings),
    mailForm: { html: mailHtml, text: mailText },
    unsubscribe: unsubscribeLinks(secret("HOLDFAST_SECRETS_KEY"), env.PUBLIC_URL),
    fulfillmentMode: env.FULFILLMENT_MODE === ("manual" as string) ? "manual" : "automatic",
    sealing: sealingWith((env as { readonly HOLDFAST_SECRETS_KEY?: string }).HOLDFAST_SECRETS_KEY),
    fetchOutside: (request) => fetch(request, { signal: AbortSignal.timeout(OUTSIDE_MS_MAX) }),
    pause: (durationMs) => scheduler.wait(durationMs),
  };
  return ports;
}

function queueBinding(env: Env, queue: QueueName): Queue {
  switch (queue) {
    case "fulfillment":
      return env.FULFILLMENT_QUEUE;
    case "channel-sync":
      return env.CHANNEL_SYNC_QUEUE;
    case "notifications":
      return env.NOTIFICATIONS_QUEUE;
    case "webhooks":
      return env.WEBHOOKS_QUEUE;
  }
}
