import { createHmac } from "node:crypto";

import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply } from "../call.ts";
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
import { at, idAt, listAt, parseExact, skuAt, textAt, unitsAt } from "../reading.ts";
import { concatBytes, decodeHex, isHmacSha256 } from "../signature.ts";
import { tokenFor } from "../tokens.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { readTiktokOrder } from "./order.ts";

const settings = z.strictObject({
  shop_cipher: z.string().min(4).max(200),
  warehouse_id: z
    .string()
    .regex(/^\d{1,30}$/)
    .describe("The warehouse that is told our quantities."),
  shipping_provider_id: z
    .string()
    .regex(/^\d{1,30}$/)
    .optional()
    .describe("Who carries parcels that we label ourselves."),
});
const secrets = z.strictObject({
  app_key: z.string().min(4).max(200),
  app_secret: z.string().min(3).max(500),
  refresh_token: z.string().min(8).max(4_000),
});

const API = "https://open-api.tiktokglobalshop.com";
/** Order status, address, package: each names an order. */
const ORDER_TYPES: ReadonlySet<string> = new Set(["1", "3", "4", "12"]);

/** Every call is signed over its path, its parameters in order, and its body. */
async function askTiktok(
  access: ChannelAccess,
  method: "GET" | "POST",
  path: string,
  parameters: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const { app_key: key = "", app_secret: secret = "", refresh_token: refresh = "" } = access.secrets;
  const grant = new URLSearchParams({
    app_key: key,
    app_secret: secret,
    refresh_token: refresh,
    grant_type: "refresh_token",
  });
  const token = await tokenFor(access, "seller", {
    url: `https://auth.tiktok-shops.com/api/v2/token/refresh?${grant.toString()}`,
    answer: {
      token: ["data", "access_token"],
      expiresAt: (answer) => Number(at(answer, "data", "access_token_expire_in") ?? 0) * 1000,
    },
  });
  if (!token.ok) return token;
  const query: Record<string, string> = {
    ...parameters,
    app_key: key,
    shop_cipher: String(access.settings["shop_cipher"]),
    timestamp: String(Math.floor(access.nowMs() / 1000)),
  };
  const sign = signRequest(secret, path, query, body === undefined ? "" : JSON.stringify(body));
  const reply = await call(access, {
    method,
    url: `${API}${path}?${new URLSearchParams({ ...query, sign }).toString()}`,
    headers: { "x-tts-access-token": token.value, "content-type": "application/json" },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok) return reply;
  if (!isDone(reply.value) || unitsAt(reply.value.body, "code") !== 0)
    return err(refusedWith(reply.value, "message"));
  return reply;
}

function signRequest(
  secret: string,
  path: string,
  query: Readonly<Record<string, string>>,
  body: string,
): string {
  const parameters = Object.keys(query)
    .toSorted()
    .map((name) => `${name}${query[name] ?? ""}`)
    .join("");
  return createHmac("sha256", secret).update(`${secret}${path}${parameters}${body}${secret}`).digest("hex");
}

export const tiktok: ChannelAdapter = {
  platform: "tiktok",
  settings,
  secrets,
  pushMax: 10,
  revisionsPerDay: null,
  async verify({ headers, bytes }, access) {
    const signature = headers.get("authorization");
    if (signature === null) return err("signature_missing");
    const { app_key: key = "", app_secret: secret = "" } = access.secrets;
    return (await isHmacSha256(secret, concatBytes(key, bytes), decodeHex(signature)))
      ? ok(null)
      : err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const asked = await askTiktok(access, "POST", "/order/202309/orders/search", { page_size: "1" }, {});
    return asked.ok ? ok({ account: String(access.settings["shop_cipher"]) }) : asked;
  },
  async readListings(access, cursor) {
    const page = cursor === null ? {} : { page_token: cursor };
    const asked = await askTiktok(
      access,
      "POST",
      "/product/202309/products/search",
      { page_size: "100", ...page },
      {},
    );
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "data", "products").flatMap((product) =>
      listAt(product, "skus").flatMap((sku): Array<Listing> => {
        const externalId = idAt(sku, "id");
        if (externalId === null) return [];
        return [
          {
            externalId,
            sku: skuAt(sku, "seller_sku"),
            barcode: null,
            title: textAt(product, "title") ?? externalId,
            stockId: `${idAt(product, "id") ?? ""}/${externalId}`,
            quantity: unitsAt(sku, "inventory", 0, "quantity"),
          },
        ];
      }),
    );
    return ok({ items, next: textAt(asked.value.body, "data", "next_page_token") });
  },
  async fetchOrder(access, externalId) {
    const asked = await askTiktok(access, "GET", "/order/202309/orders", { ids: externalId });
    if (!asked.ok) return asked;
    const order = at(asked.value.body, "data", "orders", 0);
    return ok(order === undefined ? null : readTiktokOrder(order));
  },
  async changedOrders(access, sinceMs, cursor) {
    const page = cursor === null ? {} : { page_token: cursor };
    const parameters = { page_size: "50", sort_field: "update_time", sort_order: "ASC", ...page };
    const wanted = { update_time_ge: Math.floor(sinceMs / 1000) };
    const asked = await askTiktok(access, "POST", "/order/202309/orders/search", parameters, wanted);
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "data", "orders").flatMap((order) => {
      const externalId = idAt(order, "id");
      const updated = Number(textAt(order, "update_time") ?? 0) * 1000;
      return externalId === null ? [] : [{ externalId, updatedAtMs: updated }];
    });
    return ok({ items, next: textAt(asked.value.body, "data", "next_page_token") });
  },
  setQuantities: (access, pushes) =>
    setAfterComparing(
      pushes,
      (compared) => tiktok.readQuantities(access, compared),
      (open) => setOpen(access, open),
    ),
  async readQuantities(access, listings) {
    const quantities = new Map<string, number>();
    const ids = listings.map(({ listing }) => listing);
    const asked = await askTiktok(access, "POST", "/product/202309/inventory/search", {}, { sku_ids: ids });
    if (!asked.ok) return asked;
    const skus = listAt(asked.value.body, "data", "inventory").flatMap((product) => listAt(product, "skus"));
    for (const sku of skus) {
      const id = idAt(sku, "id");
      const quantity = unitsAt(sku, "total_available_quantity");
      if (id !== null && quantity !== null) quantities.set(id, quantity);
    }
    return ok(quantities);
  },
  tellShipped,
  async tellCanceled() {
    return err({
      code: "refused",
      reason: "cancel the order in Seller Center, with the reason that it wants",
    });
  },
};

function readDelivery({ bytes }: Delivery): DeliveryContent {
  const body = parseExact(new TextDecoder().decode(bytes));
  if (typeof body !== "object" || body === null) return unreadableDelivery();
  const orders = listAt(body, "data", "orders");
  if (orders.length > 0) {
    return {
      kind: "orders",
      orders: orders.map((order) => ({ externalId: idAt(order, "id"), order: readTiktokOrder(order) })),
    };
  }
  const type = textAt(body, "type") ?? "";
  const changed = idAt(body, "data", "order_id");
  if (changed !== null && ORDER_TYPES.has(type)) return { kind: "order_changed", externalId: changed };
  return type === "6" ? { kind: "disconnected" } : { kind: "ignored", because: `type ${type}` };
}

async function setOpen(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const outcomes = new Map<string, PushOutcome>();
  for (const [product, group] of Map.groupBy(pushes, ({ stockId }) => stockId?.split("/")[0] ?? "")) {
    const skus = group.map(({ listing, quantity }) => ({
      id: listing,
      inventory: [{ warehouse_id: String(access.settings["warehouse_id"]), quantity }],
    }));
    const asked = await askTiktok(
      access,
      "POST",
      `/product/202309/products/${product}/inventory/update`,
      {},
      { skus },
    );
    if (!asked.ok && asked.error.code !== "refused") return asked;
    const refusal = asked.ok
      ? textAt(asked.value.body, "data", "errors", 0, "message")
      : refusalOf(asked.error);
    if (refusal === null) continue;
    for (const { listing } of group)
      outcomes.set(listing, { status: "refused", reason: refusal.slice(0, 200) });
  }
  return ok(pushes.map(({ listing }) => outcomes.get(listing) ?? { status: "set" }));
}

function refusalOf(failure: ChannelFailure): string {
  return failure.code === "throttled" ? "asked for quiet" : failure.reason;
}

/** The packages of the order are handed over; one that was already is left alone. */
async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const found = await askTiktok(access, "GET", "/order/202309/orders", { ids: externalId });
  if (!found.ok) return found;
  const order = at(found.value.body, "data", "orders", 0);
  if (["IN_TRANSIT", "DELIVERED", "COMPLETED", "AWAITING_COLLECTION"].includes(textAt(order, "status") ?? ""))
    return ok(null);
  const provider = access.settings["shipping_provider_id"];
  if (parcel.trackingNumber !== null && provider === undefined) {
    return err({ code: "refused", reason: "set shipping_provider_id in the connection's settings" });
  }
  for (const { id } of listAt(order, "packages") as ReadonlyArray<{ id?: unknown }>) {
    const asked = await askTiktok(
      access,
      "POST",
      `/fulfillment/202309/packages/${String(id)}/ship`,
      {},
      {
        self_shipment: { tracking_number: parcel.trackingNumber, shipping_provider_id: provider },
      },
    );
    if (!asked.ok) return asked;
  }
  return ok(null);
}
