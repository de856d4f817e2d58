/* oxlint-disable typescript/no-explicit-any -- payloads of others are read as they come */
import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { createDb } from "../../src/db/client.ts";
import type { Platform } from "../../src/domain/channels/channel-order.ts";
import { sealingWith } from "../../src/worker/sealing.ts";
import type { Services } from "../../src/worker/services.ts";
import { secretsOwner } from "../../src/worker/use-cases/channel-access.ts";
import { findChannelWebhook } from "../../src/worker/use-cases/receive-delivery.ts";
import { nodeD1 } from "../support/node-d1.ts";

export const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");
const encoder = new TextEncoder();
export const bytesOf = (text: string) => encoder.encode(text) as Uint8Array<ArrayBuffer>;

/** Every JSON file below a folder, whatever it is called. */
export function jsonFiles(folder: string): Array<string> {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => path.join(folder, name));
}

export function read(file: string): { readonly text: string; readonly json: any } {
  const text = readFileSync(file, "utf8");
  try {
    return { text, json: JSON.parse(text) };
  } catch {
    // Some documentation is no JSON: it is sent as it stands, and has to be refused like anything else.
    return { text, json: text };
  }
}

export type Payload = {
  readonly name: string;
  readonly body: string;
  readonly headers: Record<string, string>;
};

const SECRET = "a secret of the conformance tests";
const URL_OF_HOOK = "https://holdfast.example/webhooks/conformance";
const hmac = (text: string, encoding: "base64" | "hex") =>
  createHmac("sha256", SECRET).update(text).digest(encoding);

/** What is configured for each platform, and how it signs. */
export const platforms: Readonly<
  Record<
    Platform,
    {
      readonly settings: object;
      readonly secrets: object;
      readonly sign: (body: string) => Record<string, string>;
    }
  >
> = {
  shopify: {
    settings: { shop: "conformance.myshopify.com", location_id: "655441491" },
    secrets: { webhook_secret: SECRET, access_token: "a token" },
    sign: (body) => ({ "x-shopify-hmac-sha256": hmac(body, "base64") }),
  },
  woocommerce: {
    settings: { url: "https://conformance.example.com" },
    secrets: { webhook_secret: SECRET, consumer_key: "ck_345678", consumer_secret: "cs_345678" },
    sign: (body) => ({ "x-wc-webhook-signature": hmac(body, "base64") }),
  },
  amazon: {
    settings: {
      region: "eu",
      seller_id: "A3TH9S8BH6GOGM",
      marketplace_id: "A1PA6795UKMFR9",
      product_type: "PRODUCT",
    },
    secrets: {
      client_id: "a client",
      client_secret: "a client secret",
      refresh_token: "a token",
      webhook_secret: SECRET,
    },
    sign: () => ({ "x-api-key": SECRET }),
  },
  ebay: {
    settings: { endpoint: URL_OF_HOOK, language: "en-US" },
    secrets: {
      client_id: "a client",
      client_secret: "a client secret",
      refresh_token: "a token",
      verification_token: "t".repeat(40),
    },
    sign: () => ({}),
  },
  tiktok: {
    settings: { shop_cipher: "cipher", warehouse_id: "1" },
    secrets: { app_key: "abcdef", app_secret: SECRET, refresh_token: "a token" },
    sign: (body) => ({ authorization: hmac(`abcdef${body}`, "hex") }),
  },
  whatnot: {
    settings: {},
    secrets: { access_token: "a token", webhook_secret: Buffer.from(SECRET).toString("base64") },
    sign: (body) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1790000000",
      "webhook-signature": `v1,${hmac(`msg_1.1790000000.${body}`, "base64")}`,
    }),
  },
  csv: {
    settings: { currency: "EUR" },
    secrets: { webhook_secret: SECRET },
    sign: () => ({ "x-api-key": SECRET }),
  },
  square: {
    settings: { location_id: "L88917AVBK2S5", notification_url: URL_OF_HOOK },
    secrets: { access_token: "a token", signature_key: SECRET },
    sign: (body) => ({ "x-square-hmacsha256-signature": hmac(`${URL_OF_HOOK}${body}`, "base64") }),
  },
};

/** Files of a platform as it would send them. A file that holds something else is sent all the same. */
export function payloadsOf(platform: Platform): Array<Payload> {
  const payload = (name: string, value: unknown, topic: Record<string, string> = {}): Payload => {
    const body = typeof value === "string" ? value : JSON.stringify(value);
    return { name, body, headers: { ...topic, ...platforms[platform].sign(body) } };
  };
  const folder = path.join(data, platform);
  switch (platform) {
    case "shopify":
      return jsonFiles(folder)
        .filter((file) => !/schemas|introspection|\/reference\//.test(file))
        .flatMap((file) => {
          const { json } = read(file);
          const parts = path.relative(folder, file).split(path.sep);
          const kind = parts.at(-2) ?? "";
          if (json.response !== undefined)
            return [payload(file, json.response, { "x-shopify-topic": json.name })];
          const list = Array.isArray(json.orders) ? json.orders : [json.order ?? json];
          const topic =
            kind === "orders" || json.order !== undefined || json.orders !== undefined
              ? "orders/updated"
              : `${kind}/update`;
          return list.map((each: unknown) => payload(file, each, { "x-shopify-topic": topic }));
        });
    case "woocommerce":
      return jsonFiles(folder).flatMap((file) => {
        const { json } = read(file);
        const body = json.response ?? json.data ?? json;
        const isOrder = (each: any) => each?.line_items !== undefined;
        return (Array.isArray(body) ? body : [body]).map((each) =>
          payload(file, each, { "x-wc-webhook-topic": isOrder(each) ? "order.updated" : "product.updated" }),
        );
      });
    case "amazon":
      return [
        ...jsonFiles(path.join(folder, "notification_examples")).flatMap((file) => {
          const { json } = read(file);
          return (Array.isArray(json) ? json : [json]).map((each: unknown) => payload(file, each));
        }),
        ...jsonFiles(path.join(folder, "sandbox_examples"))
          .filter((file) => file.includes("orders"))
          .flatMap((file) => read(file).json.map((each: any) => payload(file, each.response ?? {}))),
      ];
    case "ebay":
    case "whatnot":
    case "csv":
      return [];
    case "tiktok":
      return jsonFiles(folder).flatMap((file) => {
        const { json } = read(file);
        return json.vectors === undefined
          ? [payload(file, json)]
          : json.vectors.map((each: any) => payload(file, each.raw_body));
      });
    case "square":
      return jsonFiles(folder).map((file) => {
        const { json } = read(file);
        return payload(file, json.example ?? json);
      });
  }
}

/** The engine around a database in memory, with one connection. */
export async function conformanceWorld(platform: Platform) {
  const { d1, sqlite } = nodeD1();
  const sealing = sealingWith("0123456789abcdef0123456789abcdef");
  const db = createDb(d1);
  const sealed = await sealing?.seal(
    JSON.stringify(platforms[platform].secrets),
    secretsOwner("conformance"),
  );
  sqlite
    .prepare(
      `INSERT INTO connection (code, platform, name, status, settings, secrets, secret_names, rule, shortfall, orders_since_ms,
         polled_at_ms, compared_at_ms, version, created_at_ms, updated_at_ms)
       VALUES ('conformance', ?, 'test', 'active', ?, ?, '[]', '{}', 'hold', 0, 0, 0, 1, 0, 0)`,
    )
    .run(platform, JSON.stringify({ ...platforms[platform].settings, locations: {} }), sealed ?? "");
  const released: Array<Promise<unknown>> = [];
  const services = {
    db,
    sealing,
    nowMs: () => 1_790_000_000_000,
    fetchOutside: async () => new Response("", { status: 500 }),
    send: async () => {},
    background: (work: Promise<unknown>) => void released.push(work),
    sku: () => ({ releaseOrder: async () => ({ ok: true }) }),
    paymentProvider: () => null,
    carrier: () => null,
  } as unknown as Services;
  return {
    sqlite,
    know: (sku: string) =>
      sqlite
        .prepare(
          `INSERT OR IGNORE INTO sku (sku, title, backorder_limit, tax_rate_bps, attributes, version, created_at_ms, updated_at_ms)
           VALUES (?, 'test', 0, 0, '{}', 1, 0, 0)`,
        )
        .run(sku),
    deliver: async ({ body, headers }: Payload) => {
      const handler = await findChannelWebhook(services, "conformance");
      const outcome = await handler?.({
        connection: "conformance",
        url: URL_OF_HOOK,
        bytes: bytesOf(body),
        headers: new Headers(headers),
      });
      return outcome?.status;
    },
    /** What became of everything, without the times at which we wrote it. */
    state: () => ({
      taken: sqlite
        .prepare(
          "SELECT external_id, outcome, reason, detail, stated_at_ms, rank, digest FROM channel_order ORDER BY external_id",
        )
        .all(),
      orders: sqlite
        .prepare(
          "SELECT external_id, status, payment_status, currency, total, channel FROM orders WHERE status <> 'canceled' ORDER BY external_id",
        )
        .all(),
    }),
  };
}
