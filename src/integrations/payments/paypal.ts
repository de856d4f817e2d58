import * as z from "zod";

import { captureReference, voidReference, type PaymentState } from "../../domain/payments/provider-state.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { callPayPal, type PayPalConfig } from "./paypal-api.ts";
import { readPayPalOrder } from "./paypal-order.ts";
import { refundPayPal } from "./paypal-refund.ts";
import { payPalOrderSchema, stateOfOrder, toPayPalValue, type PayPalOrder } from "./paypal-state.ts";
import { readPayPalEvent } from "./paypal-webhook.ts";
import type {
  AuthorizeRequest,
  Authorized,
  FollowedUp,
  FollowUpRequest,
  PaymentFailure,
  PaymentPort,
} from "./port.ts";

const anything = z.looseObject({});
const madeSchema = z.looseObject({ id: z.string() });

/**
 * PayPal, by its orders API: the payer approves at PayPal, and only then we have the money authorized or captured, so
 * that an order that is given up never costs anybody anything. Every request carries our id; a repeat gets the first reply.
 */
export function payPalPayments(config: PayPalConfig): PaymentPort {
  return {
    provider: "paypal",
    isOnTrust: false,
    authorize: (request) => begin(config, request),
    capture: (request) => capture(config, request),
    void: (request) => release(config, request),
    refund: (request) => refundPayPal(config, request),
    // Nothing moves unless we have it moved, and nobody will.
    abandon: () => Promise.resolve(ok(null)),
    remote: {
      receive: (bytes, headers, nowMs) => readPayPalEvent(config, bytes, headers, nowMs),
      inquire: (reference) => inquire(config, reference),
      withdraw: (reference) => withdraw(config, reference),
    },
  };
}

async function begin(
  config: PayPalConfig,
  request: AuthorizeRequest,
): Promise<Result<Authorized, PaymentFailure>> {
  const { orderId, amount, currency, capture: when, details, idempotencyKey } = request;
  const value = toPayPalValue(amount, currency);
  const returnUrl = details["return_url"];
  if (value === null) return err({ code: "declined", reason: "currency_without_decimals" });
  if (typeof returnUrl !== "string") return err({ code: "declined", reason: "return_url_missing" });
  const made = await callPayPal(config, payPalOrderSchema, "POST", "/v2/checkout/orders", {
    requestId: idempotencyKey,
    body: JSON.stringify({
      intent: when === "manual" ? "AUTHORIZE" : "CAPTURE",
      purchase_units: [{ custom_id: orderId, amount: { currency_code: currency, value } }],
      payment_source: {
        paypal: {
          experience_context: { return_url: returnUrl, cancel_url: returnUrl, user_action: "PAY_NOW" },
        },
      },
    }),
  });
  if (!made.ok) return made;
  const link = made.value.links?.find(({ rel }) => rel === "payer-action" || rel === "approve");
  return ok({
    entries: [],
    awaited: {
      reference: made.value.id,
      status: "requires_action",
      redirectUrl: link?.href ?? null,
      clientToken: null,
    },
  });
}

async function inquire(
  config: PayPalConfig,
  reference: string,
): Promise<Result<PaymentState, PaymentFailure>> {
  const order = await readPayPalOrder(config, reference);
  if (!order.ok) return order;
  if (order.value.status !== "APPROVED") return ok(stateOfOrder(order.value));
  const step = order.value.intent === "AUTHORIZE" ? "authorize" : "capture";
  const path = `/v2/checkout/orders/${encodeURIComponent(reference)}/${step}`;
  const taken = await callPayPal(config, anything, "POST", path, {
    requestId: `${reference}:${step}`,
    body: "{}",
  });
  if (!taken.ok && taken.error.code === "unavailable") return taken;
  const now = await readPayPalOrder(config, reference);
  if (!now.ok) return now;
  const state = stateOfOrder(now.value);
  // What the payer's bank refused stays approved at PayPal.
  return ok(!taken.ok && state.captured + state.authorized === 0 ? { ...state, status: "failed" } : state);
}

/** An order that is not approved, or that we do not have captured, moves no money. */
async function withdraw(
  config: PayPalConfig,
  reference: string,
): Promise<Result<PaymentState, PaymentFailure>> {
  const order = await readPayPalOrder(config, reference);
  if (!order.ok) return order;
  const state = stateOfOrder(order.value);
  return ok(
    state.captured + state.authorized > 0 ||
      (state.status === "pending" && order.value.status === "COMPLETED")
      ? state
      : { ...state, status: "canceled" },
  );
}

async function capture(config: PayPalConfig, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, remainder, idempotencyKey } = request;
  const order = await readPayPalOrder(config, reference);
  if (!order.ok) return order;
  const authorization = authorizationOf(order.value);
  const value = toPayPalValue(amount, currency);
  if (authorization === null || value === null)
    return err({ code: "declined", reason: "nothing_authorized" });
  const made = await callPayPal(
    config,
    madeSchema,
    "POST",
    `/v2/payments/authorizations/${authorization}/capture`,
    {
      requestId: idempotencyKey,
      body: JSON.stringify({
        amount: { currency_code: currency, value },
        final_capture: remainder === "release",
      }),
    },
  );
  if (!made.ok) return made;
  const now = await readPayPalOrder(config, reference);
  if (!now.ok) return now;
  const { captured } = stateOfOrder(now.value);
  return ok([{ kind: "capture", amount, currency, reference: captureReference(reference, captured) }]);
}

async function release(config: PayPalConfig, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, idempotencyKey } = request;
  const order = await readPayPalOrder(config, reference);
  if (!order.ok) return order;
  const authorization = authorizationOf(order.value);
  if (authorization !== null) {
    const path = `/v2/payments/authorizations/${authorization}/void`;
    const voided = await callPayPal(config, anything, "POST", path, {
      requestId: idempotencyKey,
      body: "{}",
    });
    if (!voided.ok) return voided;
  }
  return ok([{ kind: "void", amount, currency, reference: voidReference(reference, amount) }]);
}

function authorizationOf(order: PayPalOrder): string | null {
  const open = order.purchase_units[0]?.payments?.authorizations?.find(
    ({ status }) => status === "CREATED" || status === "PARTIALLY_CAPTURED",
  );
  return open?.id ?? null;
}
