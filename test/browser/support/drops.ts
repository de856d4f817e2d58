import type { Page } from "playwright-core";

import { expectSuccess } from "../../../scripts/api.ts";
import { LOCAL_PUBLISHABLE_KEY } from "../../../scripts/seed.ts";
import { engineUrl, secret } from "./browser.ts";

export type DropOptions = {
  readonly title?: string;
  readonly units?: number;
  readonly drop?: object;
  readonly show?: object;
  readonly isOpen?: boolean;
};

/** A show of one drop, with the units for it. */
export async function makeDrop(
  code: string,
  options: DropOptions = {},
): Promise<{ code: string; sku: string }> {
  const { title = "Founders hoodie", units = 5, drop = {}, show = {}, isOpen = true } = options;
  const sku = `HOODIE-${code.toUpperCase()}`;
  await expectSuccess(
    secret("PUT", "/v1/locations/BER-1", {
      body: { name: "Berlin", type: "warehouse", address: { country: "DE" }, ships: true, pickup: false },
    }),
  );
  const prices = [{ currency: "EUR", amount: 8900 }];
  await expectSuccess(secret("PUT", `/v1/skus/${sku}`, { body: { title, prices, weight_grams: 600 } }));
  const movements = [{ sku, location: "BER-1", kind: "received", quantity: units }];
  await expectSuccess(
    secret("POST", "/v1/stock/movements", { body: { movements }, idempotencyKey: `stock-${code}` }),
  );
  const body = { title: `Show ${code}`, ...show, drops: [{ sku, quantity: units, ...drop }] };
  await expectSuccess(secret("PUT", `/v1/shows/${code}`, { body }));
  if (isOpen) {
    await expectSuccess(secret("POST", `/v1/shows/${code}/open`, { idempotencyKey: `open-${code}` }));
  }
  return { code, sku };
}

export async function showCounters(code: string): Promise<Record<string, number>> {
  const { counters } = await expectSuccess(secret("GET", `/v1/shows/${code}`));
  return counters as Record<string, number>;
}

/** A merchant's own page, elsewhere, with a policy as strict as one can be that embeds the widget. */
export async function openShop(
  page: Page,
  shopUrl: string,
  attributes: Record<string, string>,
  path = "/",
): Promise<void> {
  const given = { key: LOCAL_PUBLISHABLE_KEY, ...attributes };
  await page.goto(`${shopUrl}${path}?${new URLSearchParams(given).toString()}`);
  await page.locator("holdfast-drop[data-phase]").waitFor();
}

export function shopPage(search: URLSearchParams): { readonly html: string; readonly policy: string } {
  const attributes = [...search]
    .map(([name, value]) => `${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`)
    .join(" ");
  const socket = engineUrl.replace("http", "ws");
  return {
    policy: `default-src 'none'; script-src ${engineUrl}; connect-src ${engineUrl} ${socket}; img-src data:`,
    html: `<!doctype html><html lang="${search.get("lang") ?? "en"}"><head><meta charset="utf-8"><title>A shop</title>
      <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
      <script async src="${engineUrl}/widget.js"></script></head>
      <body><main><h1>A shop</h1><h2>Tonight</h2><holdfast-drop ${attributes}></holdfast-drop></main></body></html>`,
  };
}
