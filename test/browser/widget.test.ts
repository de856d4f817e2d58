import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { expectSuccess } from "../../scripts/api.ts";
import { LiveSocket } from "../system/support/live-socket.ts";
import {
  axeFindings,
  engineUrl,
  openBrowser,
  picture,
  publishable,
  secret,
  type Visit,
} from "./support/browser.ts";
import { makeDrop, openShop, shopPage, showCounters } from "./support/drops.ts";

const shop = createServer((request, response) => {
  const { html, policy } = shopPage(new URL(request.url ?? "/", "http://shop").searchParams);
  response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(html);
});
let shopUrl = "";
let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
afterEach(() => browser.endVisits());
afterAll(async () => {
  await browser.close();
  shop.close();
});

const drop = (page: Page) => page.locator("holdfast-drop");
const expectPhase = (page: Page, phase: string) =>
  page.locator(`holdfast-drop[data-phase="${phase}"]`).waitFor();
const button = (page: Page, name: string | RegExp) => drop(page).getByRole("button", { name });
const expectText = (page: Page, text: string | RegExp) => drop(page).getByText(text).first().waitFor();

async function watch(show: string, attributes: Record<string, string> = {}): Promise<Visit> {
  const visit = await browser.visit();
  await openShop(visit.page, shopUrl, { show, ...attributes });
  return visit;
}

test("a claim in one window is seen in another, which sells out, waits, and is offered what the first lets go", async () => {
  const { code, sku } = await makeDrop("seen", { units: 1 });
  const [ada, ben] = [await watch(code, { exact: "" }), await watch(code, { exact: "" })];
  await expectText(ada.page, "Founders hoodie");
  await expectText(ada.page, "€89.00");
  await expectText(ben.page, "Only 1 left");
  await button(ada.page, "Claim yours").click();
  await expectPhase(ada.page, "held");
  await expectPhase(ben.page, "sold_out");
  await button(ben.page, "Join the waitlist").click();
  await expectText(ben.page, "Number 1 in line");
  await button(ada.page, "Let it go").click();
  await expectPhase(ben.page, "offered");
  await expectText(ben.page, "It is your turn");
  await expectPhase(ada.page, "sold_out");
  // A reload forgets nothing.
  await ben.page.reload();
  await expectText(ben.page, /Held for you|It is your turn/);
  const stock = await expectSuccess(publishable("GET", `/v1/skus/${sku}/availability`));
  expect(stock).toMatchObject({ available: 0 });
});

test("of ten buyers who press at the same moment for the last unit one has it, and nine are told so", async () => {
  const { code } = await makeDrop("race", { units: 1 });
  const visits = await Promise.all(Array.from({ length: 10 }, () => watch(code)));
  await Promise.all(visits.map(({ page }) => expectPhase(page, "open")));
  // In the page, because a mouse goes from window to window more slowly than a unit is sold.
  const press = ({ page }: Visit) =>
    drop(page).evaluate((element) => {
      const claim = element.shadowRoot?.querySelector<HTMLElement>('button[data-action="claim"]');
      claim?.click();
    });
  await Promise.all(visits.map(press));
  const done = 'holdfast-drop:is([data-phase="held"], [data-phase="sold_out"])';
  await Promise.all(visits.map(({ page }) => page.locator(done).waitFor()));
  const phases = await Promise.all(visits.map(({ page }) => drop(page).getAttribute("data-phase")));
  expect(phases.filter((phase) => phase === "held")).toHaveLength(1);
  expect(await showCounters(code)).toMatchObject({ units_held: 1, oversold: 0 });
});

test("a countdown that runs out gives the unit to the line", async () => {
  const { code } = await makeDrop("countdown", { units: 1, drop: { ttl_seconds: 15 } });
  const [ada, ben] = [await watch(code), await watch(code)];
  await button(ada.page, "Claim yours").click();
  await drop(ada.page)
    .getByRole("timer")
    .getByText(/^0:(0\d|1[0-5])$/)
    .waitFor();
  await button(ben.page, "Join the waitlist").click();
  await expectPhase(ben.page, "offered");
  await expectText(ada.page, "Your hold has run out.");
  await expectPhase(ada.page, "sold_out");
});

test("two clicks make one hold, and all tabs of a browser show it", async () => {
  const { code } = await makeDrop("double", { units: 9 });
  const ada = await watch(code);
  const tab = await ada.newTab();
  await openShop(tab, shopUrl, { show: code });
  await button(ada.page, "Claim yours").dblclick();
  await expectPhase(ada.page, "held");
  await expectPhase(tab, "held");
  expect(await showCounters(code)).toMatchObject({ holds: 1, units_held: 1 });
  await button(tab, "Let it go").click();
  await expectPhase(ada.page, "open");
  expect(await showCounters(code)).toMatchObject({ released: 1, units_held: 0 });
});

test("a lost socket comes back by itself with what happened meanwhile, and a claim of that time is held once", async () => {
  const { code, sku } = await makeDrop("lost", { units: 2 });
  const ada = await browser.visit();
  let cut = false;
  const open: Array<() => void> = [];
  await ada.page.routeWebSocket(/\/live\?/, (socket) => {
    if (cut) return void socket.close();
    socket.connectToServer();
    open.push(() => void socket.close());
    return undefined;
  });
  await openShop(ada.page, shopUrl, { show: code, exact: "" });
  await expectText(ada.page, "Only 2 left");
  cut = true;
  for (const close of open) close();
  await expectText(ada.page, "Connecting again…");
  await button(ada.page, "Claim yours").click();
  await expectSuccess(
    publishable("POST", "/v1/holds", {
      body: { lines: [{ sku, quantity: 1 }], buyer: "somebody-else", show: code },
      idempotencyKey: "meanwhile",
    }),
  );
  cut = false;
  await expectPhase(ada.page, "held");
  expect(await showCounters(code)).toMatchObject({ holds: 2, units_held: 2, oversold: 0 });
  // A reload while nobody answers for the hold forgets nothing either.
  let refused = 0;
  await ada.page.route("**/v1/holds/**", async (route) => {
    refused += 1;
    await (refused > 5 ? route.continue() : route.abort());
  });
  await ada.page.reload();
  await expectPhase(ada.page, "held");
  expect(refused).toBeGreaterThan(5);
});

test("a page that is offline says so, and sells again when it is back", async () => {
  const { code } = await makeDrop("offline", { units: 3 });
  const ada = await watch(code);
  await expectPhase(ada.page, "open");
  await ada.context.setOffline(true);
  await expectText(ada.page, "You are offline. What you hold is kept.");
  await ada.context.setOffline(false);
  await drop(ada.page).getByText("You are offline").waitFor({ state: "hidden" });
  await button(ada.page, "Claim yours").click();
  await expectPhase(ada.page, "held");
});

test("before the opening it counts down by the engine's clock, and then sells", async () => {
  const opensAt = new Date(Date.now() + 8_000).toISOString();
  const { code } = await makeDrop("opening", { isOpen: false, show: { starts_at: opensAt } });
  const ada = await browser.visit();
  // The browser's own clock is an hour late.
  await ada.page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 3_600_000;
  });
  await openShop(ada.page, shopUrl, { show: code });
  await expectPhase(ada.page, "scheduled");
  await drop(ada.page)
    .getByRole("timer")
    .getByText(/^0:0\d$/)
    .waitFor();
  await expectPhase(ada.page, "open");
  await button(ada.page, "Claim yours").click();
  await expectPhase(ada.page, "held");
  await secret("POST", `/v1/shows/${code}/close`, { idempotencyKey: "close-opening" });
  // What is held stays, and can be paid for.
  await expectPhase(ada.page, "held");
  await button(ada.page, "Let it go").click();
  await expectPhase(ada.page, "closed");
});

test("a buyer at the limit is told, and a lottery takes entries, draws, and offers", async () => {
  const limited = await makeDrop("limit", { units: 5, drop: { buyer_limit: 1 } });
  const ada = await watch(limited.code);
  await button(ada.page, "Claim yours").click();
  await expectPhase(ada.page, "held");
  await ada.page.evaluate(() => localStorage.clear());
  // The same buyer, on a device that knows nothing of the hold.
  const buyer = String(
    (await drop(ada.page).evaluate((element) => (element as unknown as { hold: { buyer: string } }).hold))
      .buyer,
  );
  await ada.page.evaluate((name) => localStorage.setItem("holdfast:buyer", name), buyer);
  await ada.page.reload();
  await button(ada.page, "Claim yours").click();
  await expectText(ada.page, "You have your share");
  await expectText(ada.page, "1 for each buyer");

  const lottery = await makeDrop("lottery", { units: 1, drop: { policy: "lottery" } });
  const visits = [await watch(lottery.code), await watch(lottery.code)];
  for (const { page } of visits) {
    await button(page, "Enter the lottery").click();
    await expectText(page, "You are in the lottery");
  }
  await expectSuccess(secret("POST", `/v1/shows/${lottery.code}/draw`, { idempotencyKey: "draw" }));
  const offered = await Promise.race(visits.map(({ page }) => expectPhase(page, "offered").then(() => page)));
  await expectText(offered, "It is your turn");
});

test("who comes too early to a waiting room sees how many are before, and is let in and served without a click", async () => {
  const { code, sku } = await makeDrop("room", { units: 3, show: { admission_per_unit: 1 } });
  const server = await LiveSocket.open(Number(new URL(engineUrl).port), `/v1/shows/${code}/live`, null);
  const claim = (buyer: string, quantity: number) => ({
    idempotency_key: `${code}-${buyer}-${quantity}`,
    buyer,
    lines: [{ sku, quantity }],
  });
  // Three are let in: one has a unit, two want more than there is. So the next two are let in, and take their time.
  const crowd = [claim("a", 1), claim("b", 9), claim("c", 9), claim("d", 1), claim("e", 1)];
  await server.ask({ type: "holds", items: crowd });
  const { page } = await watch(code);
  await button(page, "Claim yours").click();
  await expectPhase(page, "queued");
  await expectText(page, /before you at the door/);
  // Both want more than there is, and so are decided.
  for (const buyer of ["d", "e"]) await server.ask({ type: "hold", ...claim(buyer, 9) });
  await expectPhase(page, "held");
  server.close();
});

test("everything can be done and heard with a keyboard and no eyes", async () => {
  const { code } = await makeDrop("keyboard", { units: 4 });
  const { page } = await watch(code);
  await expectPhase(page, "open");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expectPhase(page, "held");
  await button(page, "Check out").and(page.locator('[aria-disabled="false"]')).waitFor();
  const said = drop(page).getByRole("status");
  await said.getByText("Held for you").waitFor();
  // The focus stayed on the button, which says something else now.
  const focused = () => drop(page).evaluate((element) => element.shadowRoot?.activeElement?.textContent);
  expect(await focused()).toBe("Check out");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await expectPhase(page, "open");
  expect(await focused()).toBe("Claim yours");
  await said.getByText("You let it go.").waitFor();
});

test("the page hears what happens, and may take the checkout over", async () => {
  const { code } = await makeDrop("events", { units: 3 });
  const { page } = await watch(code, { checkout: "/pay?from=widget" });
  await page.evaluate(() => {
    const heard: Array<string> = [];
    Object.assign(globalThis, { heard });
    for (const name of ["hold", "checkout", "release"]) {
      addEventListener(`holdfast:${name}`, (event) => {
        const { hold, url } = (event as CustomEvent<{ hold: { id: string }; url?: string }>).detail;
        heard.push(
          `${name} ${hold.id.slice(0, 5)} ${url?.includes("/pay?from=widget&hold=hold_") ?? ""}`.trim(),
        );
        if (name === "checkout" && heard.length === 2) event.preventDefault();
      });
    }
  });
  await button(page, "Claim yours").click();
  await button(page, "Check out").click();
  const heard = () => page.evaluate(() => (globalThis as unknown as { heard: ReadonlyArray<string> }).heard);
  await expect.poll(heard, { timeout: 60_000 }).toEqual(["hold hold_", "checkout hold_ true"]);
  await button(page, "Check out").click();
  await page.waitForURL(/\/pay\?from=widget&hold=hold_/);
});

test("a key works on registered origins only, and a show that is not there is said to be so", async () => {
  const made = await expectSuccess(
    secret("POST", "/v1/keys", {
      body: { kind: "publishable", name: "elsewhere", allowed_origins: ["https://shop.example"] },
      idempotencyKey: "elsewhere",
    }),
  );
  const { code } = await makeDrop("origins");
  const [stranger, lost] = [await watch(code, { key: String(made["key"]) }), await watch("nothing-here")];
  await expectPhase(stranger.page, "failed");
  await expectText(lost.page, "This drop cannot be shown right now.");
});

test.each([
  ["de", "Jetzt sichern", "Für Sie zurückgelegt"],
  ["fr", "Réserver", "Réservé pour vous"],
  ["es", "Reservar", "Reservado para usted"],
  ["ja", "確保する", "確保しました"],
])("it speaks %s", async (lang, claim, held) => {
  const { code } = await makeDrop(`in-${lang}`);
  const { page } = await watch(code, { lang });
  await button(page, claim).click();
  await expectText(page, held);
});

test("axe finds nothing, by day and by night, in any of its states", async () => {
  const { code } = await makeDrop("axe", { units: 1, drop: { buyer_limit: 1 } });
  const findings: Array<string> = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await browser.visit({ colorScheme, width: 390, height: 700, reducedMotion: "reduce" });
    const look = async (state: string) => {
      findings.push(...(await axeFindings(page)).map((finding) => `${colorScheme} ${state} ${finding}`));
      await picture(page, `widget-${state}-${colorScheme}`);
    };
    await openShop(page, shopUrl, { show: code });
    await expectPhase(page, "open");
    await look("open");
    await button(page, "Claim yours").click();
    await expectPhase(page, "held");
    await look("held");
    const late = await browser.visit({ colorScheme, width: 390, height: 700, reducedMotion: "reduce" });
    await openShop(late.page, shopUrl, { show: code });
    await expectPhase(late.page, "sold_out");
    await picture(late.page, `widget-sold-out-${colorScheme}`);
    findings.push(...(await axeFindings(late.page)));
    await button(late.page, "Join the waitlist").click();
    await expectPhase(late.page, "waiting");
    await picture(late.page, `widget-waiting-${colorScheme}`);
    await button(late.page, "Leave the line").click();
    await button(page, "Let it go").click();
    await expectPhase(page, "open");
  }
  expect(findings).toEqual([]);
});
