import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { eventRow } from "../../src/db/events.ts";
import { customerIdOf, insertOrders } from "../../src/db/new-orders.ts";
import { composeId } from "../../src/domain/ids.ts";
import type { Language } from "../../src/domain/messages/message.ts";
import { publishEvents } from "../../src/worker/use-cases/publish-events.ts";
import { relayDueMessages, relayMessages } from "../../src/worker/use-cases/relay-messages.ts";
import { sendMessage } from "../../src/worker/use-cases/send-message.ts";
import { seedKey, stockUp } from "../support/api-client.ts";
import { failNth, faultyD1 } from "../support/faults.ts";
import { MailWorld, quietApi } from "../support/mail-world.ts";

const api = quietApi("sk_test_messages");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const identity = {
  name: "Lumen & Co.",
  sender_email: "orders@lumen.example.com",
  reply_to: "help@lumen.example.com",
  order_url: "https://lumen.example.com/orders/{order}",
  pay_url: "https://lumen.example.com/pay/{order}",
  offer_url: "https://lumen.example.com/offer/{hold}",
  review_url: "https://lumen.example.com/review/{order}",
};

let world: MailWorld;
beforeAll(async () => {
  await seedKey("sk_test_messages");
  await stockUp(api, "LAMP", 10_000);
  await api.put("/v1/skus/LAMP", { title: "Pendant lamp", prices: [{ currency: "EUR", amount: 1_500 }] });
});
beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
  world = new MailWorld();
  await world.begin();
  await api.put("/v1/brands/main", identity);
});

let orders = 0;
type Placed = {
  readonly id: string;
  readonly line: string;
  readonly email: string;
  readonly customer: string;
};

/** An order that is placed and paid, and that nobody carries on: what happens to it is the test's to say. */
async function place({
  brand = null,
  language = null,
}: { readonly brand?: string | null; readonly language?: Language | null } = {}): Promise<Placed> {
  orders += 1;
  const nowMs = Date.now();
  const email = `ada-${orders}@example.com`;
  const customer = customerIdOf(email);
  const id = composeId("ord", nowMs, String(orders).padStart(16, "0"));
  const line = `line_${id}`;
  const db = createDb(env.DB);
  await db.d1.batch(
    insertOrders(
      db,
      [
        {
          order: {
            id,
            status: "placed",
            paymentStatus: "paid",
            fulfillmentStatus: "unfulfilled",
            currency: "EUR",
            subtotal: 3_000,
            discountTotal: 0,
            shippingTotal: 0,
            taxTotal: 0,
            total: 3_000,
            customerId: customer,
            shippingAddress: {
              name: "Ada",
              line1: "1 Main St",
              city: "Berlin",
              postal_code: "10115",
              country: "DE",
            },
            shippingMethod: "standard",
            channel: "storefront",
            brand,
            language,
            metadata: {},
            placedAtMs: nowMs,
            stockCommittedAtMs: nowMs,
            updatedAtMs: nowMs,
            version: 1,
          },
          customer: { id: customer, email, name: "Ada", phone: null, createdAtMs: nowMs },
          lines: [
            {
              id: line,
              orderId: id,
              position: 1,
              placedAtMs: nowMs,
              sku: "LAMP",
              title: "Pendant lamp",
              quantity: 2,
              unitPrice: 1_500,
              discount: 0,
              tax: 0,
              total: 3_000,
              fulfilledQuantity: 0,
              deliveredQuantity: 0,
              returnedQuantity: 0,
              canceledQuantity: 0,
            },
          ],
          transactions: (["authorization", "capture"] as const).map((kind) => ({
            id: `txn_${kind}_${id}`,
            orderId: id,
            kind,
            amount: 3_000,
            currency: "EUR",
            provider: "manual",
            reference: `${kind}_${id}`,
            parentReference: kind === "capture" ? `authorization_${id}` : null,
            occurredAtMs: nowMs,
          })),
          events: [eventRow(id, "order.placed", "test", { total: 3_000 }, "key_test", nowMs)],
          outbox: [],
          audit: [],
          answer: null,
        },
      ],
      nowMs,
    ),
  );
  return { id, email, line, customer };
}

async function ship({ id }: Placed, shipment = `shp_${id}`): Promise<string> {
  await env.DB.batch([
    env.DB.prepare("UPDATE order_line SET fulfilled_quantity = 2 WHERE order_id = ?1").bind(id),
    env.DB.prepare(
      `INSERT INTO shipment (id, order_id, fulfillment_order_id, status, tracking_status, carrier, service, tracking_number, created_at_ms, version)
       VALUES (?1, ?2, 'ful_1', 'shipped', 'in_transit', 'easypost', 'UPS Ground', '1Z 999', ?3, 1)`,
    ).bind(shipment, id, world.nowMs),
  ]);
  await world.happen(id, "shipment.shipped", { shipment }, shipment);
  return shipment;
}

test("an order, its parcel, its delivery and a week later its review request: one mail each, to its buyer", async () => {
  const order = await place();
  await world.tick();
  const shipment = await ship(order);
  await world.tick();
  await world.happen(order.id, "shipment.out_for_delivery", { shipment });
  await world.tick();
  await env.DB.prepare("UPDATE shipment SET status = 'delivered' WHERE id = ?1").bind(shipment).run();
  await world.happen(order.id, "shipment.delivered", { shipment });
  await world.happen(order.id, "order.completed");
  await world.tick();
  expect(world.post.tags()).toEqual(["order_confirmation", "shipped", "out_for_delivery", "delivered"]);
  world.nowMs += 7 * DAY_MS - HOUR_MS;
  await world.tick();
  expect(world.post.tags()).toHaveLength(4);
  world.nowMs += HOUR_MS;
  await world.tick();
  expect(world.post.tags().at(-1)).toBe("review_request");

  const [confirmation, shipped] = world.post.delivered;
  expect(confirmation).toMatchObject({
    to: order.email,
    from: { email: "orders@lumen.example.com", name: "Lumen & Co." },
    replyTo: "help@lumen.example.com",
    isRepeat: false,
  });
  expect(confirmation?.subject).toMatch(/^Your order #\d+ at Lumen & Co\.$/);
  expect(confirmation?.text).toContain("Pendant lamp × 2");
  expect(confirmation?.html).toContain(`https://lumen.example.com/orders/${order.id}`);
  expect(shipped?.html).toContain("https://www.ups.com/track?tracknum=1Z%20999");
  expect(new Set(world.post.delivered.map(({ to }) => to))).toEqual(new Set([order.email]));

  const { body } = await api.get(`/v1/orders/${order.id}/messages`);
  const told = body.data.map(
    (message: { template: string; status: string }) => `${message.template} ${message.status}`,
  );
  expect(told.toSorted()).toEqual(
    world.post
      .tags()
      .map((tag) => `${tag} sent`)
      .toSorted(),
  );
});

test("what is written down keeps neither an address nor a name nor a text", async () => {
  const { id, email } = await place();
  await world.tick();
  for (const table of ["message", "audit_log", "outbox", "dead_letter", "exception", "brand"]) {
    const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all();
    expect([table, JSON.stringify(results).includes(email)]).toEqual([table, false]);
  }
  const [row] = await world.rows();
  // An operator reads it anew, from the order.
  const { body } = await api.get(`/v1/messages/${String(row?.["id"])}`);
  expect(body.mail.text).toContain("Hello Ada,");
  await env.DB.prepare("UPDATE customer SET email = NULL, name = NULL WHERE email = ?1").bind(email).run();
  await world.happen(id, "shipment.shipped", { shipment: "shp_x" });
  await world.tick();
  expect((await world.rows()).at(-1)).toMatchObject({ status: "skipped", reason: "no_address" });
});

describe("once each", () => {
  const thriceShuffled = (batch: ReadonlyArray<unknown>) =>
    [...batch, ...batch, ...batch]
      .map((body, index) => ({ body, key: (index * 7_919) % 101 }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ body }) => body);

  test("every message of the queue three times, shuffled, and all at once", async () => {
    const orders = [await place(), await place(), await place(), await place()];
    for (const order of orders) await ship(order);
    await Promise.all(Array.from({ length: 4 }, () => relayMessages(world.services())));
    await relayDueMessages(world.services());
    await world.deliver({}, thriceShuffled);
    const [row] = await world.rows();
    await Promise.all(Array.from({ length: 5 }, () => sendMessage(world.services(), String(row?.["id"]))));
    expect(world.post.delivered).toHaveLength(8);
    expect(world.post.calls).toBe(8);
    expect(new Set(world.post.delivered.map(({ to, tag }) => `${to} ${tag}`)).size).toBe(8);
  });

  test("a carrier that tries twice, a refund in two parts: still one", async () => {
    const order = await place();
    const shipment = await ship(order);
    for (let day = 0; day < 3; day += 1) {
      await world.happen(order.id, "shipment.out_for_delivery", { shipment });
      world.nowMs += DAY_MS / 2;
      await world.tick();
    }
    expect(world.post.tags().filter((tag) => tag === "out_for_delivery")).toHaveLength(1);
  });

  test.each(["before", "after"] as const)(
    "a run that dies %s any of its calls to the database",
    async (mode) => {
      for (let nth = 1; nth <= 8; nth += 1) {
        await world.begin();
        await api.put("/v1/brands/main", identity);
        world.post.delivered.length = 0;
        await place();
        const db = createDb(faultyD1(env.DB, failNth(nth, mode)));
        await relayMessages(world.services({ db })).catch(() => {});
        const [id] = (await world.rows()).map((row) => String(row["id"]));
        if (id !== undefined) await sendMessage(world.services({ db }), id).catch(() => {});
        await world.pass(0.2);
        expect([nth, world.post.tags()]).toEqual([nth, ["order_confirmation"]]);
        expect(await world.rows()).toMatchObject([{ status: "sent" }]);
      }
    },
  );

  test("an answer that was lost: the provider is asked again under the same key, and told that it is a repeat", async () => {
    await place();
    world.post.fates = ["lost"];
    await world.tick();
    expect(await world.rows()).toMatchObject([{ status: "pending" }]);
    world.nowMs += 120_000;
    await world.tick();
    expect(await world.rows()).toMatchObject([{ status: "sent", attempts: 2 }]);
    expect(world.post.calls).toBe(2);
    expect(world.post.delivered).toHaveLength(1);
  });
});

describe("nobody is told", () => {
  test("where whoever did it said so: cancel, refund, return, change", async () => {
    const order = await place();
    await world.tick();
    await ship(order);
    await world.tick();
    const lines = [{ line: order.line, quantity: 1, reason: "damaged" }];
    const asked = await api.post(`/v1/orders/${order.id}/returns`, { lines, notify: false });
    expect(asked.status).toBe(201);
    expect(await api.post(`/v1/returns/${asked.body.id}/approve`, { notify: false })).toMatchObject({
      status: 200,
    });
    expect(
      await api.post(`/v1/orders/${order.id}/refunds`, { amount: 100, reason: "goodwill", notify: false }),
    ).toMatchObject({ status: 201 });
    const quiet = await place();
    const canceled = await api.post(`/v1/orders/${quiet.id}/cancel`, { reason: "customer", notify: false });
    expect(canceled.body).toMatchObject({ status: "canceled", payment_status: "refunded" });
    const changed = await place();
    const units = [{ line: changed.line, quantity: 1 }];
    expect(
      await api.post(`/v1/orders/${changed.id}/cancel`, { reason: "customer", lines: units, notify: false }),
    ).toMatchObject({ status: 200 });
    await world.tick();
    // The confirmation of the canceled order is not true any more; the changed one's is.
    expect(world.post.tags()).toEqual(["order_confirmation", "shipped", "order_confirmation"]);
  });

  test("of an order that another system sent in", async () => {
    const { id } = await place();
    await env.DB.prepare("UPDATE orders SET channel = 'shopify', external_id = '4711' WHERE id = ?1")
      .bind(id)
      .run();
    await world.tick();
    expect(await world.rows()).toEqual([]);
  });

  test("of what happened long ago, or while no mail was sent", async () => {
    const { id } = await place();
    world.nowMs += 25 * HOUR_MS;
    await world.tick();
    expect(await world.rows()).toEqual([]);
    await world.happen(id, "order.changed", { change: "chg_1" });
    await world.tick({ mail: null });
    await world.tick();
    expect(await world.rows()).toEqual([]);
  });
});

describe("and everybody is, where nobody said otherwise", () => {
  test("a cancel tells of the money that goes back, and the refund by itself does not", async () => {
    const { id } = await place();
    await world.tick();
    await api.post(`/v1/orders/${id}/cancel`, { reason: "customer" });
    await world.tick();
    expect(world.post.tags()).toEqual(["order_confirmation", "order_canceled"]);
    expect(world.post.delivered.at(-1)?.text).toContain("What you paid goes back");
  });

  test("a refund says how much", async () => {
    const { id } = await place();
    await world.tick();
    await api.post(`/v1/orders/${id}/refunds`, { amount: 1_234, reason: "goodwill" });
    await world.tick();
    expect(world.post.subjects().at(-1)).toMatch(/^€12\.34 back for order #\d+$/);
  });

  test("a return: asked for, approved with its label and instructions, received, settled", async () => {
    const order = await place();
    await ship(order);
    await world.tick();
    const lines = [{ line: order.line, quantity: 1, reason: "changed_mind" }];
    const { body } = await api.post(`/v1/orders/${order.id}/returns`, { lines });
    await world.tick();
    await api.post(`/v1/returns/${body.id}/approve`, {
      tracking_number: "RT-1",
      label_url: "https://labels.example.com/RT-1.pdf",
      instructions: "Use the box it came in.",
    });
    await world.tick();
    await api.post(`/v1/returns/${body.id}/receive`, { location: "BER-1" });
    await world.tick();
    await api.post(`/v1/returns/${body.id}/inspect`, { lines: [{ line: order.line, restock: 1 }] });
    await api.post(`/v1/returns/${body.id}/resolve`, { outcome: "refund" });
    await world.tick();
    expect(world.post.tags().slice(2)).toEqual([
      "return_requested",
      "return_approved",
      "return_received",
      "return_resolved",
    ]);
    const approved = world.post.delivered.find(({ tag }) => tag === "return_approved");
    expect(approved?.html).toContain('href="https://labels.example.com/RT-1.pdf"');
    expect(approved?.text).toContain("Use the box it came in.");
    expect(world.post.delivered.at(-1)?.text).toContain("We are paying €15.00 back to you");
  });

  test("a declined return says why; one that was approved at once is not also said to be requested", async () => {
    const order = await place();
    await ship(order);
    const lines = [{ line: order.line, quantity: 1, reason: "changed_mind" }];
    const declined = await api.post(`/v1/orders/${order.id}/returns`, { lines });
    await api.post(`/v1/returns/${declined.body.id}/decline`, { reason: "It was worn." });
    await api.put("/v1/return-policy", { approval: "automatic" });
    await api.post(`/v1/orders/${order.id}/returns`, { lines });
    await api.put("/v1/return-policy", { approval: "manual" });
    await world.tick();
    expect(world.post.tags().toSorted()).toEqual([
      "order_confirmation",
      "return_approved",
      "return_declined",
      "shipped",
    ]);
    const no = world.post.delivered.find(({ tag }) => tag === "return_declined");
    expect(no?.text).toContain("It was worn.");
  });

  test("a change that is owed money asks for it, with a link to pay", async () => {
    const { id } = await place();
    await world.tick();
    const { body } = await api.post(`/v1/orders/${id}/changes`, {});
    await api.put(`/v1/orders/${id}/changes/${body.id}/actions`, {
      actions: [{ type: "add_line", sku: "LAMP", quantity: 1 }],
    });
    expect(await api.post(`/v1/orders/${id}/changes/${body.id}/confirm`, {})).toMatchObject({
      body: { status: "on_hold", hold_reason: "awaiting_payment" },
    });
    await world.tick();
    const mail = world.post.delivered.at(-1);
    expect(mail?.tag).toBe("order_changed");
    expect(mail?.text).toContain(`Pay €15.00:\nhttps://lumen.example.com/pay/${id}`);
    expect(mail?.text).toContain("€15.00 is still to be paid");
  });

  test.each([
    ["backorder", {}, "date not known yet"],
    ["preorder", { available_from: "2099-05-01" }, "from May 1, 2099"],
  ])("units that are not there: %s", async (template, attributes, said) => {
    await api.put("/v1/skus/LAMP", {
      title: "Pendant lamp",
      prices: [{ currency: "EUR", amount: 1_500 }],
      attributes,
    });
    const { id, line } = await place();
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO fulfillment_order (id, order_id, status, created_at_ms, updated_at_ms, version) VALUES (?1, ?2, 'incomplete', 0, 0, 1)`,
      ).bind(`ful_${id}`, id),
      env.DB.prepare(
        `INSERT INTO fulfillment_order_line (id, fulfillment_order_id, order_line_id, sku, quantity) VALUES (?1, ?2, ?3, 'LAMP', 2)`,
      ).bind(`fline_${id}`, `ful_${id}`, line),
    ]);
    await world.happen(id, "fulfillment.incomplete", { lines: [{ line, sku: "LAMP", quantity: 2 }] }, "");
    await world.tick();
    expect(world.post.tags().toSorted()).toEqual([template, "order_confirmation"].toSorted());
    expect(world.post.delivered.find(({ tag }) => tag === template)?.text).toContain(said);
    await api.put("/v1/skus/LAMP", { title: "Pendant lamp", prices: [{ currency: "EUR", amount: 1_500 }] });
  });
});

describe("an offer from the line", () => {
  const offer = (hold: string, buyer: string, expiresAtMs: number) => ({
    type: "waitlist.offered" as const,
    subject: `wtl_${hold}`,
    fact: hold,
    data: { hold, buyer, sku: "LAMP", quantity: 2, expires_at: new Date(expiresAtMs).toISOString() },
    occurredAtMs: world.nowMs,
  });

  test("reaches buyers of whom a shop said who they are, at once and while it stands", async () => {
    expect(
      await api.put("/v1/buyers/buyer-known/contact", {
        email: "Grace@example.com",
        name: "Grace",
        language: "de",
      }),
    ).toMatchObject({ status: 200, body: { buyer: "buyer-known", language: "de" } });
    const soon = world.nowMs + 600_000;
    await publishEvents(world.services(), [
      offer("hold_a", "buyer-known", soon),
      offer("hold_b", "buyer-unknown", soon),
      offer("hold_c", "buyer-known", world.nowMs - 1),
    ]);
    await world.tick({ unsubscribe: world.services().unsubscribe ?? LINKS });
    expect(world.post.subjects()).toEqual(["Du bist dran: Pendant lamp"]);
    expect(world.post.delivered[0]).toMatchObject({ to: "grace@example.com" });
    expect(world.post.delivered[0]?.text).toContain("https://lumen.example.com/offer/hold_a");
    expect((await world.rows()).map(({ reason }) => String(reason)).toSorted()).toEqual([
      "null",
      "superseded",
    ]);
    expect(await api.delete("/v1/buyers/buyer-known/contact")).toMatchObject({ status: 200 });
    expect(await api.delete("/v1/buyers/buyer-known/contact")).toMatchObject({ status: 404 });
  });
});

const LINKS = {
  linkFor: ({ customerId }: { readonly customerId: string }) =>
    `https://stock.example.com/unsubscribe/${customerId}`,
  read: () => null,
};

describe("who may be written to", () => {
  const completed = async () => {
    const order = await place();
    await world.tick();
    await world.happen(order.id, "order.completed");
    await world.tick();
    return order;
  };

  test("a review request can be refused, by a link and by one click, and orders go on being told of", async () => {
    const order = await completed();
    world.nowMs += 7 * DAY_MS;
    await world.tick();
    const { headers, text = "" } = world.post.delivered.at(-1) ?? {};
    const link = /<(https?:[^>]+)>/.exec(headers?.["List-Unsubscribe"] ?? "")?.[1] ?? "";
    expect(headers?.["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(text).toContain(link);
    expect(link).not.toContain(order.email);
    expect(world.post.delivered[0]?.headers).not.toHaveProperty("List-Unsubscribe");

    const path = new URL(link).pathname;
    const anybody = quietApi("");
    const page = await anybody.send("GET", path, { headers: { authorization: "" } });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<form method="post">');
    // Scanners open links: opening it refuses nothing.
    expect((await api.get(`/v1/customers/${order.customer}/contact-rule`)).body.opted_out_at).toBeNull();
    const clicked = await anybody.send("POST", path, {
      body: "List-Unsubscribe=One-Click",
      headers: { authorization: "", "content-type": "application/x-www-form-urlencoded" },
    });
    expect(clicked.status).toBe(200);
    expect((await api.get(`/v1/customers/${order.customer}/contact-rule`)).body.opted_out_at).toEqual(
      expect.any(String),
    );
    expect(await anybody.send("POST", `${path}x`)).toMatchObject({ status: 404 });

    await world.happen(order.id, "order.changed", { change: "chg_2" });
    await env.DB.prepare("DELETE FROM message WHERE template = 'review_request'").run();
    await world.happen(order.id, "order.completed");
    await world.tick();
    world.nowMs += 7 * DAY_MS;
    await world.tick();
    expect(world.post.tags()).toEqual(["order_confirmation", "review_request", "order_changed"]);
    expect((await world.rows()).find(({ template }) => template === "review_request")).toMatchObject({
      status: "skipped",
      reason: "opted_out",
    });
  });

  test("a bounce or a complaint ends all mail to that address, until somebody lifts it", async () => {
    const order = await place();
    await world.tick();
    const [sent] = await env.DB.prepare("SELECT provider_reference AS reference FROM message")
      .all<{ reference: string }>()
      .then(({ results }) => results);
    const password = "a password of the tests";
    const poster = quietApi("");
    const hook = (body: object, secret = password) =>
      poster.send("POST", "/webhooks/postmark", {
        body: JSON.stringify(body),
        headers: { authorization: `Basic ${btoa(`h:${secret}`)}` },
      });
    const bounce = { RecordType: "Bounce", Inactive: true, MessageID: sent?.reference, Email: order.email };
    expect((await hook(bounce, "another")).status).toBe(401);
    expect((await hook(bounce)).status).toBe(200);
    expect((await hook(bounce)).status).toBe(200);
    expect((await hook({ ...bounce, MessageID: "nobody's" })).status).toBe(200);
    expect((await api.get(`/v1/orders/${order.id}/messages`)).body.data[0].outcome).toBe("bounced");
    await ship(order);
    await world.tick();
    expect((await world.rows()).at(-1)).toMatchObject({ status: "skipped", reason: "suppressed" });
    const lifted = { is_opted_out: false, is_suppressed: false };
    await api.put(`/v1/customers/${order.customer}/contact-rule`, lifted);
    const { id } = (await world.rows()).at(-1) ?? {};
    expect(await api.post(`/v1/messages/${String(id)}/resend`, undefined)).toMatchObject({ status: 200 });
    world.nowMs += 60_000;
    await world.tick();
    expect(world.post.tags()).toEqual(["order_confirmation", "shipped"]);
  });

  test("no review request goes out that could not be refused, nor one for what is coming back", async () => {
    await completed();
    world.nowMs += 7 * DAY_MS;
    await world.tick({ unsubscribe: null });
    expect((await world.rows()).at(-1)).toMatchObject({ status: "skipped", reason: "no_opt_out" });
    const order = await completed();
    await ship(order);
    await api.post(`/v1/orders/${order.id}/returns`, {
      lines: [{ line: order.line, quantity: 1, reason: "damaged" }],
      notify: false,
    });
    world.nowMs += 7 * DAY_MS;
    await world.tick();
    expect(
      (await world.rows()).find(
        ({ order_id: id, template }) => id === order.id && template === "review_request",
      ),
    ).toMatchObject({ status: "skipped", reason: "superseded" });
  });
});

describe("a brand", () => {
  test("waits for the morning with what can wait, in its own time zone", async () => {
    await api.put("/v1/brands/main", {
      ...identity,
      time_zone: "Asia/Tokyo",
      quiet_hours: { from: "22:00", to: "07:00" },
    });
    const order = await place();
    await ship(order);
    // Two in the morning in Tokyo; today or tomorrow, so that nothing is old.
    world.nowMs = Math.floor(world.nowMs / DAY_MS) * DAY_MS + 17 * HOUR_MS;
    await env.DB.prepare("UPDATE order_event SET occurred_at_ms = ?1 WHERE order_id = ?2")
      .bind(world.nowMs, order.id)
      .run();
    await world.tick();
    expect(world.post.tags()).toEqual(["order_confirmation"]);
    await world.pass(4.75);
    expect(world.post.tags()).toEqual(["order_confirmation"]);
    await world.pass(0.25);
    expect(world.post.tags()).toEqual(["order_confirmation", "shipped"]);
    expect((await world.rows()).at(-1)).toMatchObject({ attempts: 1 });
  });

  test("speaks in its own words, escaped, and is silent where it is switched off", async () => {
    await api.put("/v1/brands/noir", {
      ...identity,
      name: "Noir <b>",
      language: "fr",
      accent_color: "#FFD400",
    });
    const own = await api.put("/v1/brands/noir/messages/order_confirmation", {
      texts: [{ language: "fr", subject: "Merci, {customer_name} !", intro: "<i>{order_number}</i>" }],
    });
    expect(own).toMatchObject({ status: 200, body: { is_on: true, version: 1 } });
    await api.put("/v1/brands/noir/messages/shipped", { is_on: false });
    const order = await place({ brand: "noir" });
    await ship(order);
    await world.tick();
    expect(world.post.subjects()).toEqual(["Merci, Ada !"]);
    expect(world.post.delivered[0]?.html).toMatch(/&lt;i&gt;#\d+&lt;\/i&gt;/);
    expect(world.post.delivered[0]?.html).toContain("Noir &lt;b&gt;");
    expect((await world.rows()).find(({ template }) => template === "shipped")).toMatchObject({
      status: "skipped",
      reason: "template_off",
    });
    const german = await place({ brand: "noir", language: "de" });
    const lost = await place({ brand: "nobody-knows" });
    await world.tick();
    expect(world.post.delivered.find(({ to }) => to === german.email)?.subject).toMatch(/^Deine Bestellung/);
    expect(world.post.delivered.find(({ to }) => to === lost.email)?.from.name).toBe("Lumen & Co.");
  });
});

describe("what fails", () => {
  test("is tried for a day, then given up where people see it, and sent again once the cause is mended", async () => {
    const order = await place();
    world.post.fates = Array.from({ length: 100 }, () => "unavailable" as const);
    await world.tick();
    await world.pass(30);
    expect(world.post.calls).toBeGreaterThanOrEqual(8);
    const [row] = await world.rows();
    expect(row).toMatchObject({ status: "failed", reason: "answered 503" });
    expect((await api.get("/v1/exceptions?status=open")).body.data).toMatchObject([
      { kind: "message_failed", order: order.id, subject: `message:${String(row?.["id"])}` },
    ]);
    world.post.fates = [];
    world.nowMs += HOUR_MS;
    const since = new Date(world.nowMs - DAY_MS).toISOString();
    expect((await api.post("/v1/messages/resend-failed", { since })).body).toEqual({ resent: 1 });
    await world.pass(2);
    expect(world.post.tags()).toEqual(["order_confirmation"]);
  });

  test("because of our own account waits, and is one task a day however many meet it", async () => {
    for (let count = 0; count < 3; count += 1) await place();
    world.post.fates = ["misconfigured", "misconfigured", "misconfigured"];
    await world.tick();
    const { body } = await api.get("/v1/exceptions?status=open");
    expect(body.data.map(({ kind }: { kind: string }) => kind)).toEqual(["mail_misconfigured"]);
    await world.pass(1);
    expect(world.post.tags()).toHaveLength(3);
  });

  test("for good is not tried again", async () => {
    await place();
    world.post.fates = ["rejected"];
    await world.tick();
    await world.pass(2);
    expect(world.post.calls).toBe(1);
    expect(await world.rows()).toMatchObject([{ status: "failed", reason: "said rejected" }]);
  });

  test("because the brand has no sender, or the address is more than one, never reaches the provider", async () => {
    await api.put("/v1/brands/main", { ...identity, sender_email: null });
    await place();
    await world.tick();
    expect((await api.get("/v1/exceptions?status=open")).body.data).toMatchObject([
      { kind: "mail_misconfigured" },
    ]);
    await api.put("/v1/brands/main", identity);
    const order = await place();
    await env.DB.prepare("UPDATE customer SET email = ?1 WHERE id = ?2")
      .bind("eve@example.com\r\nBcc: all@example.com", order.customer)
      .run();
    await world.tick();
    expect(world.post.calls).toBe(0);
    expect((await world.rows()).at(-1)).toMatchObject({ status: "failed" });
  });

  test("as poison among good ones is kept, and good ones go out", async () => {
    await place();
    await relayMessages(world.services());
    world.queue.unshift({ type: "message.send" }, { type: "message.send", message_id: "../etc" }, "x");
    await world.deliver();
    expect(world.post.tags()).toEqual(["order_confirmation"]);
    const { results } = await env.DB.prepare("SELECT queue FROM dead_letter").all();
    expect(results).toEqual([
      { queue: "notifications" },
      { queue: "notifications" },
      { queue: "notifications" },
    ]);
  });
});
