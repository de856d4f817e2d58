import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { expectSuccess } from "../../scripts/api.ts";
import { auditSku } from "../../scripts/demo/audit.ts";
import { makeCatalogue } from "../../scripts/demo/catalogue.ts";
import { openShowPage } from "../../scripts/demo/show-page.ts";
import { axeFindings, engineUrl, openBrowser, picture, secret } from "./support/browser.ts";
import { setUpDrop } from "./support/dashboard.ts";

let browser: Awaited<ReturnType<typeof openBrowser>>;
let show = "";
beforeAll(async () => {
  browser = await openBrowser();
  await makeCatalogue(secret);
  ({ code: show } = await openShowPage(secret));
});
afterEach(() => browser.endVisits());
afterAll(() => browser.close());

const open = (page: Page) => page.goto(`${engineUrl}/demo?show=${show}`);
const firstDrop = (page: Page) => page.locator("holdfast-drop").first();

async function orderOf(page: Page): Promise<Record<string, unknown>> {
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  return expectSuccess(secret("GET", `/v1/orders/${id}`));
}

test("from the show page to a delivered order, with the keyboard alone", async () => {
  const { page } = await browser.visit();
  await open(page);
  const claim = firstDrop(page).getByRole("button", { name: "Claim yours" });
  await claim.waitFor();
  await tabTo(page, "Claim yours");
  await page.keyboard.press("Enter");
  const checkout = firstDrop(page).locator('button[data-action="checkout"][aria-disabled="false"]');
  await checkout.waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/demo\/checkout\?hold=hold_/);
  await tabTo(page, "Place the order");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/demo\/orders\/ord_/);
  await page.locator('#order[data-status="completed"]').waitFor({ timeout: 120_000 });
  await page.locator('.steps li[data-done="true"]').nth(5).waitFor();
  await picture(page, "order-light");
  expect(await orderOf(page)).toMatchObject({
    status: "completed",
    payment_status: "paid",
    fulfillment_status: "delivered",
    channel: "show",
  });
  // The show page knows that it was bought, and the shelf that it has left.
  await open(page);
  await firstDrop(page).getByText("It is yours").first().waitFor();
  const sku = (await firstDrop(page).getAttribute("sku")) ?? "";
  expect(await auditSku(secret, sku)).toEqual([]);
});

/** Goes on until what has the focus is called so. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const active = document.activeElement;
      return (active?.shadowRoot?.activeElement ?? active)?.textContent?.trim() ?? "";
    });
  for (let step = 0; step < 60; step++) {
    if ((await focused()) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not get to "${name}"`);
}

test("a basket of the shop is held whole, a declined card leaves it, and another one buys it", async () => {
  const { page } = await browser.visit();
  await open(page);
  for (const index of [0, 1])
    await page
      .getByRole("button", { name: /^Add .* to the basket$/ })
      .nth(index)
      .click();
  await page.getByText("2 items").waitFor();
  await page.getByRole("button", { name: "Check out" }).last().click();
  await page.waitForURL(/\/demo\/checkout\?hold=hold_/);
  await page.getByLabel("A card that is declined").check();
  await page.getByRole("button", { name: "Place the order" }).click();
  await page.getByRole("alert").getByText("The payment was declined").waitFor();
  await page.getByLabel("A card that works").check();
  await page.getByRole("button", { name: "Place the order" }).click();
  await page.waitForURL(/\/demo\/orders\/ord_/);
  const order = await orderOf(page);
  expect(order).toMatchObject({ payment_status: "paid", channel: "storefront" });
  expect(order["lines"]).toHaveLength(2);
});

test("it is fit to be seen: axe finds nothing, by day, by night and on a telephone", async () => {
  const findings: Array<string> = [];
  await setUpDrop("long-words", { units: 9, title: "Donaudampfschifffahrtsgesellschaft".repeat(5) });
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      const { page } = await browser.visit({ colorScheme, width, height: 844, reducedMotion: "reduce" });
      const look = async (name: string) => {
        findings.push(
          ...(await axeFindings(page)).map((finding) => `${name} ${colorScheme} ${width}: ${finding}`),
        );
        await page.evaluate(() => scrollTo(0, 0));
        await picture(page, `${name}-${colorScheme}-${width}`, true);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${name} ${width} is wider than its window`).toBeLessThanOrEqual(0);
      };
      await open(page);
      await firstDrop(page).getByRole("button", { name: "Claim yours" }).click();
      await firstDrop(page).locator('button[data-action="checkout"][aria-disabled="false"]').waitFor();
      await page
        .getByRole("button", { name: /^Add .* to the basket$/ })
        .first()
        .click();
      await look("show");
      await firstDrop(page).locator('button[data-action="checkout"]').click();
      await page.waitForURL(/\/demo\/checkout\?hold=hold_/);
      await look("checkout");
    }
  }
  expect(findings).toEqual([]);
});

test("what is not there is said to be so, and the page says when nothing is live", async () => {
  const { page } = await browser.visit();
  const gone = await page.goto(`${engineUrl}/demo/checkout?hold=hold_nothing`);
  expect(gone?.status()).toBe(404);
  await page.getByText("There is nothing here").waitFor();
  await page.goto(`${engineUrl}/demo?show=not-set-up`);
  await page.getByText("Nothing is live").waitFor();
  expect(await axeFindings(page)).toEqual([]);
});
