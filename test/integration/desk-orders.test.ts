import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { roleScopes } from "../../src/worker/dashboard/roles.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { DeskVisitor } from "../support/desk-visitor.ts";

const api = apiClient("sk_test_desk");
let operator: DeskVisitor;
let viewer: DeskVisitor;

/** Texts of buyers that would be alive on a page that forgot to escape one of them. */
const hostile = [
  `"><script>alert(1)</script>`,
  `'><img src=x onerror=alert(1)>`,
  `</textarea><svg/onload=alert(1)>`,
  `{{constructor.constructor('alert(1)')()}}`,
  `javascript:alert(1)//`,
];

beforeAll(async () => {
  await seedKey("sk_test_desk");
  await seedKey("sk_test_desk-viewer", roleScopes.viewer);
  operator = await DeskVisitor.signIn("sk_test_desk");
  viewer = await DeskVisitor.signIn("sk_test_desk-viewer");
  await stockUp(api, "DESK-1", 100);
  await stockUp(api, "DESK-2", 100);
});

let orders = 0;

async function placed(
  name: string,
  rest: Record<string, unknown> = {},
): Promise<{ id: string; number: number; path: string }> {
  orders += 1;
  const lines = [
    { sku: "DESK-1", quantity: 2 },
    { sku: "DESK-2", quantity: 1 },
  ];
  const hold = await api.post("/v1/holds", { lines, buyer: `desk-${orders}` });
  const order = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: `desk-${orders}@example.com`, name },
    shipping_address: { name, line1: "1 Main St", city: "Berlin", postal_code: "10115", country: "DE" },
    payment: { provider: "manual" },
    ...rest,
  });
  expect(order.status).toBe(201);
  return { id: order.body.id, number: order.body.number, path: `/admin/orders/${order.body.id}` };
}

/** An order that nobody packs, once its units are committed. */
async function kept(name: string) {
  const order = await placed(name);
  const committed = () =>
    env.DB.prepare("SELECT 1 FROM orders WHERE id = ?1 AND stock_committed_at_ms IS NOT NULL")
      .bind(order.id)
      .first();
  await expect.poll(committed, { timeout: 60_000, interval: 100 }).not.toBeNull();
  await api.post(`/v1/orders/${order.id}/hold`, { reason: "so that nobody packs it" });
  return order;
}

test("an order is found by number, by a word of the name, and by filters, and by nothing that does not fit", async () => {
  const { id, number } = await placed("Zoë Ångström");
  for (const query of [
    `q=${number}`,
    "q=angstrom",
    "q=zo%C3%AB+ang",
    `q=${id}`,
    "q=angstrom&payment_status=paid&channel=storefront",
  ]) {
    expect(await operator.read(`/admin/orders?${query}`), query).toContain(`#${number}`);
  }
  for (const query of [
    "q=angstroem",
    "q=angstrom&status=canceled",
    "q=angstrom&from=2020-01-01&to=2020-01-31",
  ]) {
    expect(await operator.read(`/admin/orders?${query}`), query).toContain("No order fits");
  }
});

test("what cannot be searched for is said, and breaks nothing", async () => {
  for (const query of [
    "sku=%20%20x",
    "cursor=nonsense",
    `q=${"x".repeat(300)}`,
    "status=strange",
    "from=2020-99-99",
  ]) {
    const { status } = await operator.open(`/admin/orders?${query}`);
    expect([query, status]).toEqual([query, 200]);
  }
  expect((await operator.open("/admin/orders/ord_nobodys")).status).toBe(404);
});

test("hostile names, notes and addresses are text on every page that shows them", async () => {
  for (const [index, text] of hostile.entries()) {
    const { path } = await placed(text, { metadata: { note: text } });
    await api.post(`/v1/orders/${path.split("/").at(-1)}/hold`, { reason: text });
    for (const page of [
      "/admin/orders",
      path,
      `${path}/refund`,
      `${path}/cancel?reason=customer`,
      `/admin/orders?q=${encodeURIComponent(text)}`,
    ]) {
      const html = String((await operator.open(page)).body);
      expect([index, page, /<script>alert|<img src=x|<svg\/onload|href="javascript/i.test(html)]).toEqual([
        index,
        page,
        false,
      ]);
    }
    expect(await operator.read(path)).toContain(text);
  }
});

test("a refund says what it comes to, pays that back once, and refuses what is not there", async () => {
  const { id, path } = await placed("Refunded Buyer");
  const line = (await api.get(`/v1/orders/${id}`)).body.lines[0].id as string;
  expect(await operator.read(`${path}/refund?amount=9999&reason=x`)).toContain("available: 4500");
  expect(await operator.read(`${path}/refund?amount=1.234&reason=x`)).toContain("This is no amount in EUR");
  const preview = `${path}/refund?units%3A${line}=1&reason=chipped`;
  expect(await operator.read(preview)).toContain("15.00 EUR would go back");
  expect((await api.get(`/v1/orders/${id}`)).body.refunded_total).toBe(0);
  const paid = await operator.submit(preview, `${path}/refund`);
  expect(paid).toMatchObject({ status: 303, to: path, said: "15.00 EUR went back to the buyer." });
  expect((await api.get(`/v1/orders/${id}`)).body).toMatchObject({
    refunded_total: 1_500,
    payment_status: "partially_refunded",
  });
});

test("a refund of an order that has changed since its preview is looked at again", async () => {
  const { id, path } = await placed("Changed Buyer");
  await api.post(`/v1/orders/${id}/refunds`, { amount: 100, reason: "meanwhile" });
  const late = await operator.submit(`${path}/refund?amount=1.00&reason=x`, `${path}/refund`, {
    version: '"1"',
  });
  expect(late.said).toContain("changed");
  expect((await api.get(`/v1/orders/${id}`)).body.refunded_total).toBe(100);
});

test("a cancel says what it gives back, then does it; of some units only, too", async () => {
  const { id, path } = await kept("Canceled Buyer");
  const line = (await api.get(`/v1/orders/${id}`)).body.lines[0].id as string;
  const some = `${path}/cancel?units%3A${line}=1&reason=customer`;
  expect(await operator.read(some)).toContain("30.00 EUR instead of 45.00 EUR");
  expect((await operator.submit(some, `${path}/cancel`)).said).toBe("The units are canceled.");
  const all = `${path}/cancel?reason=customer`;
  expect(await operator.read(all)).toContain("2 units are for sale again");
  expect((await operator.submit(all, `${path}/cancel`)).said).toBe("The order is canceled.");
  expect((await api.get(`/v1/orders/${id}`)).body).toMatchObject({
    status: "canceled",
    refunded_total: 4_500,
  });
  expect(await operator.read(all)).toContain("cannot be canceled");
});

test("an order is held, released, captured and voided, and each button is there only while it works", async () => {
  const { path } = await placed("Held Buyer", { payment: { provider: "manual", capture: "manual" } });
  expect(await operator.read(path)).toContain("is authorized and not captured");
  expect((await operator.submit(path, `${path}/hold`, { hold_reason: "odd address" })).said).toBe(
    "The order is on hold.",
  );
  expect(await operator.read(path)).toContain("On hold: odd address");
  await expect(operator.submit(path, `${path}/hold`)).rejects.toThrow("no form");
  expect((await operator.submit(path, `${path}/capture`, { capture_amount: "10" })).to).toBe(path);
  expect((await operator.submit(path, `${path}/void`)).to).toBe(path);
  expect(await operator.read(path)).not.toContain("is authorized and not captured");
  expect((await operator.submit(path, `${path}/release`)).said).toBe("The order goes on.");
});

test("a change is begun, staged, seen, and confirmed", async () => {
  const { id, path } = await kept("Changing Buyer");
  const { to } = await operator.submit(path, `${path}/changes`, { change_reason: "asked by phone" });
  expect(to).toMatch(/\/changes\/chg_/);
  expect((await operator.submit(to, to, { type: "add_line", sku: "DESK-1", quantity: "1" })).said).toBe("");
  expect((await operator.submit(to, to, { type: "add_discount", amount: "5.00" })).said).toBe("");
  const seen = await operator.read(to);
  expect(seen).toContain("Add 1 × DESK-1");
  expect(seen).toContain("A discount of 5.00 EUR");
  expect(seen).toMatch(/Worth after 55\.00 EUR/);
  await operator.submit(to, to, { drop: "1" });
  expect(await operator.read(to)).toMatch(/Worth after 60\.00 EUR/);
  expect((await operator.submit(to, `${to}/confirm`, { on_balance: "ship" })).said).toBe(
    "The order is changed.",
  );
  expect((await api.get(`/v1/orders/${id}`)).body.total).toBe(6_000);
});

test("who may only look is shown no button, and is refused what has none", async () => {
  const { path } = await placed("Looked-at Buyer");
  const { body } = await viewer.open(path);
  const forms = [...String(body).matchAll(/<form[^>]*action="([^"]*)"/g)].map(([, action]) => action);
  expect(forms.filter((action) => action?.startsWith("/admin/orders"))).toEqual([]);
  expect((await viewer.open(`${path}/refund`)).status).toBe(403);
});
