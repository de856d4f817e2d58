import * as z from "zod";

import { err, ok, type Result } from "../../domain/result.ts";
import { callPayPal, type PayPalConfig } from "./paypal-api.ts";
import type { PaymentNews } from "./port.ts";

const eventSchema = z.looseObject({
  id: z.string().min(1).max(128),
  event_type: z.string(),
  resource: z.looseObject({
    id: z.string().optional(),
    custom_id: z.string().optional(),
    supplementary_data: z
      .looseObject({ related_ids: z.looseObject({ order_id: z.string().optional() }).optional() })
      .optional(),
  }),
});
const verdictSchema = z.object({ verification_status: z.string() });

const SIGNED_BY = [
  ["auth_algo", "paypal-auth-algo"],
  ["cert_url", "paypal-cert-url"],
  ["transmission_id", "paypal-transmission-id"],
  ["transmission_sig", "paypal-transmission-sig"],
  ["transmission_time", "paypal-transmission-time"],
] as const;

/**
 * Asks PayPal whether it sent these bytes, word for word, and reads of which order they tell. What became of that order
 * is asked for afterwards, so that a webhook is a hint and never the truth.
 */
export async function readPayPalEvent(
  config: PayPalConfig,
  bytes: Uint8Array,
  headers: Headers,
): Promise<Result<PaymentNews | null, { readonly code: "forged" | "malformed" | "unavailable" }>> {
  const signature = Object.fromEntries(
    SIGNED_BY.map(([field, header]) => [field, headers.get(header) ?? ""]),
  );
  if (config.webhookId === undefined || Object.values(signature).includes("")) return err({ code: "forged" });
  const text = decode(bytes);
  const event = text === null ? null : parse(text);
  if (text === null || event === null) return err({ code: "malformed" });
  // The event goes back as it came: written anew, its bytes would be others and the signature would not fit.
  const fields = JSON.stringify({ ...signature, webhook_id: config.webhookId });
  const verdict = await callPayPal(
    config,
    verdictSchema,
    "POST",
    "/v1/notifications/verify-webhook-signature",
    {
      body: `${fields.slice(0, -1)},"webhook_event":${text}}`,
    },
  );
  if (!verdict.ok) return err({ code: verdict.error.code === "unavailable" ? "unavailable" : "forged" });
  if (verdict.value.verification_status !== "SUCCESS") return err({ code: "forged" });
  const { id, event_type: type, resource } = event;
  const related = resource.supplementary_data?.related_ids?.order_id;
  const reference = type.startsWith("CHECKOUT.ORDER.") ? resource.id : related;
  if (reference === undefined) return ok(null);
  return ok({ eventId: id, reference, orderId: resource.custom_id ?? null, state: null });
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(text: string): z.output<typeof eventSchema> | null {
  try {
    return eventSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
