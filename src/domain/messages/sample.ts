import { linkTo, type BrandIdentity } from "./brand-identity.ts";
import type { MessageFacts } from "./facts.ts";
import type { MessageTemplate } from "./message.ts";

const DAY_MS = 86_400_000;
const ORDER = "ord_sample";

const lines = [
  { title: "Pendant lamp, smoked glass", quantity: 1, total: 12_900 },
  { title: "Linen cushion, 50 × 50 cm, ochre", quantity: 2, total: 5_800 },
];
const amounts: Partial<Record<MessageTemplate, number>> = {
  refund: 5_800,
  return_resolved: 5_800,
  order_changed: 2_450,
  order_canceled: 20_518,
};
const parcelLines = lines.map(({ title, quantity }) => ({ title, quantity }));

/** Invented facts that show everything a message may say. */
export function sampleFacts(
  template: MessageTemplate,
  brand: BrandIdentity,
  unsubscribe: string | null,
  nowMs: number,
): MessageFacts {
  const isOfParcel = template === "shipped" || template === "out_for_delivery" || template === "delivered";
  const isWaiting = template === "backorder" || template === "preorder";
  const trackingNumber = "1Z999AA10123456784";
  return {
    customerName: "Ada Lovelace",
    order:
      template === "waitlist_offer"
        ? null
        : {
            number: 1042,
            placedAtMs: nowMs - 3 * DAY_MS,
            currency: "EUR",
            lines,
            subtotal: 18_700,
            discountTotal: 1_870,
            shippingTotal: 490,
            taxTotal: 3_198,
            total: 20_518,
            address: {
              name: "Ada Lovelace",
              line1: "12 St James's Square",
              city: "London",
              postal_code: "SW1Y 4JH",
              country: "GB",
            },
          },
    parcel: isOfParcel
      ? {
          carrier: "UPS Standard",
          trackingNumber,
          trackingUrl:
            linkTo(brand.links.tracking, "tracking_number", trackingNumber) ??
            `https://www.ups.com/track?tracknum=${trackingNumber}`,
          lines: parcelLines,
        }
      : null,
    waiting: isWaiting
      ? [
          {
            title: "Linen cushion, 50 × 50 cm, ochre",
            quantity: 2,
            fromMs: template === "preorder" ? nowMs + 21 * DAY_MS : null,
          },
        ]
      : [],
    return: template.startsWith("return_")
      ? {
          lines: parcelLines.slice(1),
          reason: template === "return_declined" ? "The return window of 30 days is over." : null,
          instructions:
            template === "return_approved"
              ? "Use the box it came in.\nHand it in at any parcel shop within 14 days."
              : null,
          labelUrl: template === "return_approved" ? "https://example.com/labels/sample.pdf" : null,
          trackingNumber: template === "return_approved" ? trackingNumber : null,
          outcome: template === "return_resolved" ? "refund" : null,
        }
      : null,
    amount: amounts[template] ?? null,
    offer:
      template === "waitlist_offer"
        ? {
            title: "Pendant lamp, smoked glass",
            quantity: 1,
            expiresAtMs: nowMs + 600_000,
            url: linkTo(brand.links.offer, "hold", "hold_sample"),
          }
        : null,
    links: {
      order: linkTo(brand.links.order, "order", ORDER),
      pay: linkTo(brand.links.pay, "order", ORDER),
      review: linkTo(brand.links.review, "order", ORDER),
      unsubscribe,
    },
  };
}
