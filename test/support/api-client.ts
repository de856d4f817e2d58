import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { scopes, type Scope } from "../../src/contract/operation.ts";
import { createApp } from "../../src/worker/app.ts";
import { hashKey } from "../../src/worker/http/principal.ts";

const ORIGIN = "https://holdfast.test";

// Called as a function: each call of `exports.default.fetch` makes the next one slower, and these tests make thousands.
const app = createApp();

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers, and fails where they are not as it says
  readonly body: any;
};

/** Puts a key into D1 as the API would have, without the API. */
export async function seedKey(key: string, granted: ReadonlyArray<Scope> = scopes): Promise<string> {
  const id = `key_${key.replaceAll("_", "-")}`;
  await env.DB.prepare(
    "INSERT INTO api_key (id, kind, name, hash, prefix, last4, scopes, created_at_ms) VALUES (?1, ?2, 'test', ?3, ?4, ?5, ?6, 0)",
  )
    .bind(
      id,
      key.startsWith("pk_") ? "publishable" : "secret",
      hashKey(key),
      key.slice(0, 8),
      key.slice(-4),
      JSON.stringify(key.startsWith("pk_") ? [] : granted),
    )
    .run();
  return id;
}

/**
 * The engine as a caller with one key has it. What goes on after the answer is awaited.
 *
 * @param bindings - In place of those that `wrangler.toml` and the tests' configuration give.
 */
export function apiClient(key: string | null, bindings: Readonly<Record<string, unknown>> = {}) {
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Reply> => {
    const headers = new Headers(init.headers);
    if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
    const context = createExecutionContext();
    const request = new Request(`${ORIGIN}${path}`, { ...init, method, headers });
    const response = await app.fetch(request, { ...env, ...bindings }, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    };
  };
  const json = (body: unknown, headers: Record<string, string>): RequestInit => ({
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return {
    send,
    get: (path: string) => send("GET", path),
    delete: (path: string) => send("DELETE", path),
    put: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      send("PUT", path, json(body, headers)),
    /** @param body - Undefined where the operation takes none. */
    post: (path: string, body: unknown, idempotencyKey: string = crypto.randomUUID()) =>
      send(
        "POST",
        path,
        body === undefined
          ? { headers: { "idempotency-key": idempotencyKey } }
          : json(body, { "idempotency-key": idempotencyKey }),
      ),
  };
}
export type ApiClient = ReturnType<typeof apiClient>;

/** A SKU with units at one location, through the API. */
export async function stockUp(
  api: ApiClient,
  sku: string,
  quantity: number,
  rules: { readonly buyer_limit?: number } = {},
): Promise<void> {
  const done = (reply: Reply) => {
    if (reply.status !== 200) throw new Error(`not stocked up: ${JSON.stringify(reply.body)}`);
  };
  done(
    await api.put("/v1/locations/BER-1", {
      name: "Berlin",
      type: "warehouse",
      address: { country: "DE" },
      ships: true,
      pickup: true,
    }),
  );
  done(
    await api.put(`/v1/skus/${sku}`, { title: sku, prices: [{ currency: "EUR", amount: 1500 }], ...rules }),
  );
  if (quantity === 0) return;
  done(
    await api.post("/v1/stock/movements", {
      movements: [{ sku, location: "BER-1", kind: "received", quantity }],
    }),
  );
}
