import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";

import { problem } from "../../contract/problem.ts";
import { readOrder } from "../../db/orders.ts";
import type { AppEnv } from "../app.ts";
import { problemResponse } from "../http/answer.ts";
import { CheckoutPage, GonePage, OrderPage } from "../show-page/checkout.tsx";
import { ShowPage } from "../show-page/stage.tsx";
import { orderView } from "../use-cases/order-view.ts";
import { readHold } from "../use-cases/read-hold.ts";
import { readShowPage, readWares } from "../use-cases/read-show-page.ts";

const CURRENCY = "EUR";
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * A show page with a small shop, to try the engine with. It sells to everybody who finds it, so it is not there unless
 * `SHOW_PAGE_KEY` names the publishable key it is to use.
 */
export function registerShowPage(app: Hono<AppEnv>): void {
  const serve = (path: string, page: (c: Context<AppEnv>, publicKey: string) => Promise<Response>) =>
    app.get(path, async (c) => {
      const publicKey = c.env.SHOW_PAGE_KEY as string;
      return publicKey === ""
        ? problemResponse(problem("not_found"), c.get("requestId"))
        : page(c, publicKey);
    });

  serve("/demo", async (c, publicKey) => {
    const code = c.req.query("show");
    const view = await readShowPage(
      c.get("services"),
      code !== undefined && ID.test(code) ? code : undefined,
      CURRENCY,
    );
    return render(c, <ShowPage view={view} publicKey={publicKey} />);
  });

  serve("/demo/checkout", async (c, publicKey) => {
    const id = c.req.query("hold") ?? "";
    const hold = ID.test(id) ? await readHold(c.get("services"), id, null) : null;
    if (hold === null || !hold.ok) return render(c, <GonePage publicKey={publicKey} />, 404);
    const skus = hold.value.lines.map(({ sku }) => sku);
    const wares = await readWares(c.get("services"), skus, CURRENCY);
    return render(c, <CheckoutPage hold={hold.value} wares={wares} publicKey={publicKey} />);
  });

  serve("/demo/orders/:id", async (c, publicKey) => {
    const id = c.req.param("id") ?? "";
    const order = ID.test(id) ? await readOrder(c.get("services").db, id) : null;
    if (order === null) return render(c, <GonePage publicKey={publicKey} />, 404);
    return render(c, <OrderPage order={orderView(order)} publicKey={publicKey} />);
  });
}

function render(
  c: Context<AppEnv>,
  content: JSX.Element,
  status: 200 | 404 = 200,
): Response | Promise<Response> {
  const { host, protocol } = new URL(c.req.url);
  // Not every browser takes a socket of the same place for 'self'.
  const socket = `${protocol === "https:" ? "wss" : "ws"}://${host}`;
  c.header(
    "content-security-policy",
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${socket}; ` +
      "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  );
  return c.html(html`<!doctype html>${content}`, status);
}
