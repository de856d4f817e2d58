import * as z from "zod";

import { err, ok, type Result } from "../../../domain/result.ts";
import type {
  ChannelAccess,
  ChannelAdapter,
  ChannelFailure,
  Delivery,
  DeliveryContent,
  ShippedParcel,
} from "../port.ts";
import { at, idAt, listAt, parseExact, textAt, timeAt } from "../reading.ts";
import { decodeBase64, isHmacSha256 } from "../signature.ts";
import { unreadableDelivery } from "../unreadable.ts";
import { askWoo } from "./client.ts";
import { isDraft, orderStatusMeanings, readWooOrder, type StatusMeanings } from "./order.ts";
import { tellRefunded } from "./refund.ts";
import { quantityIn, readListings, readQuantities, setQuantities } from "./stock.ts";

const settings = z.strictObject({
  url: z
    .url({ protocol: /^https$/, hostname: z.regexes.domain })
    .max(300)
    .describe("The shop's address, without /wp-json.")
    .meta({ example: "https://shop.example.com" }),
  statuses: z
    .record(z.string().regex(/^[a-z0-9-]{1,40}$/), z.enum(orderStatusMeanings))
    .optional()
    .describe("What the shop's own order statuses stand for."),
});
const secrets = z.strictObject({
  webhook_secret: z.string().min(8).max(500),
  consumer_key: z.string().min(8).max(500),
  consumer_secret: z.string().min(8).max(500),
});

const PAGE = 100;

function meanings({ settings: { statuses } }: ChannelAccess): StatusMeanings {
  return (statuses as StatusMeanings | undefined) ?? {};
}

export const woocommerce: ChannelAdapter = {
  platform: "woocommerce",
  settings,
  secrets,
  pushMax: 50,
  revisionsPerDay: null,
  async verify(delivery, access) {
    const signature = delivery.headers.get("x-wc-webhook-signature");
    if (signature === null) return isPing(delivery) ? ok(null) : err("signature_missing");
    const secret = access.secrets["webhook_secret"] ?? "";
    return (await isHmacSha256(secret, delivery.bytes, decodeBase64(signature)))
      ? ok(null)
      : err("signature_wrong");
  },
  read: readDelivery,
  async test(access) {
    const asked = await askWoo(access, "GET", "/orders?per_page=1");
    if (!asked.ok) return asked;
    if (asked.value.status === 404)
      return err({ code: "refused", reason: "has no WooCommerce REST API at this address" });
    return ok({ account: String(access.settings["url"]) });
  },
  readListings,
  async fetchOrder(access, externalId) {
    const asked = await askWoo(access, "GET", `/orders/${externalId}`);
    if (!asked.ok) return asked;
    return ok(asked.value.status === 404 ? null : readWooOrder(asked.value.body, meanings(access)));
  },
  async changedOrders(access, sinceMs, cursor) {
    const page = Number(cursor ?? "1");
    const after = new Date(sinceMs).toISOString().slice(0, 19);
    const asked = await askWoo(
      access,
      "GET",
      `/orders?modified_after=${after}&dates_are_gmt=true&orderby=modified&order=asc&per_page=${PAGE}&page=${page}`,
    );
    if (!asked.ok) return asked;
    const found = listAt(asked.value.body);
    const items = found.flatMap((order) => {
      const externalId = idAt(order, "id");
      if (externalId === null || isDraft(order)) return [];
      return [{ externalId, updatedAtMs: timeAt(order, "date_modified_gmt") ?? sinceMs }];
    });
    return ok({ items, next: found.length < PAGE ? null : String(page + 1) });
  },
  setQuantities,
  readQuantities,
  tellShipped,
  tellRefunded,
  tellCanceled,
};

/** What a new webhook sends first: a form, unsigned, which says nothing and changes nothing. */
function isPing({ bytes }: Delivery): boolean {
  return bytes.byteLength <= 40 && /^webhook_id=\d+$/.test(new TextDecoder().decode(bytes));
}

function readDelivery(delivery: Delivery, access: ChannelAccess): DeliveryContent {
  if (isPing(delivery)) return { kind: "ignored", because: "ping" };
  const payload = parseExact(new TextDecoder().decode(delivery.bytes));
  const topic =
    delivery.headers.get("x-wc-webhook-topic") ??
    (at(payload, "line_items") === undefined ? "" : "order.updated");
  if (topic === "product.updated" || topic === "product.created") {
    const stock = quantityIn(payload);
    return stock === null ? { kind: "ignored", because: "no quantity" } : { kind: "quantity", ...stock };
  }
  if (topic === "order.deleted") {
    const externalId = idAt(payload, "id");
    return externalId === null ? { kind: "ignored", because: topic } : { kind: "order_changed", externalId };
  }
  if (!/^order\.(created|updated|restored)$/.test(topic)) {
    return { kind: "ignored", because: topic === "" ? "no topic" : topic };
  }
  if (payload === undefined || payload === null || typeof payload !== "object") {
    return unreadableDelivery();
  }
  if (isDraft(payload)) return { kind: "ignored", because: "draft" };
  return {
    kind: "orders",
    orders: [{ externalId: idAt(payload, "id"), order: readWooOrder(payload, meanings(access)) }],
  };
}

async function tellShipped(
  access: ChannelAccess,
  externalId: string,
  { carrier, trackingNumber, shipmentId, isLast }: ShippedParcel,
): Promise<Result<null, ChannelFailure>> {
  const noted = await note(
    access,
    externalId,
    `Shipped with ${carrier}${trackingNumber === null ? "" : `, tracking number ${trackingNumber}`} (${shipmentId})`,
    shipmentId,
  );
  if (!noted.ok || !isLast) return noted;
  const asked = await askWoo(access, "PUT", `/orders/${externalId}`, { status: "completed" });
  return asked.ok ? ok(null) : asked;
}

/** Adds a note for the buyer unless one that carries the mark is there. */
async function note(
  access: ChannelAccess,
  externalId: string,
  text: string,
  mark: string,
): Promise<Result<null, ChannelFailure>> {
  const notes = await askWoo(access, "GET", `/orders/${externalId}/notes`);
  if (!notes.ok) return notes;
  if (notes.value.status === 404) return err({ code: "refused", reason: "has no such order" });
  if (listAt(notes.value.body).some((each) => textAt(each, "note")?.includes(mark) === true)) return ok(null);
  const asked = await askWoo(access, "POST", `/orders/${externalId}/notes`, {
    note: text,
    customer_note: true,
  });
  return asked.ok ? ok(null) : asked;
}

/** What was paid goes back through the shop's own gateway, then the order is canceled there. */
async function tellCanceled(
  access: ChannelAccess,
  externalId: string,
  reason: string,
): Promise<Result<null, ChannelFailure>> {
  const found = await askWoo(access, "GET", `/orders/${externalId}`);
  if (!found.ok) return found;
  const { body, status } = found.value;
  const current = textAt(body, "status") ?? "";
  if (status === 404 || current === "cancelled" || current === "refunded") return ok(null);
  const isPaid = timeAt(body, "date_paid_gmt") !== null;
  if (isPaid && listAt(body, "refunds").length === 0) {
    const refund = { amount: textAt(body, "total"), reason: `holdfast: ${reason}`, api_refund: true };
    const refunded = await askWoo(access, "POST", `/orders/${externalId}/refunds`, refund);
    if (!refunded.ok) return refunded;
  }
  const asked = await askWoo(access, "PUT", `/orders/${externalId}`, { status: "cancelled" });
  return asked.ok ? ok(null) : asked;
}
