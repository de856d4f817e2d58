import * as z from "zod";

import type { PaymentState } from "../../domain/payments/provider-state.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { callPayPal, type PayPalConfig } from "./paypal-api.ts";
import { verifyPayPalSignature } from "./paypal-signature.ts";
import { payPalDisputeSchema, stateOfDispute } from "./paypal-state.ts";
import type { PaymentFailure, PaymentNews } from "./port.ts";

const relatedSchema = z.looseObject({
  related_ids: z.looseObject({ order_id: z.string().optional() }).optional(),
});
const resourceSchema = z.looseObject({
  id: z.string().optional(),
  custom_id: z.string().optional(),
  supplementary_data: relatedSchema.optional(),
  links: z.array(z.looseObject({ rel: z.string(), href: z.string() })).optional(),
});
const eventSchema = z.looseObject({
  id: z.string().min(1).max(128),
  event_type: z.string(),
  resource: resourceSchema,
});
const captureSchema = z.looseObject({
  custom_id: z.string().optional(),
  supplementary_data: relatedSchema.optional(),
});

type Refusal = { readonly code: "forged" | "malformed" | "unavailable" };

/**
 * Checks that PayPal signed these bytes, and reads of which order they tell. What became of that order is asked for
 * afterwards, so that a webhook is a hint and never the truth; only of a dispute the order itself does not tell.
 */
export async function readPayPalEvent(
  config: PayPalConfig,
  bytes: Uint8Array,
  headers: Headers,
  nowMs: number,
): Promise<Result<PaymentNews | null, Refusal>> {
  const { webhookId, apiBase, fetch } = config;
  if (webhookId === undefined) return err({ code: "forged" });
  const signed = await verifyPayPalSignature({ webhookId, apiBase, fetch }, bytes, headers, nowMs);
  if (!signed.ok) return signed;
  const event = parse(bytes);
  if (event === null) return err({ code: "malformed" });
  const { id, event_type: type, resource } = event;
  const isDispute = type.startsWith("CUSTOMER.DISPUTE.");
  if (isDispute) return disputeNews(config, id, resource);
  if (!type.startsWith("CHECKOUT.ORDER.") && !type.startsWith("PAYMENT.")) return ok(null);
  const named = type.startsWith("CHECKOUT.ORDER.")
    ? ok({ reference: resource.id ?? null, orderId: resource.custom_id ?? null })
    : await paymentOf(config, type, resource);
  if (!named.ok) return named;
  const { reference, orderId } = named.value;
  return ok(reference === null ? null : { eventId: id, reference, orderId, state: null });
}

type Named = { readonly reference: string | null; readonly orderId: string | null };

async function disputeNews(
  config: PayPalConfig,
  eventId: string,
  resource: unknown,
): Promise<Result<PaymentNews | null, Refusal>> {
  const read = payPalDisputeSchema.safeParse(resource);
  if (!read.success) return err({ code: "malformed" });
  const [transaction] = read.data.disputed_transactions;
  if (transaction === undefined) return ok(null);
  const named = await captureNamed(config, transaction.seller_transaction_id);
  if (!named.ok) return named;
  const { reference, orderId } = named.value;
  const state: PaymentState | null = reference === null ? null : stateOfDispute(read.data, reference);
  return ok(state === null ? null : { eventId, reference: state.reference, orderId, state });
}

/** Older events say of which capture they are and not of which order; PayPal is asked then. */
async function paymentOf(
  config: PayPalConfig,
  type: string,
  resource: z.output<typeof resourceSchema>,
): Promise<Result<Named, Refusal>> {
  const related = resource.supplementary_data?.related_ids?.order_id;
  if (related !== undefined) return ok({ reference: related, orderId: resource.custom_id ?? null });
  const above = resource.links
    ?.find(({ rel }) => rel === "up")
    ?.href.match(/\/v2\/payments\/captures\/([A-Z0-9]{1,32})$/)?.[1];
  const capture = above ?? (type.startsWith("PAYMENT.CAPTURE.") ? resource.id : undefined);
  return capture === undefined ? ok({ reference: null, orderId: null }) : captureNamed(config, capture);
}

async function captureNamed(config: PayPalConfig, capture: string): Promise<Result<Named, Refusal>> {
  const said: Result<z.output<typeof captureSchema>, PaymentFailure> = await callPayPal(
    config,
    captureSchema,
    "GET",
    `/v2/payments/captures/${encodeURIComponent(capture)}`,
  );
  if (!said.ok && said.error.code === "unavailable") return err({ code: "unavailable" });
  // What PayPal does not know as a capture of ours is somebody else's business.
  if (!said.ok) return ok({ reference: null, orderId: null });
  const { supplementary_data: data, custom_id: orderId } = said.value;
  return ok({ reference: data?.related_ids?.order_id ?? null, orderId: orderId ?? null });
}

function parse(bytes: Uint8Array): z.output<typeof eventSchema> | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return eventSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
