import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import { callKey } from "../call-key.ts";
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
import { concatBytes, decodeBase64, isHmacSha256 } from "../signature.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { readSquareOrder } from "./order.ts";
import { tellRefunded } from "./refund.ts";

const settings = z.strictObject({
  location_id: z
    .string()
    .regex(/^[A-Z0-9]{4,40}$/)
    .describe("The Square location that is told our quantities."),
  notification_url: z
    .url({ protocol: /^https$/ })
    .max(300)
    .describe("The address that Square was given for its webhooks, exactly: it signs it."),
});
const secrets = z.strictObject({
  access_token: z.string().min(8).max(500),
  signature_key: z.string().min(8).max(500),
});

const API = "https://connect.squareup.com";
const VERSION = "2025-01-23";

async function askSquare(
  access: ChannelAccess,
  method: ChannelRequest["method"],
  path: string,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const reply = await call(access, {
    method,
    url: `${API}${path}`,
    headers: {
      authorization: `Bearer ${access.secrets["access_token"] ?? ""}`,
      "square-version": VERSION,
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok || isDone(reply.value) || reply.value.status === 404) return reply;
  return err(refusedWith(reply.value, "errors", 0, "detail"));
}

export const square: ChannelAdapter = {
  platform: "square",
  settings,
  secrets,
  pushMax: 50,
  revisionsPerDay: null,
  async verify({ headers, bytes }, access) {
    const signature = headers.get("x-square-hmacsha256-signature");
    if (signature === null) return err("signature_missing");
    const signed = concatBytes(String(access.settings["notification_url"]), bytes);
    const isGenuine = await isHmacSha256(
      access.secrets["signature_key"] ?? "",
      signed,
      decodeBase64(signature),
    );
    return isGenuine ? ok(null) : err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const asked = await askSquare(access, "GET", `/v2/locations/${String(access.settings["location_id"])}`);
    if (!asked.ok) return asked;
    const name = textAt(asked.value.body, "location", "name");
    return name === null ? err(refusedWith(asked.value, "errors", 0, "detail")) : ok({ account: name });
  },
  async readListings(access, cursor) {
    const page = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const asked = await askSquare(access, "GET", `/v2/catalog/list?types=ITEM_VARIATION${page}`);
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "objects").flatMap((object): Array<Listing> => {
      const externalId = idAt(object, "id");
      if (externalId === null) return [];
      return [
        {
          externalId,
          sku: skuAt(object, "item_variation_data", "sku"),
          barcode: textAt(object, "item_variation_data", "upc"),
          title: textAt(object, "item_variation_data", "name") ?? externalId,
          stockId: externalId,
          quantity: null,
        },
      ];
    });
    return ok({ items, next: textAt(asked.value.body, "cursor") });
  },
  async fetchOrder(access, externalId) {
    const asked = await askSquare(access, "GET", `/v2/orders/${encodeURIComponent(externalId)}`);
    if (!asked.ok) return asked;
    return ok(asked.value.status === 404 ? null : readSquareOrder(at(asked.value.body, "order")));
  },
  async changedOrders(access, sinceMs, cursor) {
    const asked = await askSquare(access, "POST", "/v2/orders/search", {
      location_ids: [String(access.settings["location_id"])],
      limit: 100,
      query: {
        filter: { date_time_filter: { updated_at: { start_at: new Date(sinceMs).toISOString() } } },
        sort: { sort_field: "UPDATED_AT", sort_order: "ASC" },
      },
      ...(cursor === null ? {} : { cursor }),
    });
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "orders").flatMap((order) => {
      const externalId = idAt(order, "id");
      return externalId === null ? [] : [{ externalId, updatedAtMs: timeAt(order, "updated_at") ?? sinceMs }];
    });
    return ok({ items, next: textAt(asked.value.body, "cursor") });
  },
  setQuantities: (access, pushes) =>
    setAfterComparing(
      pushes,
      (compared) => square.readQuantities(access, compared),
      (open) => setOpen(access, open),
    ),
  async readQuantities(access, listings) {
    const quantities = new Map<string, number>();
    const asked = await askSquare(access, "POST", "/v2/inventory/counts/batch-retrieve", {
      catalog_object_ids: listings.map(({ listing }) => listing),
      location_ids: [String(access.settings["location_id"])],
      states: ["IN_STOCK"],
    });
    if (!asked.ok) return asked;
    for (const count of listAt(asked.value.body, "counts")) {
      const id = idAt(count, "catalog_object_id");
      const quantity = unitsAt(count, "quantity");
      if (id !== null && quantity !== null && !Number.isNaN(quantity)) quantities.set(id, quantity);
    }
    return ok(quantities);
  },
  tellShipped,
  tellRefunded: (access, externalId, refund) =>
    tellRefunded((method, path, body) => askSquare(access, method, path, body), externalId, refund),
  async tellCanceled(access, externalId) {
    const found = await askSquare(access, "GET", `/v2/orders/${encodeURIComponent(externalId)}`);
    if (!found.ok) return found;
    const order = at(found.value.body, "order");
    if (textAt(order, "state") === "CANCELED") return ok(null);
    if (listAt(order, "tenders").length > 0) {
      return err({ code: "refused", reason: "it was paid at Square: refund it there, which cancels it" });
    }
    const asked = await updateOrder(access, externalId, {
      state: "CANCELED",
      version: unitsAt(order, "version"),
    });
    return asked.ok ? ok(null) : asked;
  },
};

function readDelivery({ bytes }: Delivery): DeliveryContent {
  const body = parseExact(new TextDecoder().decode(bytes));
  if (typeof body !== "object" || body === null) return unreadableDelivery();
  const orders = [at(body, "order"), ...listAt(body, "orders")].filter(
    (order) => at(order, "line_items") !== undefined,
  );
  if (orders.length > 0) {
    return {
      kind: "orders",
      orders: orders.map((order) => ({ externalId: idAt(order, "id"), order: readSquareOrder(order) })),
    };
  }
  const type = textAt(body, "type") ?? "";
  const object = at(body, "data", "object");
  if (type === "inventory.count.updated") {
    const [count] = listAt(object, "inventory_counts");
    const stockId = idAt(count, "catalog_object_id");
    const quantity = unitsAt(count, "quantity");
    if (stockId === null || quantity === null || Number.isNaN(quantity))
      return { kind: "ignored", because: type };
    return { kind: "quantity", stockId, quantity };
  }
  if (type === "oauth.authorization.revoked") return { kind: "disconnected" };
  const changed =
    idAt(object, "order_created", "order_id") ??
    idAt(object, "order_updated", "order_id") ??
    idAt(object, "order_fulfillment_updated", "order_id") ??
    idAt(object, "payment", "order_id") ??
    idAt(object, "refund", "order_id");
  return changed === null
    ? { kind: "ignored", because: type === "" ? "no type" : type }
    : { kind: "order_changed", externalId: changed };
}

/** A physical count is absolute, and its key makes a repeat harmless. */
async function setOpen(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const occurredAt = new Date(access.nowMs()).toISOString();
  const asked = await askSquare(access, "POST", "/v2/inventory/changes/batch-create", {
    idempotency_key: callKey(...pushes.map(({ key }) => key)),
    ignore_unchanged_counts: true,
    changes: pushes.map(({ listing, quantity }) => ({
      type: "PHYSICAL_COUNT",
      physical_count: {
        catalog_object_id: listing,
        location_id: String(access.settings["location_id"]),
        state: "IN_STOCK",
        quantity: String(quantity),
        occurred_at: occurredAt,
      },
    })),
  });
  return asked.ok ? ok(pushes.map(() => ({ status: "set" }))) : asked;
}

async function updateOrder(
  access: ChannelAccess,
  externalId: string,
  order: Readonly<Record<string, unknown>>,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const body = {
    idempotency_key: callKey(externalId, JSON.stringify(order)),
    order: { ...order, location_id: String(access.settings["location_id"]) },
  };
  return askSquare(access, "PUT", `/v2/orders/${encodeURIComponent(externalId)}`, body);
}

async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const found = await askSquare(access, "GET", `/v2/orders/${encodeURIComponent(externalId)}`);
  if (!found.ok) return found;
  const order = at(found.value.body, "order");
  const shipment = listAt(order, "fulfillments").find((each) => textAt(each, "type") === "SHIPMENT");
  // Nothing there waits to be shipped: it was handed over, or was told before.
  if (shipment === undefined || textAt(shipment, "state") === "COMPLETED" || !parcel.isLast) return ok(null);
  const asked = await updateOrder(access, externalId, {
    version: unitsAt(order, "version"),
    fulfillments: [
      {
        uid: textAt(shipment, "uid"),
        state: "COMPLETED",
        shipment_details: { carrier: parcel.carrier, tracking_number: parcel.trackingNumber },
      },
    ],
  });
  return asked.ok ? ok(null) : asked;
}
