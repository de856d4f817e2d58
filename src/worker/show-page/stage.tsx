import { html } from "hono/html";
import type { Child, FC } from "hono/jsx";

import { browserPath } from "../browser/files.ts";
import type { ShowPageView, Ware } from "../use-cases/read-show-page.ts";
import { moneyText } from "./money-text.ts";

export const Stage: FC<{
  title: string;
  publicKey: string;
  scripts: ReadonlyArray<string>;
  children?: Child;
}> = ({ title, publicKey, scripts, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <meta name="holdfast-key" content={publicKey} />
      <title>{title}</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href={browserPath("show-page.css")} />
      {scripts.map((src) => (
        <script src={src} defer></script>
      ))}
    </head>
    <body>
      <a class="skip" href="#content">
        Skip to the drop
      </a>
      <header class="bar">
        <a class="brand" href="/demo">
          <span class="mark" aria-hidden="true"></span>Holdfast live
        </a>
        <nav aria-label="Of the engine">
          <a href="/docs">API</a>
          <a href="/admin">Dashboard</a>
        </nav>
      </header>
      <main id="content">{children}</main>
    </body>
  </html>
);

/** A show with its drops, and the shop around it. Everything on it is what the engine holds. */
export const ShowPage: FC<{ view: ShowPageView; publicKey: string }> = ({ view, publicKey }) => (
  <Stage
    title={`${view.show?.title ?? "No show"} · Holdfast`}
    publicKey={publicKey}
    scripts={["/widget.js", browserPath("show-page.js")]}
  >
    {view.show === null ? <NoShow /> : <Live show={view.show} publicKey={publicKey} />}
    {view.shop.length === 0 ? null : <Shop wares={view.shop} />}
  </Stage>
);

const Live: FC<{ show: NonNullable<ShowPageView["show"]>; publicKey: string }> = ({ show, publicKey }) => (
  <div class="live">
    <section class="video" aria-label="Video">
      <canvas
        id="video"
        width="1280"
        height="720"
        role="img"
        aria-label="The host turns the goods on a lit stage."
      ></canvas>
      <p class="onair">
        <span class="dot" aria-hidden="true"></span>
        <span id="status">Live</span>
      </p>
      <div class="caption">
        <h1>{show.title}</h1>
        <p id="ticker" role="status"></p>
      </div>
    </section>
    <section class="drops" aria-label="In this show">
      {show.skus.map(
        (sku) =>
          // Not JSX, which keeps `key` for itself.
          html`<holdfast-drop
            show="${show.code}"
            sku="${sku}"
            key="${publicKey}"
            currency="EUR"
            checkout="/demo/checkout"
            ><div slot="media" class="picture" data-sku="${sku}" aria-hidden="true"></div
          ></holdfast-drop>`,
      )}
    </section>
  </div>
);

const NoShow: FC = () => (
  <section class="empty">
    <h1>Nothing is live</h1>
    <p>
      Set a show up in the <a href="/admin">dashboard</a>, or run <code>npm run demo</code>, which makes a
      shop, fills its shelves and opens a show on this page.
    </p>
  </section>
);

const Shop: FC<{ wares: ReadonlyArray<Ware> }> = ({ wares }) => (
  <section class="shop" aria-labelledby="shop">
    <h2 id="shop">From the shop</h2>
    <ul class="wares">
      {wares.map(({ sku, title, price }) => (
        <li>
          <div class="picture" data-sku={sku} aria-hidden="true"></div>
          <h3>{title}</h3>
          <p class="price">{moneyText(price)}</p>
          <button
            type="button"
            class="add"
            data-sku={sku}
            data-title={title}
            data-amount={String(price.amount)}
            data-currency={price.currency}
            aria-label={`Add ${title} to the basket`}
          >
            Add
          </button>
        </li>
      ))}
    </ul>
    <div class="basket" id="basket" hidden>
      <p>
        <strong id="basket-count"></strong> <span id="basket-total"></span>
      </p>
      <p id="basket-notice" role="alert"></p>
      <button type="button" class="quiet" id="basket-clear">
        Clear
      </button>
      <button type="button" class="main" id="basket-checkout">
        Check out
      </button>
    </div>
  </section>
);
