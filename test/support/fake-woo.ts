import { createHmac } from "node:crypto";

type Product = { readonly id: number; readonly sku: string; stock: number };
type Order = {
  readonly id: number;
  readonly lines: ReadonlyArray<{
    readonly id: number;
    readonly product: Product;
    readonly quantity: number;
  }>;
  status: string;
  modifiedMs: number;
  readonly notes: Array<string>;
  readonly refunds: Array<string>;
  readonly refundReasons: Array<string>;
};

/** A shop on WooCommerce: it keeps stock and orders, checks what it is sent, and can be busy or down. */
export class FakeWoo {
  readonly url: string;
  readonly secret = "woo-webhook-secret";
  readonly key = "ck_fake_key";
  readonly keySecret = "cs_fake_secret";
  readonly products: Array<Product> = [];
  readonly orders = new Map<number, Order>();
  readonly told: Array<{ readonly sku: string; readonly quantity: number }> = [];
  readonly calls: Array<string> = [];
  isDown = false;
  throttleNext = 0;
  #next = 100;

  constructor(name: string) {
    this.url = `https://${name}.example.com`;
  }

  newId(): number {
    this.#next += 1;
    return this.#next;
  }

  list(sku: string, stock: number): Product {
    const product = { id: this.newId(), sku, stock };
    this.products.push(product);
    return product;
  }

  sell(lines: ReadonlyArray<readonly [Product, number]>, nowMs: number, status = "processing"): Order {
    const order: Order = {
      id: this.newId(),
      lines: lines.map(([product, quantity]) => ({ id: this.newId(), product, quantity })),
      status,
      modifiedMs: nowMs,
      notes: [],
      refunds: [],
      refundReasons: [],
    };
    for (const [product, quantity] of lines) product.stock -= quantity;
    this.orders.set(order.id, order);
    return order;
  }

  view(order: Order) {
    const total = order.lines.reduce((sum, { quantity }) => sum + quantity * 10, 0).toFixed(2);
    const isPaid = order.status !== "pending" && order.status !== "on-hold";
    const person = {
      first_name: "Wanda",
      last_name: "Woo",
      address_1: "2 Side St",
      city: "Graz",
      postcode: "8010",
      country: "AT",
    };
    return {
      id: order.id,
      number: String(order.id),
      status: order.status,
      currency: "EUR",
      date_created_gmt: "2026-09-20T10:00:00",
      date_modified_gmt: new Date(order.modifiedMs).toISOString().slice(0, 19),
      date_paid_gmt: isPaid ? "2026-09-20T10:00:01" : null,
      total,
      shipping_total: "0.00",
      shipping_tax: "0.00",
      prices_include_tax: false,
      billing: { ...person, email: "wanda@example.com", phone: "" },
      shipping: person,
      line_items: order.lines.map(({ id, product, quantity }) => ({
        id,
        name: product.sku,
        product_id: product.id,
        variation_id: 0,
        quantity,
        subtotal: (quantity * 10).toFixed(2),
        total: (quantity * 10).toFixed(2),
        total_tax: "0.00",
        sku: product.sku,
      })),
      shipping_lines: [],
      refunds: order.refunds.map((amount, id) => ({ id, total: `-${amount}` })),
    };
  }

  webhook(topic: string, order: Order): { bytes: Uint8Array; headers: Headers } {
    const body = JSON.stringify(this.view(order));
    return {
      bytes: new TextEncoder().encode(body),
      headers: new Headers({
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-delivery-id": crypto.randomUUID(),
        "x-wc-webhook-signature": createHmac("sha256", this.secret).update(body).digest("base64"),
      }),
    };
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.isDown) throw new TypeError("connection refused");
    const url = new URL(request.url);
    const path = url.pathname.replace("/wp-json/wc/v3", "");
    this.calls.push(`${request.method} ${path}`);
    if (request.headers.get("authorization") !== `Basic ${btoa(`${this.key}:${this.keySecret}`)}`) {
      return Response.json({ message: "Sorry, you cannot list resources." }, { status: 401 });
    }
    if (this.throttleNext > 0) {
      this.throttleNext -= 1;
      return new Response("", { status: 429, headers: { "retry-after": "1" } });
    }
    const body = request.method === "GET" ? null : ((await request.json()) as Record<string, never>);
    return this.#answer(request.method, path, url.searchParams, body);
  };

  #answer(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, never> | null,
  ): Response {
    if (path === "/products" && method === "GET") {
      const include = query.get("include")?.split(",");
      const page = Number(query.get("page") ?? "1");
      const found = this.products.filter(({ id }) => include === undefined || include.includes(String(id)));
      return Response.json(
        (page === 1 ? found : []).map(({ id, sku, stock }) => ({
          id,
          sku,
          name: sku,
          type: "simple",
          manage_stock: true,
          stock_quantity: stock,
        })),
      );
    }
    if (path === "/products/batch" && method === "POST") return this.#setStock(body);
    if (path === "/orders" && method === "GET") {
      const after = Date.parse(`${query.get("modified_after") ?? "1970-01-01T00:00:00"}Z`);
      return Response.json(
        [...this.orders.values()]
          .filter(({ modifiedMs }) => modifiedMs > after)
          .map((order) => this.view(order)),
      );
    }
    const [, id = "", part = ""] = /^\/orders\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
    const order = this.orders.get(Number(id));
    if (order === undefined) return Response.json({ message: "Invalid ID." }, { status: 404 });
    if (part === "notes" && method === "GET") return Response.json(order.notes.map((note) => ({ note })));
    if (part === "notes") order.notes.push(body?.["note"] ?? "");
    if (part === "refunds" && method === "GET")
      return Response.json(order.refundReasons.map((reason, index) => ({ id: index + 1, reason })));
    if (part === "refunds") {
      order.refunds.push(body?.["amount"] ?? "");
      order.refundReasons.push(body?.["reason"] ?? "");
    }
    if (part === "" && method === "PUT") {
      order.status = body?.["status"] ?? order.status;
      order.modifiedMs += 1_000;
    }
    return Response.json(this.view(order));
  }

  #setStock(body: Record<string, never> | null): Response {
    const update = (body?.["update"] ?? []) as ReadonlyArray<{
      id: number;
      manage_stock: boolean;
      stock_quantity: number;
    }>;
    if (update.length > 100)
      return Response.json({ message: "Unable to accept more than 100 items" }, { status: 413 });
    return Response.json({
      update: update.map(({ id, manage_stock: isManaged, stock_quantity: stock }) => {
        const product = this.products.find((each) => each.id === id);
        if (product === undefined || !isManaged || !Number.isInteger(stock)) {
          return { id, error: { code: "woocommerce_rest_product_invalid_id", message: "Invalid ID." } };
        }
        product.stock = stock;
        this.told.push({ sku: product.sku, quantity: stock });
        return { id, stock_quantity: stock };
      }),
    });
  }
}
