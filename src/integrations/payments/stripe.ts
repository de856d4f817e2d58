import Stripe from "stripe";

import { captureReference, voidReference, type PaymentState } from "../../domain/payments/provider-state.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type {
  AuthorizeRequest,
  Authorized,
  FollowedUp,
  FollowUpRequest,
  PaymentEntry,
  PaymentFailure,
  PaymentPort,
} from "./port.ts";
import { fromStripeAmount, ORDER_KEY, PAYMENT_KEY, stateOfIntent, toStripeAmount } from "./stripe-state.ts";
import { readStripeEvent } from "./stripe-webhook.ts";

/** Two tries of it stay below what a payment may take. */
const TIMEOUT_MS = 8_000;
/** What is read to find a payment whose name was lost: the newest, which are those that somebody just made. */
const RECENT_MAX = 300;

export type StripeConfig = {
  readonly secretKey: string;
  /** Absent where no webhook is set up: payments are asked for then. */
  readonly webhookSecrets: ReadonlyArray<string>;
  /** Another server than Stripe's own. */
  readonly apiBase?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
};

type Failed = { readonly ok: false; readonly error: PaymentFailure };

/**
 * Stripe, by PaymentIntents: a manual capture is one hold on the buyer's money, captured once or, where the card's bank
 * allows it, in parts. Every request carries our idempotency key; a repeat gets the first reply.
 */
export function stripePayments(config: StripeConfig): PaymentPort {
  const stripe = clientOf(config);
  return {
    provider: "stripe",
    isOnTrust: false,
    authorize: (request) => attempt(() => authorize(stripe, request)),
    capture: (request) => attempt(() => capture(stripe, request)),
    void: (request) => attempt(() => release(stripe, request)),
    refund: (request) => attempt(() => refund(stripe, request)),
    abandon: ({ idempotencyKey }) => attempt(() => abandon(stripe, idempotencyKey)),
    remote: {
      receive: (bytes, headers, nowMs) =>
        readStripeEvent(stripe, config.webhookSecrets, bytes, headers, nowMs),
      inquire: (reference) =>
        attempt(async () => ok(stateOfIntent(await stripe.paymentIntents.retrieve(reference)))),
      withdraw: (reference) => attempt(() => withdraw(stripe, reference)),
    },
  };
}

function clientOf({ secretKey, apiBase, fetch: ownFetch }: StripeConfig): Stripe {
  const base = apiBase === undefined ? null : new URL(apiBase);
  return new Stripe(secretKey, {
    httpClient: Stripe.createFetchHttpClient(ownFetch ?? ((...asked) => fetch(...asked))),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 1,
    telemetry: false,
    ...(base === null
      ? {}
      : {
          host: base.hostname,
          port: base.port === "" ? undefined : Number(base.port),
          protocol: base.protocol === "http:" ? "http" : "https",
        }),
  } as Stripe.StripeConfig);
}

async function authorize(
  stripe: Stripe,
  request: AuthorizeRequest,
): Promise<Result<Authorized, PaymentFailure>> {
  const { orderId, amount, currency, capture, details, idempotencyKey } = request;
  const method = details["payment_method"] as string | undefined;
  const returnUrl = details["return_url"] as string | undefined;
  const created = await stripe.paymentIntents.create(
    {
      amount: toStripeAmount(amount, currency),
      currency: currency.toLowerCase(),
      capture_method: capture,
      ...(capture === "manual"
        ? { payment_method_options: { card: { request_multicapture: "if_available" as const } } }
        : {}),
      metadata: { [ORDER_KEY]: orderId, [PAYMENT_KEY]: idempotencyKey },
      automatic_payment_methods: {
        enabled: true,
        // Without an address to come back to nobody can be sent away.
        allow_redirects: method !== undefined && returnUrl === undefined ? "never" : "always",
      },
    },
    { idempotencyKey },
  );
  if (method === undefined) return ok(awaitedOf(created));
  // Confirmed in a step of its own: an intent whose name we lost can then never have charged anybody.
  const intent = await stripe.paymentIntents.confirm(
    created.id,
    { payment_method: method, ...(returnUrl === undefined ? {} : { return_url: returnUrl }) },
    { idempotencyKey: `${idempotencyKey}:confirm` },
  );
  const state = stateOfIntent(intent);
  if (state.status === "failed" || state.status === "canceled") {
    return err({ code: "declined", reason: intent.last_payment_error?.code ?? intent.status });
  }
  if (state.authorized === 0) return ok(awaitedOf(intent));
  const authorization: PaymentEntry = {
    kind: "authorization",
    amount: state.authorized,
    currency,
    reference: intent.id,
  };
  if (state.captured === 0) return ok({ entries: [authorization], awaited: null });
  const captured: PaymentEntry = {
    kind: "capture",
    amount: state.captured,
    currency,
    reference: captureReference(intent.id, state.captured),
    parentReference: intent.id,
  };
  return ok({ entries: [authorization, captured], awaited: null });
}

function awaitedOf(intent: Stripe.PaymentIntent): Authorized {
  return {
    entries: [],
    awaited: {
      reference: intent.id,
      status: intent.status === "processing" ? "pending" : "requires_action",
      redirectUrl: intent.next_action?.redirect_to_url?.url ?? null,
      clientToken: intent.client_secret ?? null,
    },
  };
}

async function capture(stripe: Stripe, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, remainder, idempotencyKey } = request;
  const intent = await stripe.paymentIntents.capture(
    reference,
    {
      amount_to_capture: toStripeAmount(amount, currency),
      // Where the buyer's bank does not allow captures in parts Stripe refuses, instead of letting go of the rest unasked.
      ...(remainder === "keep" ? { final_capture: false } : {}),
    },
    { idempotencyKey },
  );
  const captured = fromStripeAmount(intent.amount_received, currency);
  return ok([{ kind: "capture", amount, currency, reference: captureReference(reference, captured) }]);
}

/** Lets go of what is authorized and not captured. Stripe knows no part of that: it is all or nothing. */
async function release(stripe: Stripe, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, idempotencyKey } = request;
  const intent = await stripe.paymentIntents.retrieve(reference);
  if (intent.status === "requires_capture" && intent.amount_received > 0) {
    await stripe.paymentIntents.capture(
      reference,
      { amount_to_capture: 0, final_capture: true },
      { idempotencyKey },
    );
  } else if (intent.status !== "succeeded" && intent.status !== "canceled") {
    await stripe.paymentIntents.cancel(reference, {}, { idempotencyKey });
  }
  return ok([{ kind: "void", amount, currency, reference: voidReference(reference, amount) }]);
}

async function refund(stripe: Stripe, request: FollowUpRequest): Promise<FollowedUp> {
  const { reference, amount, currency, idempotencyKey, orderId } = request;
  const [intent = reference] = reference.split(":");
  const made = await stripe.refunds.create(
    {
      payment_intent: intent,
      amount: toStripeAmount(amount, currency),
      metadata: { [ORDER_KEY]: orderId },
    },
    { idempotencyKey },
  );
  if (made.status === "failed" || made.status === "canceled") {
    return err({ code: "declined", reason: made.failure_reason ?? made.status });
  }
  return ok([{ kind: "refund", amount, currency, reference: made.id }]);
}

/** The intent of an attempt whose reply may be lost is found by the key that was written into it. */
async function abandon(stripe: Stripe, key: string): Promise<Result<null, PaymentFailure>> {
  const recent = await stripe.paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: RECENT_MAX });
  for (const intent of recent.filter(({ metadata }) => metadata[PAYMENT_KEY] === key)) {
    const withdrawn = await withdraw(stripe, intent.id);
    if (!withdrawn.ok) return withdrawn;
    if (withdrawn.value.captured === 0) continue;
    await stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: `${key}:abandon` });
  }
  return ok(null);
}

async function withdraw(stripe: Stripe, reference: string): Promise<Result<PaymentState, PaymentFailure>> {
  const intent = await stripe.paymentIntents.retrieve(reference);
  if (intent.status === "succeeded" || intent.status === "canceled") return ok(stateOfIntent(intent));
  try {
    return ok(stateOfIntent(await stripe.paymentIntents.cancel(reference)));
  } catch (error) {
    // It may have been paid since we looked.
    const now = await stripe.paymentIntents.retrieve(reference);
    if (now.status === intent.status) throw error;
    return ok(stateOfIntent(now));
  }
}

/** Says whether a failure is the payer's bank's or ours to try again. Messages may quote the payer, so only codes are kept. */
async function attempt<Value>(
  work: () => Promise<Result<Value, PaymentFailure>>,
): Promise<Result<Value, PaymentFailure>> {
  try {
    return await work();
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Failed {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return err({ code: "unavailable", reason: error instanceof Error ? error.name : "unknown" });
  }
  const reason = error.decline_code ?? error.code ?? error.type;
  const isRefusal =
    error instanceof Stripe.errors.StripeCardError ||
    error instanceof Stripe.errors.StripeInvalidRequestError;
  // 409 says that the same key is being worked on, 429 that we ask too much.
  const isPassing = error.statusCode === 409 || error.statusCode === 429;
  return err({ code: isRefusal && !isPassing ? "declined" : "unavailable", reason });
}
