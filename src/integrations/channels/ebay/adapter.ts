import { createHash } from "node:crypto";

import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply, type ChannelRequest } from "../call.ts";
import { setAfterComparing } from "../compare-first.ts";
import type {
  ChannelAccess,
  ChannelAdapter,
  ChannelFailure,
  Delivery,
  DeliveryContent,
  Listing,
  PushOutcome,
  QuantityPush,
  ShippedParcel,
} from "../port.ts";
import { at, idAt, listAt, parseExact, skuAt, textAt, timeAt, unitsAt } from "../reading.ts";
import { tokenFor } from "../tokens.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { readEbayOrder } from "./order.ts";
import { tellRefunded } from "./refund.ts";
import { isSignedByEbay, readSignatureHeader } from "./signature.ts";

const settings = z.strictObject({
  endpoint: z
    .url({ protocol: /^https$/ })
    .max(300)
    .describe("The address that eBay was given for its notifications, exactly."),
  language: z
    .string()
    .regex(/^[a-z]{2}-[A-Z]{2}$/)
    .default("en-US"),
});
const secrets = z.strictObject({
  client_id: z.string().min(4).max(500),
  client_secret: z.string().min(8).max(500),
  refresh_token: z.string().min(8).max(4_000),
  verification_token: z.string().regex(/^[A-Za-z0-9_-]{32,80}$/),
});

const API = "https://api.ebay.com";
const KEYS_MAX = 50;
/** Public keys do not change under their id. */
const publicKeys = new Map<string, string>();

async function askEbay(
  access: ChannelAccess,
  method: ChannelRequest["method"],
  path: string,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const { client_id: id = "", client_secret: secret = "", refresh_token: refresh = "" } = access.secrets;
  const token = await tokenFor(access, "seller", {
    url: `${API}/identity/v1/oauth2/token`,
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    form: { grant_type: "refresh_token", refresh_token: refresh },
  });
  if (!token.ok) return token;
  const reply = await call(access, {
    method,
    url: `${API}${path}`,
    headers: {
      authorization: `Bearer ${token.value}`,
      ...(body === undefined ? {} : { "content-language": String(access.settings["language"]) }),
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok || isDone(reply.value) || reply.value.status === 404) return reply;
  return err(refusedWith(reply.value, "errors", 0, "message"));
}

async function publicKey(access: ChannelAccess, keyId: string): Promise<string | null> {
  const known = publicKeys.get(keyId);
  if (known !== undefined) return known;
  const { client_id: id = "", client_secret: secret = "" } = access.secrets;
  const token = await tokenFor(access, "application", {
    url: `${API}/identity/v1/oauth2/token`,
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    form: { grant_type: "client_credentials", scope: `${API}/oauth/api_scope` },
  });
  const asked = token.ok
    ? await call(access, {
        method: "GET",
        url: `${API}/commerce/notification/v1/public_key/${keyId}`,
        headers: { authorization: `Bearer ${token.value}` },
      })
    : token;
  // Nobody knows whether the signature is right: eBay has to come again.
  if (!asked.ok && asked.error.code !== "refused") throw new EbayKeyUnavailable();
  const key = asked.ok && isDone(asked.value) ? textAt(asked.value.body, "key") : null;
  if (key === null) return null;
  if (publicKeys.size >= KEYS_MAX) publicKeys.clear();
  publicKeys.set(keyId, key);
  return key;
}

/** The key that a delivery is signed with cannot be had now. `retryable` has the sender told 503. */
class EbayKeyUnavailable extends Error {
  override readonly name = "EbayKeyUnavailable";
  readonly retryable = true;
}

export const ebay: ChannelAdapter = {
  platform: "ebay",
  settings,
  secrets,
  pushMax: 25,
  revisionsPerDay: 250,
  async verify({ headers, bytes }, access) {
    const header = headers.get("x-ebay-signature");
    if (header === null) return err("signature_missing");
    const read = readSignatureHeader(header);
    const key = read === null ? null : await publicKey(access, read.keyId);
    if (read === null || key === null) return err("signature_wrong");
    return (await isSignedByEbay(key, read.signature, bytes)) ? ok(null) : err("signature_wrong");
  },
  read: readDelivery,
  challenge(url, access) {
    const code = url.searchParams.get("challenge_code");
    if (code === null) return null;
    const { verification_token: token = "" } = access.secrets;
    const endpoint = String(access.settings["endpoint"]);
    return JSON.stringify({
      challengeResponse: createHash("sha256").update(`${code}${token}${endpoint}`).digest("hex"),
    });
  },
  async test(access) {
    const asked = await askEbay(access, "GET", "/sell/fulfillment/v1/order?limit=1");
    if (!asked.ok) return asked;
    return ok({ account: textAt(asked.value.body, "orders", 0, "sellerId") ?? "the seller of this token" });
  },
  async readListings(access, cursor) {
    const offset = Number(cursor ?? "0");
    const asked = await askEbay(
      access,
      "GET",
      `/sell/inventory/v1/inventory_item?limit=100&offset=${offset}`,
    );
    if (!asked.ok) return asked;
    const found = listAt(asked.value.body, "inventoryItems");
    const items = found.flatMap((item): Array<Listing> => {
      const sku = idAt(item, "sku");
      if (sku === null) return [];
      return [
        {
          externalId: sku,
          sku: skuAt(item, "sku"),
          barcode: textAt(item, "product", "ean", 0) ?? textAt(item, "product", "upc", 0),
          title: textAt(item, "product", "title") ?? sku,
          stockId: sku,
          quantity: unitsAt(item, "availability", "shipToLocationAvailability", "quantity"),
        },
      ];
    });
    return ok({ items, next: found.length < 100 ? null : String(offset + 100) });
  },
  async fetchOrder(access, externalId) {
    const asked = await askEbay(access, "GET", `/sell/fulfillment/v1/order/${externalId}`);
    if (!asked.ok) return asked;
    return ok(asked.value.status === 404 ? null : readEbayOrder(asked.value.body));
  },
  async changedOrders(access, sinceMs, cursor) {
    const offset = Number(cursor ?? "0");
    const filter = encodeURIComponent(`lastmodifieddate:[${new Date(sinceMs).toISOString()}..]`);
    const asked = await askEbay(
      access,
      "GET",
      `/sell/fulfillment/v1/order?filter=${filter}&limit=200&offset=${offset}`,
    );
    if (!asked.ok) return asked;
    const found = listAt(asked.value.body, "orders");
    const items = found.flatMap((order) => {
      const externalId = idAt(order, "orderId");
      return externalId === null
        ? []
        : [{ externalId, updatedAtMs: timeAt(order, "lastModifiedDate") ?? sinceMs }];
    });
    return ok({ items, next: found.length < 200 ? null : String(offset + 200) });
  },
  setQuantities: (access, pushes) =>
    setAfterComparing(
      pushes,
      (compared) => ebay.readQuantities(access, compared),
      (open) => setOpen(access, open),
    ),
  async readQuantities(access, listings) {
    const quantities = new Map<string, number>();
    const requests = listings.map(({ listing }) => ({ sku: listing }));
    const asked = await askEbay(access, "POST", "/sell/inventory/v1/bulk_get_inventory_item", { requests });
    if (!asked.ok) return asked;
    for (const response of listAt(asked.value.body, "responses")) {
      const sku = idAt(response, "sku");
      const quantity = unitsAt(
        response,
        "inventoryItem",
        "availability",
        "shipToLocationAvailability",
        "quantity",
      );
      if (sku !== null && quantity !== null) quantities.set(sku, quantity);
    }
    return ok(quantities);
  },
  tellShipped,
  tellRefunded: (access, externalId, refund) =>
    tellRefunded((method, path, body) => askEbay(access, method, path, body), externalId, refund),
  async tellCanceled() {
    return err({ code: "refused", reason: "cancel the order at eBay: its Fulfillment API takes no cancel" });
  },
};

function readDelivery({ bytes }: Delivery): DeliveryContent {
  const body = parseExact(new TextDecoder().decode(bytes));
  if (typeof body !== "object" || body === null) return unreadableDelivery();
  if (at(body, "lineItems") !== undefined) {
    return { kind: "orders", orders: [{ externalId: idAt(body, "orderId"), order: readEbayOrder(body) }] };
  }
  const changed =
    idAt(body, "notification", "data", "orderId") ?? idAt(body, "notification", "data", "order", "orderId");
  if (changed !== null) return { kind: "order_changed", externalId: changed };
  // Also the deletion of a marketplace account: we keep nothing under eBay's names of buyers.
  return { kind: "ignored", because: textAt(body, "metadata", "topic") ?? "no topic" };
}

async function setOpen(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const requests = pushes.map(({ listing, quantity }) => ({
    sku: listing,
    shipToLocationAvailability: { quantity },
  }));
  const asked = await askEbay(access, "POST", "/sell/inventory/v1/bulk_update_price_quantity", { requests });
  if (!asked.ok) return asked;
  const responses = new Map(
    listAt(asked.value.body, "responses").map((response) => [textAt(response, "sku"), response]),
  );
  return ok(
    pushes.map(({ listing }): PushOutcome => {
      const response = responses.get(listing);
      const status = unitsAt(response, "statusCode") ?? 0;
      if (status >= 200 && status < 300) return { status: "set" };
      return {
        status: "refused",
        reason: (textAt(response, "errors", 0, "message") ?? "did not take it").slice(0, 200),
      };
    }),
  );
}

async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const path = `/sell/fulfillment/v1/order/${externalId}/shipping_fulfillment`;
  const told = await askEbay(access, "GET", path);
  if (!told.ok) return told;
  const number = parcel.trackingNumber?.replaceAll(/[^A-Za-z0-9]/g, "") ?? null;
  const isTold = listAt(told.value.body, "fulfillments").some(
    (fulfillment) => textAt(fulfillment, "shipmentTrackingNumber") === number,
  );
  if (number !== null && isTold) return ok(null);
  const asked = await askEbay(access, "POST", path, {
    lineItems: parcel.lines.map(({ externalLineId, quantity }) => ({ lineItemId: externalLineId, quantity })),
    shippedDate: new Date(parcel.shippedAtMs).toISOString(),
    ...(number === null ? {} : { shippingCarrierCode: parcel.carrier, trackingNumber: number }),
  });
  if (!asked.ok) return asked;
  return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "errors", 0, "message"));
}
