import * as z from "zod";

import type { ChannelOrder, ChannelRefusal } from "../../../domain/channels/channel-order.ts";
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
import { at, idAt, listAt, parseExact, skuAt, textAt, timeAt, unitsAt, type Json } from "../reading.ts";
import { concatBytes, decodeBase64, isHmacSha256 } from "../signature.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { readWhatnotOrder } from "./order.ts";

const settings = z.strictObject({});
const secrets = z.strictObject({
  access_token: z.string().min(8).max(4_000),
  webhook_secret: z
    .string()
    .min(8)
    .max(500)
    .describe("As the developer dashboard shows it, with or without `whsec_`."),
});

const API = "https://api.whatnot.com/seller-api/rest/v2";
/** Standard Webhooks: what was sent longer ago is somebody's recording. */
const TOLERANCE_SECONDS = 300;
/** Items in one call for quantities or tracking. */
const ITEMS_MAX = 10;

async function askWhatnot(
  access: ChannelAccess,
  method: ChannelRequest["method"],
  path: string,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const reply = await call(access, {
    method,
    url: `${API}${path}`,
    headers: { authorization: `Bearer ${access.secrets["access_token"] ?? ""}` },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok || isDone(reply.value) || reply.value.status === 404) return reply;
  return err(refusedWith(reply.value, "message"));
}

export const whatnot: ChannelAdapter = {
  platform: "whatnot",
  settings,
  secrets,
  pushMax: ITEMS_MAX,
  revisionsPerDay: null,
  async verify({ headers, bytes }, access) {
    const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
      headers.get(name),
    );
    if (id == null || timestamp == null || signatures == null) return err("signature_missing");
    const ageSeconds = access.nowMs() / 1000 - Number(timestamp);
    if (!(Math.abs(ageSeconds) <= TOLERANCE_SECONDS)) return err("signature_wrong");
    const secret = (access.secrets["webhook_secret"] ?? "").replace(/^whsec_/, "");
    const key = decodeBase64(secret);
    const signed = concatBytes(`${id}.${timestamp}.`, bytes);
    for (const signature of signatures.split(" ")) {
      const [version, value = ""] = signature.split(",");
      if (version === "v1" && key !== null && (await isHmacSha256(key, signed, decodeBase64(value))))
        return ok(null);
    }
    return err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const asked = await askWhatnot(access, "GET", "/users/me");
    if (!asked.ok) return asked;
    return ok({
      account: textAt(asked.value.body, "username") ?? textAt(asked.value.body, "id") ?? "the token's seller",
    });
  },
  async readListings(access, cursor) {
    const page = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const asked = await askWhatnot(access, "GET", `/products?limit=50${page}`);
    if (!asked.ok) return asked;
    const items: Array<Listing> = [];
    for (const product of listIn(asked.value.body, "products")) {
      const variants = await variantsOf(access, product);
      if (!variants.ok) return variants;
      items.push(...variants.value.flatMap((variant) => listingOf(product, variant)));
    }
    return ok({ items, next: nextOf(asked.value.body) });
  },
  fetchOrder,
  async changedOrders(access, sinceMs, cursor) {
    const page = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const since = encodeURIComponent(new Date(sinceMs).toISOString());
    const asked = await askWhatnot(access, "GET", `/orders?updated_at_min=${since}&limit=100${page}`);
    if (!asked.ok) return asked;
    const items = listIn(asked.value.body, "orders").flatMap((order) => {
      const externalId = idAt(order, "id");
      const updatedAtMs = timeAt(order, "updated_at") ?? sinceMs;
      return externalId === null || updatedAtMs < sinceMs ? [] : [{ externalId, updatedAtMs }];
    });
    return ok({ items, next: nextOf(asked.value.body) });
  },
  setQuantities: (access, pushes) =>
    setAfterComparing(
      pushes,
      (compared) => whatnot.readQuantities(access, compared),
      (open) => setOpen(access, open),
    ),
  async readQuantities(access, listings) {
    const quantities = new Map<string, number>();
    for (const { listing, stockId } of listings) {
      const path = `/products/${encodeURIComponent(stockId ?? "")}/variants/${encodeURIComponent(listing)}`;
      const asked = await askWhatnot(access, "GET", path);
      if (!asked.ok) return asked;
      const quantity = unitsAt(asked.value.body, "inventory", "available_quantity");
      if (quantity !== null && !Number.isNaN(quantity)) quantities.set(listing, quantity);
    }
    return ok(quantities);
  },
  tellShipped,
  async tellCanceled(access, externalId) {
    const found = await askWhatnot(access, "GET", `/orders/${externalId}`);
    if (!found.ok) return found;
    if (found.value.status === 404 || textAt(found.value.body, "status") === "cancelled") return ok(null);
    const asked = await askWhatnot(access, "POST", `/orders/${externalId}/cancel`, {});
    if (!asked.ok) return asked;
    return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "message"));
  },
};

/** A list stands under its own name, or under `data`. */
function listIn(body: Json, name: string): ReadonlyArray<Json> {
  const named = listAt(body, name);
  return named.length > 0 ? named : listAt(body, "data");
}

function nextOf(body: Json): string | null {
  return textAt(body, "next_cursor") ?? textAt(body, "pagination", "next_cursor");
}

async function variantsOf(
  access: ChannelAccess,
  product: Json,
): Promise<Result<ReadonlyArray<Json>, ChannelFailure>> {
  if (Array.isArray(at(product, "variants"))) return ok(listAt(product, "variants"));
  const asked = await askWhatnot(access, "GET", `/products/${idAt(product, "id") ?? ""}/variants?limit=100`);
  return asked.ok ? ok(listIn(asked.value.body, "variants")) : asked;
}

function listingOf(product: Json, variant: Json): Array<Listing> {
  const externalId = idAt(variant, "id");
  if (externalId === null) return [];
  return [
    {
      externalId,
      sku: skuAt(variant, "sku") ?? skuAt(variant, "external_id"),
      barcode: null,
      title: textAt(product, "title") ?? externalId,
      stockId: idAt(variant, "product_id") ?? idAt(product, "id"),
      quantity: unitsAt(variant, "inventory", "available_quantity"),
    },
  ];
}

function readDelivery({ bytes }: Delivery): DeliveryContent {
  const body = parseExact(new TextDecoder().decode(bytes));
  if (typeof body !== "object" || body === null) return unreadableDelivery();
  const type = textAt(body, "type") ?? "";
  const show = /^shows\.(started|ended|cancelled)$/.exec(type);
  if (show !== null) {
    const showId = idAt(body, "data", "id");
    return showId === null
      ? { kind: "ignored", because: type }
      : {
          kind: "show",
          showId,
          state: show[1] as "started" | "ended" | "cancelled",
          atMs: timeAt(body, "timestamp"),
        };
  }
  if (type === "orders.created" || type === "orders.updated") {
    const externalId = idAt(body, "data", "id") ?? idAt(body, "data", "order_id");
    if (externalId !== null) return { kind: "order_changed", externalId };
  }
  return { kind: "ignored", because: type === "" ? "no type" : type };
}

async function fetchOrder(
  access: ChannelAccess,
  externalId: string,
): Promise<Result<Result<ChannelOrder, ChannelRefusal> | null, ChannelFailure>> {
  const asked = await askWhatnot(access, "GET", `/orders/${externalId}`);
  if (!asked.ok) return asked;
  if (asked.value.status === 404) return ok(null);
  const items = await askWhatnot(access, "GET", `/orders/${externalId}/items?limit=100`);
  if (!items.ok) return items;
  return ok(readWhatnotOrder(asked.value.body, listIn(items.value.body, "items")));
}

/** Each item has a key of its own: a repeat is recognised, and answered as done. */
async function setOpen(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const asked = await askWhatnot(access, "POST", "/inventory/set", {
    items: pushes.map(({ listing, quantity, key }) => ({
      variant_id: listing,
      quantity,
      idempotency_key: callKey(key),
    })),
  });
  if (!asked.ok) return asked;
  const results = new Map(
    listAt(asked.value.body, "results").map((result) => [idAt(result, "variant_id"), result]),
  );
  return ok(
    pushes.map(({ listing }): PushOutcome => {
      const result = results.get(listing);
      const status = textAt(result, "status") ?? "";
      if (status === "applied" || status === "already_applied") return { status: "set" };
      const said = textAt(result, "error", "message") ?? textAt(result, "error") ?? status;
      return { status: "refused", reason: (said === "" ? "did not take it" : said).slice(0, 200) };
    }),
  );
}

/** An item that travels under a code already is not told of again. */
async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  if (parcel.trackingNumber === null)
    return err({ code: "refused", reason: "takes parcels with a tracking number only" });
  const items = await askWhatnot(access, "GET", `/orders/${externalId}/items?limit=100`);
  if (!items.ok) return items;
  const shipped = new Set(
    listIn(items.value.body, "items").flatMap((item) =>
      textAt(item, "tracking_code") === parcel.trackingNumber ? [idAt(item, "id")] : [],
    ),
  );
  const open = parcel.lines.filter(({ externalLineId }) => !shipped.has(externalLineId));
  if (open.length === 0) return ok(null);
  const asked = await askWhatnot(access, "POST", "/shipments/add_tracking_code", {
    carrier: parcel.carrier,
    tracking_code: parcel.trackingNumber,
    order_item_ids: open.map(({ externalLineId }) => externalLineId),
  });
  if (!asked.ok) return asked;
  return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "message"));
}
