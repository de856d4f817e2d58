import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { roleScopes } from "../../src/worker/dashboard/roles.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { DeskVisitor } from "../support/desk-visitor.ts";

const api = apiClient("sk_test_floor");
let operator: DeskVisitor;
let viewer: DeskVisitor;

beforeAll(async () => {
  await seedKey("sk_test_floor");
  await seedKey("sk_test_floor-viewer", roleScopes.viewer);
  operator = await DeskVisitor.signIn("sk_test_floor");
  viewer = await DeskVisitor.signIn("sk_test_floor-viewer");
  await stockUp(api, "FLOOR-1", 10);
  await api.put("/v1/locations/HAM-1", {
    name: "Hamburg",
    type: "store",
    address: { country: "DE" },
    ships: true,
    pickup: true,
  });
});

const path = "/admin/stock/FLOOR-1";
const moved = (fields: Record<string, string>) =>
  operator.submit(path, `${path}/movements`, { location: "BER-1", ...fields });

test("units are received, moved, counted and damaged, and the ledger behind each number says so", async () => {
  expect((await moved({ kind: "received", quantity: "5", reason: "second truck" })).said).toBe(
    "Received. 15 are available.",
  );
  expect((await moved({ kind: "transferred", to_location: "HAM-1", quantity: "3" })).said).toContain(
    "15 are available",
  );
  expect((await moved({ kind: "damaged", quantity: "2" })).said).toContain("13 are available");
  expect((await moved({ kind: "counted", quantity: "11" })).said).toContain("12 are available");
  expect((await moved({ kind: "transferred", to_location: "HAM-1", quantity: "99" })).said).toMatch(
    /stock|units|enough/i,
  );
  const kept = await operator.submit(path, `${path}/safety`, { location: "HAM-1", quantity: "1" });
  expect(kept.said).toBe("11 are available.");
  const onHand = await operator.read(`${path}?of=on_hand&location=BER-1`);
  expect(onHand).toMatch(/counted.*−1.*transferred out.*−3.*received.*second truck.*\+5.*received.*\+10/);
  expect(onHand).not.toContain("damaged BER-1");
  expect(await operator.read(`${path}?of=damaged`)).toMatch(/damaged BER-1 – \+2/);
  expect(await operator.read(path)).toContain("On hand 14 − allocated 0 − safety stock 1 − damaged 2");
});

test("a file of movements is taken row by row, says what it refused, and sent twice moves nothing twice", async () => {
  const content = [
    "SKU;Location;Kind;Quantity;Reason",
    "FLOOR-1;BER-1;received;7;file",
    "FLOOR-1;NOWHERE;received;7;",
    "FLOOR-1;BER-1;received;-1;",
    "UNKNOWN-9;BER-1;received;1;",
    'FLOOR-1;HAM-1;received;1;"<script>alert(1)</script>"',
  ].join("\n");
  const before = (await api.get("/v1/skus/FLOOR-1/stock")).body.available as number;
  const form = { path: "/admin/stock/import", file: { name: "movements.csv", content, type: "text/csv" } };
  const first = await operator.submit(form.path, form.path, { key: "same-form" }, form.file);
  expect(first.body).toContain("2 rows are in the ledger, 3 were refused.");
  await operator.submit(form.path, form.path, { key: "same-form" }, form.file);
  expect((await api.get("/v1/skus/FLOOR-1/stock")).body.available).toBe(before + 8);
  expect(String((await operator.open(path)).body)).not.toContain("<script>alert");
  const odd = await operator.submit(form.path, form.path, {}, { ...form.file, content: "a,b\n1,2" });
  expect(odd.body).toContain("The header must name");
});

test("stock comes out as a file, a row for each SKU and location, with no formula for a spreadsheet to run", async () => {
  await api.put("/v1/skus/FLOOR-2", {
    title: `=HYPERLINK("https://evil.example")`,
    prices: [{ currency: "EUR", amount: 1 }],
  });
  await api.post("/v1/stock/movements", {
    movements: [{ sku: "FLOOR-2", location: "BER-1", kind: "received", quantity: 1 }],
  });
  const rows = async () => String((await operator.open("/admin/stock/export.csv")).body).split("\r\n");
  // The list is of what SKUs last told, which they do within a second.
  await expect
    .poll(async () => (await rows()).filter((line) => /^FLOOR-(2|1,)/.test(line)).length, { timeout: 60_000 })
    .toBe(3);
  const [header, ...lines] = await rows();
  expect(header).toMatch(/^sku,title,location,on_hand/);
  expect(lines.find((line) => line.startsWith("FLOOR-2"))).toContain(
    `"'=HYPERLINK(""https://evil.example"")"`,
  );
  expect(lines.filter((line) => line.startsWith("FLOOR-1,"))).toHaveLength(2);
});

test("low stock is found, and what a SKU begins with", async () => {
  await expect.poll(() => operator.read("/admin/stock?low=on"), { timeout: 60_000 }).toContain("FLOOR-2");
  const list = await operator.read("/admin/stock?q=FLOOR-1");
  expect(list).toContain("FLOOR-1");
  expect(list).not.toContain("FLOOR-2");
});

/** An order that waits at its location to be picked. */
async function routed(): Promise<{ id: string; assignment: string; pickList: string }> {
  const hold = await api.post("/v1/holds", {
    lines: [{ sku: "FLOOR-1", quantity: 1 }],
    buyer: crypto.randomUUID(),
  });
  const order = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: "floor@example.com" },
    shipping_address: {
      name: "Floor",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual" },
  });
  await api.post(`/v1/orders/${order.body.id}/hold`, { reason: "until it is on the floor" });
  const assignments = () =>
    env.DB.prepare(
      "SELECT fulfillment_order.id AS assignment, pick_list.id AS pickList FROM fulfillment_order JOIN pick_list ON fulfillment_order_id = fulfillment_order.id WHERE order_id = ?1",
    )
      .bind(order.body.id)
      .first<{ assignment: string; pickList: string }>();
  await api.post(`/v1/orders/${order.body.id}/release`, {});
  await expect.poll(assignments, { timeout: 60_000, interval: 100 }).not.toBeNull();
  const found = await assignments();
  return { id: String(order.body.id), assignment: found?.assignment ?? "", pickList: found?.pickList ?? "" };
}

test("a scan leads to what is in the hand, and the papers of it are there to print", async () => {
  const { id, assignment, pickList } = await routed();
  const { number } = (await api.get(`/v1/orders/${id}`)).body as { number: number };
  const led = async (text: string) =>
    (await operator.open(`/admin/fulfillment?scan=${encodeURIComponent(text)}`)).headers.get("location");
  expect(await led(pickList)).toBe(`/admin/fulfillment/orders/${assignment}`);
  expect(await led(String(number))).toBe(`/admin/orders/${id}`);
  expect(await led("FLOOR-1")).toBe(path);
  expect(await operator.read("/admin/fulfillment?scan=%3Cscript%3Enothing")).toContain(
    "Nothing here is called “<script>nothing”",
  );
  const paper = await operator.open(`/admin/fulfillment/print/pick-list/${pickList}`);
  expect([paper.status, paper.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  expect((await operator.open("/admin/fulfillment/print/pick-list/pick_nobodys")).status).toBe(404);
  expect((await operator.open("/admin/fulfillment/print/constructor/x")).status).toBe(404);
});

test("work is shown by location to who may see it, and steps only to who may take them", async () => {
  expect(await viewer.read("/admin/fulfillment")).toContain("Berlin");
  for (const page of [
    "/admin/fulfillment",
    "/admin/fulfillment/pick-lists/BER-1",
    "/admin/fulfillment/exceptions",
    path,
  ]) {
    const html = String((await viewer.open(page)).body);
    const posts = [...html.matchAll(/<form[^>]*method="post"[^>]*action="([^"]*)"/g)].map(
      ([, action]) => action,
    );
    expect([
      page,
      posts.filter((action) => action !== "/admin/theme" && action !== "/admin/sign-out"),
    ]).toEqual([page, []]);
  }
  expect((await viewer.open("/admin/stock/import")).status).toBe(403);
});

test("an exception is taken on and resolved", async () => {
  await env.DB.prepare(
    `INSERT INTO exception (id, kind, status, order_id, subject, data, raised_at_ms, version)
     VALUES ('exc_desk', 'short_pick', 'open', NULL, 'sku:FLOOR-1', '{"note":"<b>2 missing</b>"}', 1, 1)`,
  ).run();
  const list = "/admin/fulfillment/exceptions";
  expect(await operator.read(list)).toContain("<b>2 missing</b>");
  expect((await operator.submit(list, `${list}/exc_desk/assign`)).said).toBe("It is assigned.");
  expect(await operator.read(`${list}?mine=on`)).toContain("Units were not found");
  expect(
    (await operator.submit(list, `${list}/exc_desk/resolve`, { resolution: "counted again" })).said,
  ).toBe("It is dealt with.");
  expect(await operator.read(list)).toContain("Nothing waits for a person");
});

test("one thing is done to many chosen orders, and each says what became of it", async () => {
  const [one, two] = [await routed(), await routed()];
  const acted = await operator.submit("/admin/orders", "/admin/orders/bulk", {
    do: "tag",
    tag: "vip",
    chosen: one.id,
  });
  expect(acted.body).toContain("1 of 1 orders: tag");
  expect((await api.get(`/v1/orders/${one.id}`)).body.tags).toEqual(["vip"]);
  const reply = await api.post("/v1/orders/bulk", {
    action: { do: "tag", tags: ["late"] },
    ids: [two.id, "ord_nobodys", two.id],
  });
  expect(reply.body.results).toEqual([
    { order: two.id, ok: true, reason: null },
    { order: "ord_nobodys", ok: false, reason: "not_found" },
  ]);
});
