type Money = { currency_code: string; value: string };
type Movement = { id: string; status: string; amount: Money };
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

/** PayPal's orders API in memory, after its documentation: request ids, approval by the payer, captures in parts. */
export class PayPalServer {
  readonly orders = new Map<string, Order>();
  readonly asked: Array<string> = [];
  /** What was sent to be verified. */
  verified = "";
  isDown = false;
  readonly #replies = new Map<string, unknown>();
  #serial = 0;

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(input as string);
    const method = init?.method ?? "GET";
    this.asked.push(`${method} ${url.pathname}`);
    if (this.isDown) throw new TypeError("connection refused");
    const key = new Headers(init?.headers).get("paypal-request-id");
    const known = key === null ? undefined : this.#replies.get(key);
    if (known !== undefined) return Response.json(known);
    const reply = this.#answer(method, url.pathname, typeof init?.body === "string" ? init.body : "");
    if (reply === null)
      return Response.json(
        { name: "UNPROCESSABLE_ENTITY", details: [{ issue: "REFUSED" }] },
        { status: 422 },
      );
    if (key !== null) this.#replies.set(key, structuredClone(reply));
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
    if (path.endsWith("/verify-webhook-signature")) {
      this.verified = text;
      const { transmission_sig: signature } = JSON.parse(text) as { transmission_sig: string };
      return { verification_status: signature === "good" ? "SUCCESS" : "FAILURE" };
    }
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, never>;
    if (path === "/v2/checkout/orders") return this.#create(body);
    const [, , , kind, id = "", action] = path.split("/");
    if (kind === "orders" && method === "GET") return this.#order(id);
    if (kind === "orders") return this.#take(this.#order(id), action ?? "");
    for (const order of this.orders.values()) {
      const { payments } = order.purchase_units[0];
      const movement = [...payments.authorizations, ...payments.captures].find((each) => each.id === id);
      if (movement !== undefined) return this.#follow(payments, movement, action ?? "", body);
    }
    return null;
  }

  #create(body: { intent?: string; purchase_units?: [{ custom_id: string; amount: Money }] }): Order {
    const id = `PP${(this.#serial += 1)}`;
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
    body: { amount?: Money; final_capture?: boolean },
  ): object | null {
    const id = `${action}-${(this.#serial += 1)}`;
    const amount = body.amount ?? on.amount;
    if (action === "void") on.status = "VOIDED";
    if (action === "capture") {
      on.status = body.final_capture === true ? "CAPTURED" : "PARTIALLY_CAPTURED";
      payments.captures.push({ id, status: "COMPLETED", amount });
    }
    if (action === "refund") {
      if (Number(amount.value) > Number(on.amount.value)) return null;
      on.status = "PARTIALLY_REFUNDED";
      payments.refunds.push({ id, status: "COMPLETED", amount });
    }
    return { id, status: "COMPLETED" };
  }
}
