import { createHmac } from "node:crypto";

/** What a merchant would see in the shop's admin. */
type Variant = { readonly id: string; readonly itemId: string; readonly sku: string; quantity: number };
type Line = { readonly id: string; readonly variant: Variant; quantity: number; remaining: number };
type Order = {
  readonly id: string;
  readonly lines: Array<Line>;
  updatedAtMs: number;
  cancelledAtMs: number | null;
  isPaid: boolean;
  fulfillments: Array<string>;
  readonly refunds: Array<{ readonly note: string; readonly amount: string }>;
};
type Variables = Readonly<Record<string, unknown>>;

/** A shop on Shopify: it keeps stock and orders, checks what it is sent, and can be slow, busy or down. */
export class FakeShopify {
  readonly shop: string;
  readonly locationId = "4242";
  readonly secret = "shopify-client-secret";
  readonly token = "shpat_fake-token";
  readonly variants: Array<Variant> = [];
  readonly orders = new Map<string, Order>();
  /** Each quantity that it was told, in order. */
  readonly told: Array<{ readonly sku: string; readonly quantity: number }> = [];
  readonly calls: Array<string> = [];
  readonly keys = new Map<string, string>();
  isDown = false;
  throttleNext = 0;
  #next = 7_000_000_000_000_000_001n;

  constructor(name: string) {
    this.shop = `${name}.myshopify.com`;
  }

  newId(): string {
    this.#next += 1n;
    return this.#next.toString();
  }

  list(sku: string, quantity: number): Variant {
    const variant = { id: this.newId(), itemId: this.newId(), sku, quantity };
    this.variants.push(variant);
    return variant;
  }

  /** A buyer checks out in the shop, which takes the units from its own count. */
  sell(lines: ReadonlyArray<readonly [Variant, number]>, nowMs: number, isPaid = true): Order {
    const order: Order = {
      id: this.newId(),
      lines: lines.map(([variant, quantity]) => ({
        id: this.newId(),
        variant,
        quantity,
        remaining: quantity,
      })),
      updatedAtMs: nowMs,
      cancelledAtMs: null,
      isPaid,
      fulfillments: [],
      refunds: [],
    };
    for (const [variant, quantity] of lines) variant.quantity -= quantity;
    this.orders.set(order.id, order);
    return order;
  }

  /** The body of a webhook about an order, with its id as Shopify writes it: a number beyond 2^53. */
  body(order: Order): string {
    const total = order.lines.reduce((sum, { quantity }) => sum + quantity * 10, 0).toFixed(2);
    const text = JSON.stringify({
      id: `#${order.id}#`,
      name: `#${order.id.slice(-4)}`,
      currency: "EUR",
      created_at: new Date(1_790_000_000_000).toISOString(),
      updated_at: new Date(order.updatedAtMs).toISOString(),
      cancelled_at: order.cancelledAtMs === null ? null : new Date(order.cancelledAtMs).toISOString(),
      financial_status: order.isPaid ? "paid" : "pending",
      fulfillment_status: order.lines.every(({ remaining }) => remaining === 0) ? "fulfilled" : null,
      total_price: total,
      current_total_price: total,
      total_outstanding: order.isPaid ? "0.00" : total,
      email: "Buyer@Example.com",
      customer: { first_name: "Bea", last_name: "Buyer" },
      shipping_address: {
        name: "Bea Buyer",
        address1: "1 Main St",
        city: "Berlin",
        zip: "10115",
        country_code: "DE",
      },
      shipping_lines: [],
      refunds: order.refunds.map(({ amount }) => ({
        transactions: [{ kind: "refund", status: "success", amount }],
      })),
      line_items: order.lines.map(({ id, variant, quantity }) => ({
        id: `#${id}#`,
        title: variant.sku,
        sku: variant.sku,
        variant_id: `#${variant.id}#`,
        quantity,
        current_quantity: quantity,
        price: "10.00",
        requires_shipping: true,
        tax_lines: [],
      })),
    });
    return text.replaceAll(/"#(\d+)#"/g, "$1");
  }

  webhook(topic: string, body: string, secret = this.secret): { bytes: Uint8Array; headers: Headers } {
    return {
      bytes: new TextEncoder().encode(body),
      headers: new Headers({
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": this.shop,
        "x-shopify-webhook-id": crypto.randomUUID(),
        "x-shopify-hmac-sha256": createHmac("sha256", secret).update(body).digest("base64"),
      }),
    };
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (this.isDown) throw new TypeError("connection refused");
    if (url.host !== this.shop || url.pathname !== "/admin/api/2026-10/graphql.json") {
      return new Response("not found", { status: 404 });
    }
    if (request.headers.get("x-shopify-access-token") !== this.token)
      return Response.json({ errors: "no" }, { status: 401 });
    const { query, variables } = (await request.json()) as { query: string; variables: Variables };
    const name = /^(?:query|mutation) (\w+)/.exec(query)?.[1] ?? "";
    this.calls.push(name);
    if (this.throttleNext > 0) {
      this.throttleNext -= 1;
      const throttleStatus = { currentlyAvailable: 0, restoreRate: 100 };
      return Response.json({
        errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
        extensions: { cost: { requestedQueryCost: 10, throttleStatus } },
      });
    }
    const answer = this.#answer(name, query, variables);
    return Response.json(
      answer === null ? { errors: [{ message: `no such document: ${name}` }] } : { data: answer },
    );
  };

  #answer(name: string, query: string, variables: Variables): unknown {
    switch (name) {
      case "Shop":
        return { shop: { name: "Example", myshopifyDomain: this.shop } };
      case "Listings":
        return {
          productVariants: {
            pageInfo: { hasNextPage: false, endCursor: null },
            nodes: this.variants.map(({ id, itemId, sku }) => ({
              id: `gid://shopify/ProductVariant/${id}`,
              sku,
              barcode: null,
              displayName: sku,
              inventoryItem: { id: `gid://shopify/InventoryItem/${itemId}`, tracked: true },
            })),
          },
        };
      case "SetQuantities":
        return { inventorySetQuantities: this.#setQuantities(query, variables) };
      case "Quantities":
        return {
          nodes: (variables["ids"] as ReadonlyArray<string>).map((id) => {
            const variant = this.#byItem(id);
            if (variant === undefined) return null;
            return {
              id,
              inventoryLevel: { quantities: [{ name: "available", quantity: variant.quantity }] },
            };
          }),
        };
      case "Order":
        return { order: this.#graphOrder(this.orders.get(idOf(String(variables["id"])))) };
      case "ChangedOrders": {
        const since = Date.parse(/'(.*)'/.exec(String(variables["query"]))?.[1] ?? "");
        const nodes = [...this.orders.values()]
          .filter(({ updatedAtMs }) => updatedAtMs >= since)
          .sort((a, b) => a.updatedAtMs - b.updatedAtMs)
          .map(({ id, updatedAtMs }) => ({
            id: `gid://shopify/Order/${id}`,
            updatedAt: new Date(updatedAtMs).toISOString(),
          }));
        return { orders: { pageInfo: { hasNextPage: false, endCursor: null }, nodes } };
      }
      case "ToFulfill":
        return { order: this.#toFulfill(this.orders.get(idOf(String(variables["id"])))) };
      case "Fulfill":
        return { fulfillmentCreate: this.#fulfill(variables["fulfillment"] as never) };
      case "ToRefund": {
        const order = this.orders.get(idOf(String(variables["id"])));
        return { order: order === undefined ? null : toRefund(order) };
      }
      case "Refund":
        return { refundCreate: this.#refund(variables["input"] as never) };
      case "Cancel": {
        const order = this.orders.get(idOf(String(variables["id"])));
        if (order !== undefined) order.cancelledAtMs = order.updatedAtMs + 1;
        return { orderCancel: { job: { id: "gid://shopify/Job/1" }, orderCancelUserErrors: [] } };
      }
      default:
        return null;
    }
  }

  #byItem(gid: string): Variant | undefined {
    return this.variants.find(({ itemId }) => itemId === idOf(gid));
  }

  #setQuantities(query: string, variables: Variables): unknown {
    const key = variables["key"] as string;
    const input = variables["input"] as {
      quantities: ReadonlyArray<{
        inventoryItemId: string;
        locationId: string;
        quantity: number;
        changeFromQuantity: number | null;
      }>;
    };
    const refuse = (code: string, field: ReadonlyArray<string>) => ({
      userErrors: [{ code, field, message: code }],
      inventoryAdjustmentGroup: null,
    });
    if (!query.includes("@idempotent(key: $key)") || !/^[0-9a-f-]{36}$/.test(key))
      return refuse("IDEMPOTENCY_KEY_REQUIRED", ["key"]);
    const content = JSON.stringify(input);
    const earlier = this.keys.get(key);
    if (earlier !== undefined) {
      return earlier === content
        ? { inventoryAdjustmentGroup: { id: "gid://shopify/InventoryAdjustmentGroup/1" }, userErrors: [] }
        : refuse("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", ["key"]);
    }
    for (const [index, entry] of input.quantities.entries()) {
      const field = ["input", "quantities", String(index)];
      const variant = this.#byItem(entry.inventoryItemId);
      if (variant === undefined) return refuse("INVALID_INVENTORY_ITEM", [...field, "inventoryItemId"]);
      if (entry.locationId !== `gid://shopify/Location/${this.locationId}`)
        return refuse("INVALID_LOCATION", [...field, "locationId"]);
      if (!Object.hasOwn(entry, "changeFromQuantity")) return refuse("CHANGE_FROM_QUANTITY_REQUIRED", field);
      if (entry.quantity < 0) return refuse("INVALID_QUANTITY_NEGATIVE", [...field, "quantity"]);
      if (entry.changeFromQuantity !== null && entry.changeFromQuantity !== variant.quantity) {
        return refuse("CHANGE_FROM_QUANTITY_STALE", [...field, "changeFromQuantity"]);
      }
    }
    this.keys.set(key, content);
    for (const { inventoryItemId, quantity } of input.quantities) {
      const variant = this.#byItem(inventoryItemId);
      if (variant === undefined) continue;
      variant.quantity = quantity;
      this.told.push({ sku: variant.sku, quantity });
    }
    return { inventoryAdjustmentGroup: { id: "gid://shopify/InventoryAdjustmentGroup/1" }, userErrors: [] };
  }

  #toFulfill(order: Order | undefined): unknown {
    if (order === undefined) return null;
    return {
      cancelledAt: order.cancelledAtMs === null ? null : new Date(order.cancelledAtMs).toISOString(),
      fulfillments: order.fulfillments.map((number) => ({ trackingInfo: [{ number }] })),
      fulfillmentOrders: {
        nodes: [
          {
            id: `gid://shopify/FulfillmentOrder/${order.id}`,
            status: "OPEN",
            lineItems: {
              nodes: order.lines.map(({ id, remaining }) => ({
                id: `gid://shopify/FulfillmentOrderLineItem/${id}`,
                remainingQuantity: remaining,
                lineItem: { id: `gid://shopify/LineItem/${id}` },
              })),
            },
          },
        ],
      },
    };
  }

  #fulfill(input: {
    lineItemsByFulfillmentOrder: ReadonlyArray<{
      fulfillmentOrderId: string;
      fulfillmentOrderLineItems: ReadonlyArray<{ id: string; quantity: number }>;
    }>;
    trackingInfo: { number: string } | null;
  }): unknown {
    for (const group of input.lineItemsByFulfillmentOrder) {
      const order = this.orders.get(idOf(group.fulfillmentOrderId));
      for (const { id, quantity } of group.fulfillmentOrderLineItems) {
        const line = order?.lines.find((each) => each.id === idOf(id));
        if (line === undefined || line.remaining < quantity) {
          return { fulfillment: null, userErrors: [{ field: ["fulfillment"], message: "Invalid quantity" }] };
        }
        line.remaining -= quantity;
      }
      order?.fulfillments.push(input.trackingInfo?.number ?? "");
    }
    return { fulfillment: { id: "gid://shopify/Fulfillment/1", status: "SUCCESS" }, userErrors: [] };
  }

  #refund(input: {
    orderId: string;
    note: string;
    transactions: ReadonlyArray<{ amount: string; kind: string; parentId: string; gateway: string }>;
  }): unknown {
    const order = this.orders.get(idOf(input.orderId));
    const isFine = input.transactions.every(({ kind, parentId }) => kind === "REFUND" && parentId !== "");
    if (order === undefined || !isFine)
      return { refund: null, userErrors: [{ field: ["input"], message: "Invalid" }] };
    for (const { amount } of input.transactions) order.refunds.push({ note: input.note, amount });
    return { refund: { id: "gid://shopify/Refund/1" }, userErrors: [] };
  }

  #graphOrder(order: Order | undefined): unknown {
    if (order === undefined) return null;
    const rest = JSON.parse(this.body(order)) as Record<string, unknown>;
    const money = (amount: string) => ({ shopMoney: { amount, currencyCode: "EUR" } });
    return {
      id: `gid://shopify/Order/${order.id}`,
      name: rest["name"],
      createdAt: rest["created_at"],
      updatedAt: rest["updated_at"],
      cancelledAt: rest["cancelled_at"],
      currencyCode: "EUR",
      taxesIncluded: false,
      email: rest["email"],
      displayFinancialStatus: order.isPaid ? "PAID" : "PENDING",
      displayFulfillmentStatus: rest["fulfillment_status"] === null ? "UNFULFILLED" : "FULFILLED",
      totalPriceSet: money(rest["total_price"] as string),
      currentTotalPriceSet: money(rest["total_price"] as string),
      totalOutstandingSet: money(rest["total_outstanding"] as string),
      customer: { firstName: "Bea", lastName: "Buyer" },
      shippingAddress: {
        name: "Bea Buyer",
        address1: "1 Main St",
        city: "Berlin",
        zip: "10115",
        countryCodeV2: "DE",
      },
      shippingLines: { nodes: [] },
      refunds: [],
      lineItems: {
        nodes: order.lines.map(({ id, variant, quantity }) => ({
          id: `gid://shopify/LineItem/${id}`,
          title: variant.sku,
          sku: variant.sku,
          quantity,
          currentQuantity: quantity,
          requiresShipping: true,
          isGiftCard: false,
          variant: { id: `gid://shopify/ProductVariant/${variant.id}` },
          originalUnitPriceSet: money("10.00"),
          discountAllocations: [],
          taxLines: [],
        })),
      },
    };
  }
}

function toRefund({ id, lines, refunds }: Order): unknown {
  const paid = lines.reduce((sum, { quantity }) => sum + quantity * 10, 0);
  const left = refunds.reduce((sum, { amount }) => sum - Number(amount), paid);
  return {
    refunds: refunds.map(({ note }) => ({ note })),
    suggestedRefund: {
      suggestedTransactions: [
        {
          gateway: "shopify_payments",
          parentTransaction: { id: `gid://shopify/OrderTransaction/${id}` },
          maximumRefundableSet: { shopMoney: { amount: left.toFixed(2), currencyCode: "EUR" } },
        },
      ],
    },
  };
}

function idOf(gid: string): string {
  return gid.slice(gid.lastIndexOf("/") + 1);
}
