import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import { callKey } from "../call-key.ts";
import type {
  ChannelAccess,
  ChannelAdapter,
  ChannelFailure,
  Delivery,
  DeliveryContent,
  PushOutcome,
  QuantityPush,
  ShippedParcel,
} from "../port.ts";
import { at, globalIdAt, idAt, listAt, parseExact, textAt, timeAt, unitsAt, type Json } from "../reading.ts";
import { decodeBase64, isHmacSha256 } from "../signature.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { askShopify, userErrorOf } from "./client.ts";
import * as documents from "./documents.ts";
import { readFetchedOrder } from "./fetched-order.ts";
import { readShopifyOrder, shopifyOrderId } from "./order.ts";
import { tellRefunded } from "./refund.ts";

const settings = z.strictObject({
  shop: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com$/)
    .meta({ example: "example.myshopify.com" }),
  location_id: z
    .string()
    .regex(/^\d{1,20}$/)
    .describe("The Shopify location that is told our quantities."),
});
const secrets = z.strictObject({
  webhook_secret: z.string().min(8).max(500).describe("The app's client secret, which signs its webhooks."),
  access_token: z.string().min(8).max(500).optional(),
  client_id: z.string().min(8).max(500).optional(),
  client_secret: z.string().min(8).max(500).optional(),
});

/** Topics whose payload is the order itself. */
const WHOLE_ORDER = /^orders\/(create|updated|paid|cancelled|fulfilled|partially_fulfilled)$/;
/** Topics that name an order and what happened to it. */
const ORDER_PART =
  /^(refunds|fulfillments|order_transactions)\/|^orders\/(edited|risk_assessment_changed)$|^fulfillment_orders\//;

const gid = (type: string, id: string) => `gid://shopify/${type}/${id}`;
const locationOf = ({ settings: { location_id: id } }: ChannelAccess) => gid("Location", String(id));

export const shopify: ChannelAdapter = {
  platform: "shopify",
  settings,
  secrets,
  pushMax: 50,
  revisionsPerDay: null,
  async verify({ headers, bytes }, access) {
    const signature = headers.get("x-shopify-hmac-sha256");
    if (signature === null) return err("signature_missing");
    const isGenuine = await isHmacSha256(
      access.secrets["webhook_secret"] ?? "",
      bytes,
      decodeBase64(signature),
    );
    return isGenuine ? ok(null) : err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const asked = await askShopify(access, documents.SHOP, {});
    return asked.ok ? ok({ account: textAt(asked.value, "shop", "myshopifyDomain") ?? "" }) : asked;
  },
  async readListings(access, cursor) {
    const asked = await askShopify(access, documents.LISTINGS, { after: cursor });
    if (!asked.ok) return asked;
    const items = listAt(asked.value, "productVariants", "nodes").flatMap((node) => {
      const externalId = globalIdAt(node, "id");
      if (externalId === null) return [];
      return [
        {
          externalId,
          sku: textAt(node, "sku"),
          barcode: textAt(node, "barcode"),
          title: textAt(node, "displayName") ?? externalId,
          stockId:
            at(node, "inventoryItem", "tracked") === true ? globalIdAt(node, "inventoryItem", "id") : null,
          quantity: null,
        },
      ];
    });
    return ok({ items, next: nextOf(at(asked.value, "productVariants")) });
  },
  async fetchOrder(access, externalId) {
    const asked = await askShopify(access, documents.ORDER, { id: gid("Order", externalId) });
    if (!asked.ok) return asked;
    const node = at(asked.value, "order");
    return ok(node === null || node === undefined ? null : readFetchedOrder(node));
  },
  async changedOrders(access, sinceMs, cursor) {
    const query = `updated_at:>='${new Date(sinceMs).toISOString()}'`;
    const asked = await askShopify(access, documents.CHANGED_ORDERS, { query, after: cursor });
    if (!asked.ok) return asked;
    const items = listAt(asked.value, "orders", "nodes").flatMap((node) => {
      const externalId = globalIdAt(node, "id");
      return externalId === null ? [] : [{ externalId, updatedAtMs: timeAt(node, "updatedAt") ?? sinceMs }];
    });
    return ok({ items, next: nextOf(at(asked.value, "orders")) });
  },
  setQuantities,
  async readQuantities(access, listings) {
    const listingOf = new Map(listings.map(({ listing, stockId }) => [stockId ?? "", listing]));
    const asked = await askShopify(access, documents.QUANTITIES, {
      ids: [...listingOf.keys()].map((id) => gid("InventoryItem", id)),
      location: locationOf(access),
    });
    if (!asked.ok) return asked;
    const quantities = new Map<string, number>();
    for (const node of listAt(asked.value, "nodes")) {
      const listing = listingOf.get(globalIdAt(node, "id") ?? "");
      const quantity = unitsAt(node, "inventoryLevel", "quantities", 0, "quantity");
      if (listing !== undefined && quantity !== null) quantities.set(listing, quantity);
    }
    return ok(quantities);
  },
  tellShipped,
  tellRefunded,
  async tellCanceled(access, externalId, reason) {
    const open = await askShopify(access, documents.TO_FULFILL, { id: gid("Order", externalId) });
    if (!open.ok) return open;
    if (textAt(open.value, "order", "cancelledAt") !== null) return ok(null);
    const asked = await askShopify(access, documents.CANCEL, {
      id: gid("Order", externalId),
      reason: reason === "inventory" ? "INVENTORY" : "OTHER",
      note: `holdfast: ${reason}`,
    });
    if (!asked.ok) return asked;
    const failure = userErrorOf(at(asked.value, "orderCancel"), "orderCancelUserErrors");
    return failure === null ? ok(null) : err(failure);
  },
};

function nextOf(connection: Json): string | null {
  return at(connection, "pageInfo", "hasNextPage") === true
    ? textAt(connection, "pageInfo", "endCursor")
    : null;
}

function readDelivery({ headers, bytes }: Delivery, access: ChannelAccess): DeliveryContent {
  const payload = parseExact(new TextDecoder().decode(bytes));
  const topic =
    headers.get("x-shopify-topic") ?? (at(payload, "line_items") === undefined ? "" : "orders/updated");
  if (topic === "app/uninstalled") return { kind: "disconnected" };
  if (topic === "inventory_levels/update") return readLevel(payload, access);
  if (WHOLE_ORDER.test(topic)) {
    if (payload === undefined || typeof payload !== "object") {
      return unreadableDelivery();
    }
    return {
      kind: "orders",
      orders: [{ externalId: shopifyOrderId(payload), order: readShopifyOrder(payload) }],
    };
  }
  if (ORDER_PART.test(topic)) {
    const externalId =
      globalIdAt(payload, "admin_graphql_api_order_id") ??
      idAt(payload, "order_id") ??
      idAt(payload, "order_edit", "order_id") ??
      idAt(payload, "fulfillment_order", "order_id");
    if (externalId !== null) return { kind: "order_changed", externalId };
  }
  return { kind: "ignored", because: topic === "" ? "no topic" : topic };
}

function readLevel(payload: Json, access: ChannelAccess): DeliveryContent {
  const stockId = idAt(payload, "inventory_item_id");
  const quantity = unitsAt(payload, "available");
  if (stockId === null || quantity === null || Number.isNaN(quantity))
    return { kind: "ignored", because: "no quantity" };
  const isOtherLocation = idAt(payload, "location_id") !== String(access.settings["location_id"]);
  return isOtherLocation
    ? { kind: "ignored", because: "another location" }
    : { kind: "quantity", stockId, quantity };
}

/**
 * Compare-and-set. One stale quantity refuses the whole call, so what was fresh is sent once more without it.
 */
async function setQuantities(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const outcomes: Array<PushOutcome> = pushes.map(() => ({ status: "set" }));
  let open = pushes
    .map((push, index) => ({ push, index }))
    .filter(({ push, index }) => {
      if (push.stockId !== null) return true;
      outcomes[index] = { status: "refused", reason: "Shopify does not track its quantity" };
      return false;
    });
  // Each round takes at least one push out, and most need one.
  while (open.length > 0) {
    const asked = await askShopify(access, documents.SET_QUANTITIES, {
      key: callKey(...open.map(({ push }) => push.key)),
      input: {
        name: "available",
        reason: "correction",
        referenceDocumentUri: "holdfast://channel-sync",
        quantities: open.map(({ push }) => ({
          inventoryItemId: gid("InventoryItem", push.stockId ?? ""),
          locationId: locationOf(access),
          quantity: push.quantity,
          changeFromQuantity: push.from,
        })),
      },
    });
    if (!asked.ok) return asked;
    const errors = listAt(asked.value, "inventorySetQuantities", "userErrors");
    if (errors.length === 0) return ok(await withActuals(access, pushes, outcomes));
    const failed = new Set<number>();
    for (const error of errors) {
      const index = unitsAt(error, "field", 2);
      const entry = open[index ?? -1];
      if (index === null || entry === undefined) {
        const failure = userErrorOf(at(asked.value, "inventorySetQuantities"), "userErrors");
        return err(failure ?? { code: "refused", reason: "refused the quantities" });
      }
      failed.add(index);
      const isStale = textAt(error, "code") === "CHANGE_FROM_QUANTITY_STALE";
      outcomes[entry.index] = isStale
        ? { status: "stale", actual: Number.NaN }
        : { status: "refused", reason: (textAt(error, "message") ?? "refused").slice(0, 200) };
    }
    open = open.filter((_, index) => !failed.has(index));
  }
  return ok(await withActuals(access, pushes, outcomes));
}

/** What stale listings really have; one that cannot be asked for counts as refused, and is tried again. */
async function withActuals(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
  outcomes: ReadonlyArray<PushOutcome>,
): Promise<ReadonlyArray<PushOutcome>> {
  const stale = pushes.filter((_, index) => outcomes[index]?.status === "stale");
  if (stale.length === 0) return outcomes;
  const read = await shopify.readQuantities(access, stale);
  return outcomes.map((outcome, index) => {
    if (outcome.status !== "stale") return outcome;
    const actual = read.ok ? read.value.get(pushes[index]?.listing ?? "") : undefined;
    return actual === undefined
      ? { status: "refused", reason: "its quantity cannot be read" }
      : { status: "stale", actual };
  });
}

async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const open = await askShopify(access, documents.TO_FULFILL, { id: gid("Order", externalId) });
  if (!open.ok) return open;
  const order = at(open.value, "order");
  const isTold = listAt(order, "fulfillments").some((fulfillment) =>
    listAt(fulfillment, "trackingInfo").some((info) => textAt(info, "number") === parcel.trackingNumber),
  );
  if (parcel.trackingNumber !== null && isTold) return ok(null);
  const wanted = new Map(parcel.lines.map(({ externalLineId, quantity }) => [externalLineId, quantity]));
  const groups = listAt(order, "fulfillmentOrders", "nodes").flatMap((group) => {
    const lines = listAt(group, "lineItems", "nodes").flatMap((line) => {
      const lineId = globalIdAt(line, "lineItem", "id") ?? "";
      const quantity = Math.min(wanted.get(lineId) ?? 0, unitsAt(line, "remainingQuantity") ?? 0);
      if (quantity <= 0) return [];
      wanted.set(lineId, (wanted.get(lineId) ?? 0) - quantity);
      return [{ id: textAt(line, "id"), quantity }];
    });
    const id = textAt(group, "id");
    return lines.length === 0 ? [] : [{ fulfillmentOrderId: id, fulfillmentOrderLineItems: lines }];
  });
  // Nothing remains to be fulfilled there: an earlier call of ours got through, or somebody did it by hand.
  if (groups.length === 0) return ok(null);
  const asked = await askShopify(access, documents.FULFILL, {
    fulfillment: {
      lineItemsByFulfillmentOrder: groups,
      notifyCustomer: true,
      trackingInfo:
        parcel.trackingNumber === null ? null : { company: parcel.carrier, number: parcel.trackingNumber },
    },
  });
  if (!asked.ok) return asked;
  const failure = userErrorOf(at(asked.value, "fulfillmentCreate"), "userErrors");
  return failure === null ? ok(null) : err(failure);
}
