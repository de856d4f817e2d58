import { crc32 } from "node:zlib";

import { selfSigned } from "./certificate.ts";

type Money = { currency_code: string; value: string };
type Movement = {
  id: string;
  status: string;
  amount: Money;
  custom_id?: string | undefined;
  links?: Array<{ rel: string; href: string }>;
};
type Unit = {
  custom_id: string;
  amount: Money;
  payments: { authorizations: Array<Movement>; captures: Array<Movement>; refunds: Array<Movement> };
};
type Order = {
  id: string;
  status: string;
  intent: string;
  purchase_units: [Unit];
  links: Array<{ rel: string; href: string }>;
};

const CERTIFICATE_PATH = "/v1/notifications/certs/CERT-1";
export const PAYPAL_API = "https://api-m.paypal.test";
export const PAYPAL_WEBHOOK_ID = "WH-OF-THE-TESTS";

function cents({ value }: Money): number {
  return Math.round(Number(value) * 100);
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
let keys: Promise<CryptoKeyPair> | null = null;

function keyPair(): Promise<CryptoKeyPair> {
  keys ??= crypto.subtle.generateKey(
    { ...RSA, modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  ) as Promise<CryptoKeyPair>;
  return keys;
}

async function certificate(): Promise<string> {
  return selfSigned(await keyPair(), "messageverificationcerts.paypal.test");
}

/** A webhook as PayPal sends it: signed over its ids, its time and the CRC-32 of its bytes. */
export async function payPalDelivery(
  event: object | string,
  change: { readonly webhookId?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly body: string; readonly headers: Record<string, string> }> {
  const body = typeof event === "string" ? event : JSON.stringify(event);
  const [id, time] = ["t-1", "2026-11-24T12:00:00Z"];
  const text = `${id}|${time}|${change.webhookId ?? PAYPAL_WEBHOOK_ID}|${crc32(body)}`;
  const { privateKey } = await keyPair();
  const signature = await crypto.subtle.sign(RSA, privateKey, new TextEncoder().encode(text));
  return {
    body,
    headers: {
      "content-type": "application/json",
      "paypal-auth-algo": "SHA256withRSA",
      "paypal-cert-url": `${PAYPAL_API}${CERTIFICATE_PATH}`,
      "paypal-transmission-id": id,
      "paypal-transmission-sig": btoa(String.fromCharCode(...new Uint8Array(signature))),
      "paypal-transmission-time": time,
      ...change.headers,
    },
  };
}

/** PayPal's orders API in memory, after its documentation: request ids, approval by the payer, captures in parts. */
export class PayPalServer {
  readonly orders = new Map<string, Order>();
  readonly asked: Array<string> = [];
  isDown = false;
  /** The replies to this path are lost, although what was asked for is done. */
  loses: RegExp | null = null;
  readonly #replies = new Map<string, unknown>();
  readonly #prefix: string;
  #serial = 0;

  /** @param prefix - Of its names, where several share a database. */
  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(input as string);
    const method = init?.method ?? "GET";
    this.asked.push(`${method} ${url.pathname}`);
    if (this.isDown) throw new TypeError("connection refused");
    if (url.pathname === CERTIFICATE_PATH) return new Response(await certificate());
    const key = new Headers(init?.headers).get("paypal-request-id");
    const known = key === null ? undefined : this.#replies.get(key);
    if (known !== undefined && this.loses?.test(url.pathname) !== true) return Response.json(known);
    if (known !== undefined) throw new TypeError("connection reset");
    const reply = this.#answer(method, url.pathname, typeof init?.body === "string" ? init.body : "");
    if (reply === null)
      return Response.json(
        { name: "UNPROCESSABLE_ENTITY", details: [{ issue: "REFUSED" }] },
        { status: 422 },
      );
    if (key !== null) this.#replies.set(key, structuredClone(reply));
    if (this.loses?.test(url.pathname) === true) throw new TypeError("connection reset");
    return Response.json(reply);
  };

  approve(id: string): void {
    this.#order(id).status = "APPROVED";
  }

  #order(id: string): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new Error(`no such order ${id}`);
    return order;
  }

  #answer(method: string, path: string, text: string): object | null {
    if (path === "/v1/oauth2/token") return { access_token: "token", expires_in: 3600 };
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, never>;
    if (path === "/v2/checkout/orders") return this.#create(body);
    const [, , , kind, id = "", action] = path.split("/");
    if (kind === "orders" && method === "GET") return this.#order(id);
    if (kind === "orders") return this.#take(this.#order(id), action ?? "");
    for (const order of this.orders.values()) {
      const { payments } = order.purchase_units[0];
      const movement = [...payments.authorizations, ...payments.captures].find((each) => each.id === id);
      if (movement === undefined) continue;
      if (method !== "GET") return this.#follow(payments, movement, action ?? "", body);
      return {
        ...movement,
        custom_id: order.purchase_units[0].custom_id,
        supplementary_data: { related_ids: { order_id: order.id } },
      };
    }
    return null;
  }

  #create(body: { intent?: string; purchase_units?: [{ custom_id: string; amount: Money }] }): Order {
    const id = `${this.#prefix}PP${(this.#serial += 1)}`;
    const [unit] = body.purchase_units ?? [];
    if (unit === undefined) throw new Error("no unit");
    const order: Order = {
      id,
      status: "PAYER_ACTION_REQUIRED",
      intent: body.intent ?? "",
      purchase_units: [{ ...unit, payments: { authorizations: [], captures: [], refunds: [] } }],
      links: [{ rel: "payer-action", href: `https://paypal.test/checkoutnow?token=${id}` }],
    };
    this.orders.set(id, order);
    return order;
  }

  #take(order: Order, action: string): object | null {
    if (order.status !== "APPROVED") return null;
    const [{ payments, amount }] = order.purchase_units;
    order.status = "COMPLETED";
    if (action === "authorize")
      payments.authorizations.push({ id: `A-${order.id}`, status: "CREATED", amount });
    else payments.captures.push({ id: `C-${order.id}`, status: "COMPLETED", amount });
    return order;
  }

  #follow(
    payments: Unit["payments"],
    on: Movement,
    action: string,
    body: { amount?: Money; final_capture?: boolean; custom_id?: string },
  ): object | null {
    const id = `${this.#prefix}${action}-${(this.#serial += 1)}`;
    const amount = body.amount ?? on.amount;
    if (action === "void") on.status = "VOIDED";
    if (action === "capture") {
      on.status = body.final_capture === true ? "CAPTURED" : "PARTIALLY_CAPTURED";
      payments.captures.push({ id, status: "COMPLETED", amount });
    }
    if (action === "refund") {
      const up = `https://api-m.paypal.test/v2/payments/captures/${on.id}`;
      const earlier = payments.refunds.filter(({ links }) => links?.[0]?.href === up);
      const refunded = earlier.reduce((sum, refund) => sum + cents(refund.amount), cents(amount));
      if (refunded > cents(on.amount)) return null;
      on.status = refunded === cents(on.amount) ? "REFUNDED" : "PARTIALLY_REFUNDED";
      payments.refunds.push({
        id,
        status: "COMPLETED",
        amount,
        custom_id: body.custom_id,
        links: [{ rel: "up", href: up }],
      });
    }
    return { id, status: "COMPLETED" };
  }
}
