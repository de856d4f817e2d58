import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { expectSuccess } from "../../scripts/api.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { axeFindings, engineUrl, openBrowser, picture, publishable, secret } from "./support/browser.ts";
import { contrastFindings, crawl, makeKey, setUpDrop, signedIn } from "./support/dashboard.ts";

let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  browser = await openBrowser();
});
afterEach(() => browser.endVisits());
afterAll(() => browser.close());

const goTo = (page: Page, path: string) => page.goto(`${engineUrl}${path}`);
const figure = (page: Page, id: string) => page.locator(`#${id}`);
const figureIs = (page: Page, id: string, value: string) =>
  figure(page, id)
    .filter({ hasText: new RegExp(`^${value}$`) })
    .waitFor();

test("a wrong key is refused, a right one signs in to where one wanted to go, and signing out ends it", async () => {
  const { page } = await browser.visit();
  await goTo(page, "/admin/shows");
  await page.getByLabel("Secret key").fill("sk_local_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This is no secret key of this engine.").waitFor();
  await page.getByLabel("Secret key").fill(LOCAL_SECRET_KEY);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Shows" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/admin/shows");

  await page.locator(".account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await goTo(page, "/admin/shows");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test.each(["127.0.0.1", "localhost"])("signing in works on %s without https", async (host) => {
  const { page, context } = await browser.visit();
  await page.goto(`${engineUrl.replace("127.0.0.1", host)}/admin`);
  await page.getByLabel("Secret key").fill(LOCAL_SECRET_KEY);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Now" }).waitFor();
  expect((await context.cookies()).map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
    [true, "Lax"],
  ]);
});

test("an operator sets up a drop, opens it, and watches it sell out, live, in every window", async () => {
  await setUpDrop("stage", { units: 6 });
  const sku = "POSTER-NIGHT";
  await expectSuccess(
    secret("PUT", `/v1/skus/${sku}`, {
      body: { title: "Poster", prices: [{ currency: "EUR", amount: 1500 }] },
    }),
  );
  const movements = [{ sku, location: "BER-1", kind: "received", quantity: 6 }];
  await expectSuccess(
    secret("POST", "/v1/stock/movements", { body: { movements }, idempotencyKey: "poster" }),
  );

  const operator = await browser.visit();
  await signedIn(operator, await makeKey("operator"));
  const { page } = operator;
  await goTo(page, "/admin/shows");
  await page.getByRole("link", { name: "Set up a show" }).click();
  await page.getByLabel("Title").fill("Poster night");
  await page.getByLabel("Code").fill("poster-night");
  await page.getByLabel("SKU").fill(sku);
  await page.getByLabel("Units", { exact: true }).fill("4000");
  await page.getByRole("button", { name: "Set it up" }).click();
  // Refused: the form is there again, with what was typed and what is wrong.
  await page.getByRole("alert").getByText("available: 6").waitFor();
  expect(await page.getByLabel("Title").inputValue()).toBe("Poster night");
  await page.getByLabel("Units", { exact: true }).fill("4");
  await page.getByRole("button", { name: "Set it up" }).click();
  await page.getByText("Poster night is set up").waitFor();
  await page.getByRole("button", { name: "Open it now" }).click();
  await page.getByText("Poster night is open.").waitFor();

  const other = await browser.visit({ colorScheme: "dark" });
  await signedIn(other, await makeKey("viewer"));
  await goTo(other.page, "/admin/shows/poster-night");
  await figureIs(other.page, "left", "4");
  await other.page.getByText("live", { exact: true }).waitFor();
  await page.getByText("live", { exact: true }).waitFor();

  const claim = (buyer: string) =>
    publishable("POST", "/v1/holds", {
      body: { lines: [{ sku, quantity: 1 }], buyer, show: "poster-night" },
      idempotencyKey: `claim-${buyer}`,
    });
  await Promise.all(["ada", "ben", "cleo", "dan", "eve"].map(claim));
  for (const window of [page, other.page]) {
    await figureIs(window, "left", "0");
    await figureIs(window, "held", "4");
    await figureIs(window, "claims", "5");
    await figureIs(window, "refused", "1");
    await figureIs(window, "oversold", "0");
    await window
      .locator("[data-countdown]")
      .first()
      .filter({ hasText: /^\d{1,2}:\d\d$/ })
      .waitFor();
  }
  await picture(page, "dashboard-show-live", true);
  await page.locator("summary", { hasText: "Close" }).click();
  await page.getByRole("button", { name: "Close Poster night" }).click();
  await page.getByRole("heading", { name: "Report" }).waitFor();
  await picture(page, "dashboard-show-report", true);
});

test("what is going on is told as it happens", async () => {
  const visit = await browser.visit();
  await signedIn(visit, LOCAL_SECRET_KEY);
  await goTo(visit.page, "/admin");
  await visit.page.getByText("live", { exact: true }).waitFor();
  const { code } = await setUpDrop("now", { units: 3 });
  await visit.page.getByText("DESK-NOW").waitFor();
  const live = `${engineUrl.replace("http", "ws")}/v1/shows/${code}/live`;
  const viewer = new WebSocket(`${live}?key=${LOCAL_PUBLISHABLE_KEY}&buyer=viewer`);
  await visit.page
    .locator("#sockets")
    .filter({ hasText: /^[1-9]/ })
    .waitFor();
  expect(viewer.readyState).toBe(WebSocket.OPEN);
  viewer.close();
});

test("a connection that is lost says so, and comes back by itself", async () => {
  const visit = await browser.visit();
  await signedIn(visit, LOCAL_SECRET_KEY);
  const { page } = visit;
  // The page's own sockets, to cut them as a network does: no browser loses those that are open by being told to.
  await page.addInitScript(() => {
    const opened: Array<WebSocket> = [];
    Object.assign(globalThis, {
      openedSockets: opened,
      WebSocket: class extends WebSocket {
        constructor(url: string) {
          super(url);
          opened.push(this);
        }
      },
    });
  });
  await goTo(page, "/admin");
  const state = page.locator("[data-live-state]");
  await state.and(page.getByText("live", { exact: true })).waitFor();
  const cut = () =>
    page.evaluate(() => {
      const { openedSockets } = globalThis as unknown as { openedSockets: Array<WebSocket> };
      for (const socket of openedSockets) socket.close();
      return openedSockets.length;
    });
  const before = await cut();
  await state.and(page.getByText(/^not connected, trying again in \d+ s$/)).waitFor();
  await state.and(page.getByText("live", { exact: true })).waitFor();
  expect(await cut()).toBeGreaterThan(before);
});

test("a page is worked with the keyboard alone", async () => {
  const visit = await browser.visit();
  await signedIn(visit, LOCAL_SECRET_KEY);
  const { page } = visit;
  await goTo(page, "/admin");
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to the content" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  const tabTo = async (name: string, isThere: () => Promise<boolean>) => {
    for (let steps = 0; steps < 80; steps += 1) {
      await page.keyboard.press("Tab");
      if (await isThere()) return;
    }
    throw new Error(`${name} is not reached`);
  };
  // A figure explains itself, and stops when it is told to.
  const how = page.locator(".figure:focus-within .how");
  await tabTo("a figure", async () => (await how.count()) > 0);
  await how.waitFor({ state: "visible" });
  await page.keyboard.press("Escape");
  await how.waitFor({ state: "hidden" });

  const reach = (name: string) =>
    tabTo(name, () => page.evaluate((text) => document.activeElement?.textContent?.trim() === text, name));
  await goTo(page, "/admin");
  await reach("Shows");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Shows" }).waitFor();
  await reach("Set up a show");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Set up a show" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/admin/shows/new");
});

test("colours follow the system, or what somebody chose, on the next page too", async () => {
  const visit = await browser.visit({ colorScheme: "dark" });
  await signedIn(visit, LOCAL_SECRET_KEY);
  const paper = () => visit.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await goTo(visit.page, "/admin");
  const dark = await paper();
  await visit.page.locator(".account summary").click();
  await visit.page.getByRole("button", { name: "light" }).click();
  await visit.page.locator("html[data-theme=light]").waitFor();
  expect(await paper()).not.toBe(dark);
  await goTo(visit.page, "/admin/shows");
  await visit.page.locator("html[data-theme=light]").waitFor();
});

/** What would act if it were taken for markup, for an address, or for the end of a place that holds text. */
const hostileTexts = [
  `<script>globalThis.pwned=1</script>`,
  `"><img src=x onerror="globalThis.pwned=1">`,
  `'><svg onload=globalThis.pwned=1>`,
  `</title></textarea></script><iframe srcdoc="<script>parent.pwned=1</script>">`,
  `javascript:globalThis.pwned=1//`,
  "{{constructor.constructor('globalThis.pwned=1')()}}${globalThis.pwned=1}",
];

/** @returns Where they are seen. */
async function storeHostileTexts(): Promise<ReadonlyArray<string>> {
  const text = hostileTexts.join(" ");
  const { sku } = await setUpDrop("hostile", { units: 9, title: text, showTitle: text.slice(0, 200) });
  const body = { name: text.slice(0, 200), type: "warehouse", ships: true, pickup: false };
  const address = { country: "DE", name: hostileTexts[1], city: hostileTexts[2], line1: hostileTexts[3] };
  await expectSuccess(secret("PUT", "/v1/locations/HOSTILE", { body: { ...body, address } }));
  const key = { kind: "secret", name: hostileTexts[1], scopes: ["ops:read"] };
  await expectSuccess(secret("POST", "/v1/keys", { body: key, idempotencyKey: "hostile-key" }));
  const endpoint = { url: "http://127.0.0.1:9/hook", events: ["show.*"], description: hostileTexts[1] };
  await expectSuccess(
    secret("POST", "/v1/webhook-endpoints", { body: endpoint, idempotencyKey: "hostile-hook" }),
  );
  const plan = {
    title: text.slice(0, 200),
    batches: [{ name: hostileTexts[0], rules: [{ name: hostileTexts[1] }] }],
  };
  await expectSuccess(secret("PUT", "/v1/routing-plans/hostile", { body: plan }));
  const shop = { url: "https://shop.example" };
  await expectSuccess(
    secret("PUT", "/v1/channels/hostile", {
      body: {
        platform: "woocommerce",
        name: hostileTexts[1],
        status: "paused",
        settings: shop,
        secrets: { consumer_key: "ck_hostile", consumer_secret: "cs_hostile", webhook_secret: "ws_hostile" },
      },
    }),
  );
  const hold = await expectSuccess(
    secret("POST", "/v1/holds", {
      body: { lines: [{ sku, quantity: 1 }], buyer: "eve", show: "hostile" },
      idempotencyKey: "hostile-hold",
    }),
  );
  const order = {
    hold: hold["id"],
    customer: { email: "eve@shop.example", name: hostileTexts[1] },
    shipping_address: {
      name: hostileTexts[0],
      line1: hostileTexts[1],
      city: hostileTexts[2],
      postal_code: "1",
      country: "DE",
    },
    payment: { provider: "manual" },
    metadata: { note: hostileTexts[3] },
  };
  const placed = await expectSuccess(
    secret("POST", "/v1/orders", { body: order, idempotencyKey: "hostile-order" }),
  );
  await expectSuccess(
    secret("POST", "/v1/holds", {
      body: { lines: [{ sku, quantity: 1 }], buyer: "mallory", show: "hostile" },
      idempotencyKey: "hostile-hold-2",
    }),
  );
  return [
    "/admin/shows/hostile",
    `/admin/orders/${String(placed["id"])}`,
    `/admin/stock/${sku}`,
    "/admin/settings/locations/HOSTILE",
    "/admin/settings/connections/hostile",
    "/admin/settings/routing/hostile",
  ];
}

test("every page is accessible in both schemes and at any width, keeps to its policy, and shows hostile text as text", async () => {
  const hostile = await storeHostileTexts();
  const visit = await browser.visit();
  await signedIn(visit, LOCAL_SECRET_KEY);
  const { page } = visit;
  const findings: Array<string> = [];
  const seen = await crawl(page, [...hostile, "/admin"], async (path) => {
    const found = async (what: string, lines: ReadonlyArray<string>) => {
      findings.push(...lines.map((line) => `${path} ${what}: ${line}`));
    };
    await page.emulateMedia({ colorScheme: "light" });
    await found("light", await axeFindings(page));
    await picture(page, `dashboard${path.replaceAll(/[/?=]/g, "-")}-light`, true);
    await page.emulateMedia({ colorScheme: "dark" });
    await found("dark", await contrastFindings(page));
    await picture(page, `dashboard${path.replaceAll(/[/?=]/g, "-")}-dark`, true);
    const acted = await page.evaluate(() => {
      const made = document.querySelectorAll(
        "script:not([src]), img, iframe, [onload], [onerror], [href^=javascript]",
      );
      const { pwned } = globalThis as unknown as { pwned?: unknown };
      return [...[...made].map(({ outerHTML }) => outerHTML), ...(pwned === undefined ? [] : ["it acted"])];
    });
    await found("markup", acted);
    await page.setViewportSize({ width: 390, height: 844 });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await found("390 px", beyond > 0 ? [`${beyond} px too wide`] : []);
    await picture(page, `dashboard${path.replaceAll(/[/?=]/g, "-")}-390`, true);
    await page.setViewportSize({ width: 1280, height: 860 });
  });
  expect(findings).toEqual([]);
  expect(seen).toEqual(
    expect.arrayContaining([...hostile, "/admin", "/admin/shows/new", "/admin/settings/keys"]),
  );
  expect(seen.length).toBeGreaterThan(12);
  await goTo(page, "/admin/shows/hostile");
  await page.getByRole("heading", { level: 1, name: "<script>globalThis.pwned=1</script>" }).waitFor();
});
