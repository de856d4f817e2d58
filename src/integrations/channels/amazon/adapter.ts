import { timingSafeEqual } from "node:crypto";

import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply, type ChannelRequest } from "../call.ts";
import type {
  ChannelAccess,
  ChannelAdapter,
  ChannelFailure,
  Delivery,
  DeliveryContent,
  Listing,
  Pulled,
  PushOutcome,
  QuantityPush,
  ShippedParcel,
} from "../port.ts";
import { at, idAt, listAt, parseExact, skuAt, textAt, timeAt, unitsAt, type Json } from "../reading.ts";
import { tokenFor } from "../tokens.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { feedQuantities } from "./feed.ts";
import { readAmazonOrder } from "./order.ts";
import { deleteMessages, hasQueue, receiveMessages, sqsUrlPattern } from "./sqs.ts";

const settings = z.strictObject({
  region: z.enum(["na", "eu", "fe"]),
  seller_id: z.string().regex(/^[A-Z0-9]{5,30}$/),
  marketplace_id: z
    .string()
    .regex(/^[A-Z0-9]{5,30}$/)
    .meta({ example: "A1PA6795UKMFR9" }),
  product_type: z
    .string()
    .regex(/^[A-Z0-9_]{1,60}$/)
    .default("PRODUCT"),
  sqs_queue_url: z
    .string()
    .regex(sqsUrlPattern)
    .optional()
    .describe("Where Amazon puts its notifications, if not through EventBridge: it is emptied every minute."),
});
const secrets = z.strictObject({
  client_id: z.string().min(8).max(500),
  client_secret: z.string().min(8).max(500),
  refresh_token: z.string().min(8).max(4_000),
  aws_access_key_id: z.string().min(8).max(200).optional().describe("For the queue."),
  aws_secret_access_key: z.string().min(8).max(200).optional(),
  webhook_secret: z
    .string()
    .min(16)
    .max(500)
    .describe("What the EventBridge connection of the API destination sends as `x-api-key`."),
});

const DATA = "includedData=BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,CANCELLATION";
/** What Amazon holds and ships is never told a quantity. */
const OWN_CHANNEL = "DEFAULT";

async function askAmazon(
  access: ChannelAccess,
  method: ChannelRequest["method"],
  path: string,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const { client_id: id = "", client_secret: secret = "", refresh_token: refresh = "" } = access.secrets;
  const token = await tokenFor(access, "selling-partner", {
    url: "https://api.amazon.com/auth/o2/token",
    form: { grant_type: "refresh_token", refresh_token: refresh, client_id: id, client_secret: secret },
  });
  if (!token.ok) return token;
  const reply = await call(access, {
    method,
    url: `https://sellingpartnerapi-${String(access.settings["region"])}.amazon.com${path}`,
    headers: { "x-amz-access-token": token.value },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok || isDone(reply.value) || reply.value.status === 404) return reply;
  return err(refusedWith(reply.value, "errors", 0, "message"));
}

function listingPath({ settings: given }: ChannelAccess, sku: string, query = ""): string {
  const market = `marketplaceIds=${String(given["marketplace_id"])}`;
  return `/listings/2021-08-01/items/${String(given["seller_id"])}/${encodeURIComponent(sku)}?${market}${query}`;
}

export const amazon: ChannelAdapter = {
  platform: "amazon",
  settings,
  secrets,
  pushMax: 500,
  // Asked for one by one.
  compareMax: 20,
  revisionsPerDay: null,
  async verify({ headers }, access) {
    const given = headers.get("x-api-key");
    if (given === null) return err("signature_missing");
    const expected = Buffer.from(access.secrets["webhook_secret"] ?? "");
    const found = Buffer.from(given);
    const isSame = found.byteLength === expected.byteLength && timingSafeEqual(found, expected);
    return isSame ? ok(null) : err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const seller = `/listings/2021-08-01/items/${String(access.settings["seller_id"])}`;
    const asked = await askAmazon(
      access,
      "GET",
      `${seller}?marketplaceIds=${String(access.settings["marketplace_id"])}&pageSize=1`,
    );
    if (!asked.ok) return asked;
    return isDone(asked.value)
      ? ok({ account: String(access.settings["seller_id"]) })
      : err(refusedWith(asked.value, "errors", 0, "message"));
  },
  async readListings(access, cursor) {
    const page = cursor === null ? "" : `&pageToken=${encodeURIComponent(cursor)}`;
    const seller = `/listings/2021-08-01/items/${String(access.settings["seller_id"])}`;
    const market = `marketplaceIds=${String(access.settings["marketplace_id"])}`;
    const asked = await askAmazon(
      access,
      "GET",
      `${seller}?${market}&includedData=summaries,fulfillmentAvailability&pageSize=20${page}`,
    );
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "items").flatMap((item): Array<Listing> => {
      const sku = idAt(item, "sku");
      if (sku === null || ownAvailability(item) === null) return [];
      return [
        {
          externalId: sku,
          sku: skuAt(item, "sku"),
          barcode: null,
          title: textAt(item, "summaries", 0, "itemName") ?? sku,
          stockId: sku,
          quantity: unitsAt(ownAvailability(item), "quantity"),
        },
      ];
    });
    return ok({ items, next: textAt(asked.value.body, "pagination", "nextToken") });
  },
  async fetchOrder(access, externalId) {
    const asked = await askAmazon(access, "GET", `/orders/2026-01-01/orders/${externalId}?${DATA}`);
    if (!asked.ok) return asked;
    return ok(asked.value.status === 404 ? null : readAmazonOrder(orderIn(asked.value.body)));
  },
  async changedOrders(access, sinceMs, cursor) {
    const page = cursor === null ? "" : `&paginationToken=${encodeURIComponent(cursor)}`;
    const market = String(access.settings["marketplace_id"]);
    const since = encodeURIComponent(new Date(sinceMs).toISOString());
    const asked = await askAmazon(
      access,
      "GET",
      `/orders/2026-01-01/orders?marketplaceIds=${market}&lastUpdatedAfter=${since}&maxResultsPerPage=100${page}`,
    );
    if (!asked.ok) return asked;
    const items = listAt(asked.value.body, "orders").flatMap((order) => {
      const externalId = idAt(order, "orderId");
      return externalId === null
        ? []
        : [{ externalId, updatedAtMs: timeAt(order, "lastUpdatedTime") ?? sinceMs }];
    });
    return ok({ items, next: textAt(asked.value.body, "pagination", "nextToken") });
  },
  setQuantities,
  async readQuantities(access, listings) {
    const quantities = new Map<string, number>();
    for (const { listing } of listings) {
      const asked = await askAmazon(
        access,
        "GET",
        listingPath(access, listing, "&includedData=fulfillmentAvailability"),
      );
      if (!asked.ok) return asked;
      const quantity = unitsAt(ownAvailability(asked.value.body), "quantity");
      if (quantity !== null) quantities.set(listing, quantity);
    }
    return ok(quantities);
  },
  pull: pullNotifications,
  tellShipped,
  async tellCanceled() {
    return err({
      code: "refused",
      reason: "cancel the order in Seller Central: Amazon takes no cancel by this API",
    });
  },
};

function ownAvailability(item: Json): Json {
  const all = listAt(item, "fulfillmentAvailability");
  return all.find((each) => textAt(each, "fulfillmentChannelCode") === OWN_CHANNEL) ?? null;
}

function orderIn(body: Json): Json {
  return at(body, "order") ?? at(body, "payload") ?? body;
}

function readDelivery({ bytes }: Delivery): DeliveryContent {
  const body = parseExact(new TextDecoder().decode(bytes));
  if (typeof body !== "object" || body === null) return unreadableDelivery();
  // EventBridge wraps what SQS gets as it is.
  const event = at(body, "detail") ?? body;
  const notification =
    at(event, "Payload", "OrderChangeNotification") ?? at(event, "payload", "OrderChangeNotification");
  const changed = idAt(notification, "AmazonOrderId") ?? idAt(notification, "amazonOrderId");
  if (changed !== null) return { kind: "order_changed", externalId: changed };
  const orders = [...listAt(event, "orders"), orderIn(event)].filter(
    (order) => at(order, "orderItems") !== undefined,
  );
  if (orders.length > 0) {
    return {
      kind: "orders",
      orders: orders.map((order) => ({ externalId: idAt(order, "orderId"), order: readAmazonOrder(order) })),
    };
  }
  return { kind: "ignored", because: textAt(event, "NotificationType") ?? "no order" };
}

/** Listings that are patched one by one, five a second; more of them go in a feed. */
const PATCHES_MAX = 20;

function patchesOf(quantity: number): ReadonlyArray<unknown> {
  const value = [{ fulfillment_channel_code: OWN_CHANNEL, quantity }];
  return [{ op: "replace", path: "/attributes/fulfillment_availability", value }];
}

/** Notifications of the queue, read as those that EventBridge brings. */
async function pullNotifications(access: ChannelAccess): Promise<Result<Pulled | null, ChannelFailure>> {
  if (!hasQueue(access)) return ok(null);
  const received = await receiveMessages(access);
  if (!received.ok) return received;
  const contents = received.value.map(({ body }) =>
    readDelivery({
      url: "",
      headers: new Headers(),
      bytes: new TextEncoder().encode(body) as Uint8Array<ArrayBuffer>,
    }),
  );
  return ok({
    contents,
    done: () => (contents.length === 0 ? Promise.resolve(ok(null)) : deleteMessages(access, received.value)),
  });
}

async function setQuantities(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  if (pushes.length > PATCHES_MAX)
    return feedQuantities(access, (path, body) => askAmazon(access, "POST", path, body), pushes, patchesOf);
  const outcomes: Array<PushOutcome> = [];
  for (const { listing, quantity } of pushes) {
    const asked = await askAmazon(access, "PATCH", listingPath(access, listing), {
      productType: String(access.settings["product_type"]),
      patches: patchesOf(quantity),
    });
    if (!asked.ok) {
      if (asked.error.code !== "refused") return asked;
      outcomes.push({ status: "refused", reason: asked.error.reason });
    } else if (textAt(asked.value.body, "status") === "ACCEPTED") outcomes.push({ status: "set" });
    else {
      const said = textAt(asked.value.body, "issues", 0, "message") ?? "did not accept the quantity";
      outcomes.push({ status: "refused", reason: said.slice(0, 200) });
    }
  }
  return ok(outcomes);
}

/** A package of the same reference is recognised by Amazon, so a repeat confirms nothing twice. */
async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  parcel: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const asked = await askAmazon(access, "POST", `/orders/v0/orders/${externalId}/shipmentConfirmation`, {
    marketplaceId: String(access.settings["marketplace_id"]),
    packageDetail: {
      packageReferenceId: packageReference(parcel.shipmentId),
      carrierCode: "Other",
      carrierName: parcel.carrier,
      trackingNumber: parcel.trackingNumber ?? parcel.shipmentId,
      shipDate: new Date(parcel.shippedAtMs).toISOString(),
      orderItems: parcel.lines.map(({ externalLineId, quantity }) => ({
        orderItemId: externalLineId,
        quantity,
      })),
    },
  });
  if (!asked.ok) return asked;
  return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "errors", 0, "message"));
}

/** Amazon takes a positive number of its own: it follows from the parcel. */
function packageReference(shipmentId: string): string {
  let digits = 0;
  for (const char of shipmentId) digits = (digits * 31 + char.charCodeAt(0)) % 1_000_000_007;
  return String(digits + 1);
}
