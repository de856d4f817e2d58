import { createHmac } from "node:crypto";

type Intent = {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_capturable: number;
  amount_received: number;
  capture_method: string;
  client_secret: string;
  currency: string;
  last_payment_error: null | { code: string };
  latest_charge: string | null;
  metadata: Record<string, string>;
  next_action: null | { type: string; redirect_to_url: { url: string; return_url: string } };
  status: string;
};
type Refund = {
  id: string;
  object: "refund";
  amount: number;
  currency: string;
  payment_intent: string;
  status: string;
  metadata: Record<string, string>;
};
type Reply = { readonly status: number; readonly body: unknown };

export const STRIPE_SECRET = "whsec_of_the_tests";

/**
 * Stripe, as far as payments go, in memory: what its documentation says of PaymentIntents and refunds, with idempotency
 * keys and signed events. `pm_card_visa` pays, `pm_card_bank` sends the payer to its bank, `pm_card_declined` is declined.
 */
export class StripeServer {
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Refund>();
  /** Every event so far, oldest first. */
  readonly events: Array<{ id: string; type: string; data: { object: object } }> = [];
  /** Paths that were asked for. */
  readonly asked: Array<string> = [];
  /** What happens to the next reply of a path that matches: it is lost after the work was done. */
  loseReplyOf: RegExp | null = null;
  isDown = false;
  readonly #replies = new Map<string, Reply & { readonly asked: string }>();
  readonly #name: string;
  #serial = 0;

  /** @param name - Keeps the ids of several servers apart. */
  constructor(name = "") {
    this.#name = name;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input as RequestInfo, init);
    const url = new URL(request.url);
    const text = new TextDecoder().decode(await request.arrayBuffer());
    this.asked.push(`${request.method} ${url.pathname}`);
    if (this.isDown) throw new TypeError("connection refused");
    const key = request.headers.get("idempotency-key");
    const asked = `${url.pathname} ${text}`;
    const earlier = key === null || request.method === "GET" ? undefined : this.#replies.get(key);
    const reply =
      earlier === undefined
        ? this.#answer(request.method, url.pathname, new URLSearchParams(text))
        : earlier.asked === asked
          ? earlier
          : refusal(400, "idempotency_error", "idempotency_key_in_use");
    if (key !== null && request.method !== "GET" && earlier === undefined) {
      this.#replies.set(key, { ...reply, asked });
    }
    if (this.loseReplyOf?.test(`${request.method} ${url.pathname}`) === true) {
      this.loseReplyOf = null;
      throw new TypeError("connection lost");
    }
    return Response.json(reply.body, { status: reply.status, headers: { "request-id": "req_1" } });
  };

  /** The payer does what the bank asks. */
  approve(id: string): void {
    const intent = this.#intent(id);
    intent.next_action = null;
    this.#pay(intent);
  }

  /** The payer gives up, or the bank says no. */
  fail(id: string): void {
    const intent = this.#intent(id);
    intent.next_action = null;
    intent.last_payment_error = { code: "payment_intent_authentication_failure" };
    this.#become(intent, "requires_payment_method", "payment_intent.payment_failed");
  }

  dispute(id: string, status: string, type: string): void {
    const intent = this.#intent(id);
    this.#emit(type, {
      id: `dp_${id}`,
      object: "dispute",
      amount: intent.amount_received,
      currency: intent.currency,
      payment_intent: id,
      status,
    });
  }

  failRefund(id: string): void {
    const refund = this.refunds.get(id);
    if (refund === undefined) throw new Error("no such refund");
    refund.status = "failed";
    this.#emit("refund.failed", { ...refund });
  }

  /** What is received for a payment and not paid back. */
  kept(id: string): number {
    const back = [...this.refunds.values()].filter(
      (refund) => refund.payment_intent === id && refund.status !== "failed",
    );
    return this.#intent(id).amount_received - back.reduce((sum, { amount }) => sum + amount, 0);
  }

  #intent(id: string): Intent {
    const intent = this.intents.get(id);
    if (intent === undefined) throw new Error(`no such intent ${id}`);
    return intent;
  }

  #answer(method: string, path: string, form: URLSearchParams): Reply {
    const [, , resource, id, action] = path.split("/");
    if (resource === "refunds") return this.#refund(form);
    if (resource !== "payment_intents") return refusal(404, "invalid_request_error", "resource_missing");
    if (id === undefined && method === "POST") return done(this.#create(form));
    if (id === undefined) {
      return done({
        object: "list",
        data: [...this.intents.values()].toReversed(),
        has_more: false,
        url: path,
      });
    }
    const intent = this.intents.get(id);
    if (intent === undefined) return refusal(404, "invalid_request_error", "resource_missing");
    if (action === "confirm") return this.#confirm(intent, form);
    if (action === "capture") return this.#capture(intent, form);
    if (action === "cancel") return this.#cancel(intent);
    return done({ ...intent });
  }

  #create(form: URLSearchParams): Intent {
    const id = `pi_${this.#name}${(this.#serial += 1)}`;
    const metadata: Record<string, string> = {};
    for (const [name, value] of form) {
      const field = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      if (field !== undefined) metadata[field] = value;
    }
    const intent: Intent = {
      id,
      object: "payment_intent",
      amount: Number(form.get("amount")),
      amount_capturable: 0,
      amount_received: 0,
      capture_method: form.get("capture_method") ?? "automatic",
      client_secret: `${id}_secret`,
      currency: form.get("currency") ?? "",
      last_payment_error: null,
      latest_charge: null,
      metadata,
      next_action: null,
      status: "requires_payment_method",
    };
    this.intents.set(id, intent);
    return { ...intent };
  }

  #confirm(intent: Intent, form: URLSearchParams): Reply {
    const method = form.get("payment_method");
    if (method === "pm_card_declined") {
      intent.last_payment_error = { code: "card_declined" };
      this.#become(intent, "requires_payment_method", "payment_intent.payment_failed");
      return {
        status: 402,
        body: {
          error: {
            type: "card_error",
            code: "card_declined",
            decline_code: "generic_decline",
            message: "no",
          },
        },
      };
    }
    if (method === "pm_card_bank") {
      const returnUrl = form.get("return_url") ?? "";
      intent.next_action = {
        type: "redirect_to_url",
        redirect_to_url: { url: `https://bank.test/${intent.id}`, return_url: returnUrl },
      };
      this.#become(intent, "requires_action", "payment_intent.requires_action");
      return done({ ...intent });
    }
    this.#pay(intent);
    return done({ ...intent });
  }

  #pay(intent: Intent): void {
    intent.latest_charge = `ch_${intent.id}`;
    if (intent.capture_method === "manual") {
      intent.amount_capturable = intent.amount;
      this.#become(intent, "requires_capture", "payment_intent.amount_capturable_updated");
      return;
    }
    intent.amount_received = intent.amount;
    this.#become(intent, "succeeded", "payment_intent.succeeded");
  }

  #capture(intent: Intent, form: URLSearchParams): Reply {
    if (intent.status !== "requires_capture") {
      return refusal(400, "invalid_request_error", "payment_intent_unexpected_state");
    }
    const amount = Number(form.get("amount_to_capture") ?? intent.amount_capturable);
    if (amount > intent.amount_capturable) return refusal(400, "invalid_request_error", "amount_too_large");
    intent.amount_received += amount;
    if (form.get("final_capture") === "false" && amount < intent.amount_capturable) {
      intent.amount_capturable -= amount;
      this.#become(intent, "requires_capture", "payment_intent.amount_capturable_updated");
      return done({ ...intent });
    }
    intent.amount_capturable = 0;
    this.#become(intent, "succeeded", "payment_intent.succeeded");
    return done({ ...intent });
  }

  #cancel(intent: Intent): Reply {
    if (intent.status === "succeeded" || intent.status === "canceled") {
      return refusal(400, "invalid_request_error", "payment_intent_unexpected_state");
    }
    intent.amount_capturable = 0;
    this.#become(intent, "canceled", "payment_intent.canceled");
    return done({ ...intent });
  }

  #refund(form: URLSearchParams): Reply {
    const intent = this.#intent(form.get("payment_intent") ?? "");
    const amount = Number(form.get("amount") ?? this.kept(intent.id));
    if (amount > this.kept(intent.id))
      return refusal(400, "invalid_request_error", "charge_already_refunded");
    const refund: Refund = {
      id: `re_${this.#name}${(this.#serial += 1)}`,
      object: "refund",
      amount,
      currency: intent.currency,
      payment_intent: intent.id,
      status: "succeeded",
      metadata: {},
    };
    this.refunds.set(refund.id, refund);
    this.#emit("refund.created", { ...refund });
    return done({ ...refund });
  }

  #become(intent: Intent, status: string, event: string): void {
    intent.status = status;
    this.#emit(event, structuredClone(intent));
  }

  #emit(type: string, object: object): void {
    this.events.push({ id: `evt_${this.#name}${this.events.length + 1}`, type, data: { object } });
  }
}

/** An event as Stripe sends it, signed over its bytes. */
export function signedEvent(
  event: { id: string; type: string; data: { object: object } },
  options: { readonly secret?: string; readonly atMs?: number } = {},
): { readonly body: string; readonly headers: Record<string, string> } {
  const { secret = STRIPE_SECRET, atMs = Date.now() } = options;
  const body = JSON.stringify({ object: "event", api_version: "2026-10-28.endive", ...event });
  const seconds = Math.floor(atMs / 1000);
  const signature = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return {
    body,
    headers: { "content-type": "application/json", "stripe-signature": `t=${seconds},v1=${signature}` },
  };
}

function done(body: unknown): Reply {
  return { status: 200, body };
}

function refusal(status: number, type: string, code: string): Reply {
  return { status, body: { error: { type, code, message: code } } };
}
