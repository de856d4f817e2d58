import type axe from "axe-core";
import type { Page } from "playwright-core";

import { expectSuccess } from "../../../scripts/api.ts";
import { LOCAL_SECRET_KEY } from "../../../scripts/seed.ts";
import { roleScopes, type Role } from "../../../src/worker/dashboard/roles.ts";
import { engineUrl, secret, type Visit } from "./browser.ts";

type Axe = typeof axe;

const cookies = new Map<string, string>();
const keys = new Map<Role, string>();

/** A key of a role; the same for every test. */
export async function makeKey(role: Role): Promise<string> {
  const made =
    keys.get(role) ??
    String(
      (
        await expectSuccess(
          secret("POST", "/v1/keys", {
            body: { kind: "secret", name: role, scopes: roleScopes[role] },
            idempotencyKey: `key-${role}-${crypto.randomUUID()}`,
          }),
        )
      )["key"],
    );
  keys.set(role, made);
  return made;
}

/** A show of one drop, with the units for it. */
export async function setUpDrop(
  code: string,
  {
    units,
    title = "Founders hoodie",
    showTitle = `Show ${code}`,
  }: { units: number; title?: string; showTitle?: string },
): Promise<{ readonly code: string; readonly sku: string }> {
  const sku = `DESK-${code.toUpperCase()}`;
  const location = {
    name: "Berlin",
    type: "warehouse",
    address: { country: "DE" },
    ships: true,
    pickup: false,
  };
  await expectSuccess(secret("PUT", "/v1/locations/BER-1", { body: location }));
  const prices = [{ currency: "EUR", amount: 8900 }];
  await expectSuccess(secret("PUT", `/v1/skus/${sku}`, { body: { title, prices } }));
  const movements = [{ sku, location: "BER-1", kind: "received", quantity: units }];
  await expectSuccess(
    secret("POST", "/v1/stock/movements", { body: { movements }, idempotencyKey: `desk-${code}` }),
  );
  const body = { title: showTitle, drops: [{ sku, quantity: units }] };
  await expectSuccess(secret("PUT", `/v1/shows/${code}`, { body }));
  await expectSuccess(secret("POST", `/v1/shows/${code}/open`, { idempotencyKey: `desk-open-${code}` }));
  return { code, sku };
}

/** Signs a visit in. Once for each key, because attempts from one address are counted. */
export async function signedIn({ context }: Visit, key: string = LOCAL_SECRET_KEY): Promise<void> {
  let cookie = cookies.get(key);
  if (cookie === undefined) {
    const reply = await fetch(`${engineUrl}/admin/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: engineUrl },
      body: new URLSearchParams({ secret: key }),
    });
    cookie = /^([^;]+);/.exec(reply.headers.get("set-cookie") ?? "")?.[1] ?? "";
    cookies.set(key, cookie);
  }
  const [name = "", value = ""] = cookie.split("=");
  await context.addCookies([{ name, value, url: engineUrl }]);
}

/** What cannot be read in the colours of now, once axe has looked at the page: the rest of it does not change with them. */
export function contrastFindings(page: Page): Promise<ReadonlyArray<string>> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(document, { runOnly: { type: "rule", values: ["color-contrast"] } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary ?? ""}`),
    );
  });
}

/** What stands below one of these in a path is one of many, whatever it is called. */
const collections = new Set(
  "shows orders stock skus pick-lists shipments exceptions returns locations connections routing webhooks deliveries".split(
    " ",
  ),
);

/** Pages of one kind differ in what they show, not in what they are. */
function shapeOf(path: string): string {
  const { pathname, searchParams } = new URL(path, engineUrl);
  const parts = pathname.split("/");
  const isOneOfMany = (part: string, index: number) =>
    /[\d_]/.test(part) || (!["new", "import"].includes(part) && collections.has(parts[index - 1] ?? ""));
  const shape = parts.map((part, index) => (isOneOfMany(part, index) ? "*" : part)).join("/");
  return searchParams.has("simulate") ? `${shape}?simulate` : shape;
}

const PAGES_MAX = 60;

/**
 * Visits one page of each kind that links within the dashboard lead to.
 *
 * @returns The paths that were visited.
 */
export async function crawl(
  page: Page,
  starts: ReadonlyArray<string>,
  look: (path: string) => Promise<void>,
): Promise<ReadonlyArray<string>> {
  const todo = [...starts];
  const shapes = new Set(todo.map(shapeOf));
  const seen: Array<string> = [];
  for (let path = todo.shift(); path !== undefined && seen.length < PAGES_MAX; path = todo.shift()) {
    // Files are downloaded, not shown.
    const isShown = await page.goto(`${engineUrl}${path}`).then(
      (reply) => (reply?.headers()["content-type"] ?? "").startsWith("text/html"),
      () => false,
    );
    if (!isShown) continue;
    const board = page.locator("[data-board] [data-live-state].on");
    if ((await page.locator("[data-board]").count()) > 0) await board.waitFor();
    seen.push(new URL(page.url()).pathname);
    await look(path);
    const links = await page.evaluate(() =>
      [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href") ?? ""),
    );
    for (const link of links) {
      const { pathname, search, origin } = new URL(link, page.url());
      if (
        origin !== engineUrl ||
        !pathname.startsWith("/admin") ||
        shapes.has(shapeOf(`${pathname}${search}`))
      )
        continue;
      shapes.add(shapeOf(`${pathname}${search}`));
      todo.push(`${pathname}${search}`);
    }
  }
  return seen;
}
