import type { Context, Hono } from "hono";
import { html } from "hono/html";

import { readIdentity } from "../../db/brands.ts";
import { optOut } from "../../db/contact-rules.ts";
import { DEFAULT_IDENTITY, isLight, type BrandIdentity } from "../../domain/messages/brand-identity.ts";
import type { Language } from "../../domain/messages/message.ts";
import { textsByLanguage } from "../../domain/messages/texts/by-language.ts";
import type { AppEnv } from "../app.ts";

/** All that the page needs: nothing runs or loads on it. */
const STYLE = `body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText;font:17px/1.55 system-ui,sans-serif}
main{max-width:26rem;padding:2rem 1.25rem}
h1{font-size:1.05rem;margin:0 0 1rem}
button{font:inherit;font-weight:600;border:0;border-radius:.55rem;padding:.75rem 1.25rem;cursor:pointer;background:var(--accent);color:var(--on-accent)}
button:focus-visible{outline:3px solid Highlight;outline-offset:3px}`;

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Where buyers refuse messages. Opening the link asks, because scanners of mailboxes open links; the answer to the
 * question, and the mailbox's own one-click call (RFC 8058 §3.1), is a POST. Whoever has the link may: it is in nobody
 * else's mail.
 */
export function registerUnsubscribe(app: Hono<AppEnv>): void {
  app.get("/unsubscribe/:token", async (c) => {
    const claim = c.get("services").unsubscribe?.read(c.req.param("token")) ?? null;
    if (claim === null) return page(c, 404, "en", DEFAULT_IDENTITY, "optOutUnknown");
    const { identity } = await readIdentity(c.get("services").db, claim.brand);
    return page(c, 200, claim.language, identity, "optOutAsk");
  });

  app.post("/unsubscribe/:token", async (c) => {
    const services = c.get("services");
    const claim = services.unsubscribe?.read(c.req.param("token")) ?? null;
    if (claim === null) return page(c, 404, "en", DEFAULT_IDENTITY, "optOutUnknown");
    // What the body says is said by the call itself, and is not read.
    await optOut(services.db, claim.customerId, services.nowMs());
    const { identity } = await readIdentity(services.db, claim.brand);
    return page(c, 200, claim.language, identity, "optOutDone");
  });
}

function page(
  c: Context<AppEnv>,
  status: 200 | 404,
  language: Language,
  brand: BrandIdentity,
  says: "optOutAsk" | "optOutDone" | "optOutUnknown",
): Response | Promise<Response> {
  const { labels } = textsByLanguage[language];
  c.header("content-security-policy", PAGE_POLICY);
  const colors = `--accent:${brand.accentColor};--on-accent:${isLight(brand.accentColor) ? "#111416" : "#ffffff"}`;
  const content = (
    <html lang={language} style={colors}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{brand.name}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <h1>{brand.name}</h1>
          <p>{labels[says]}</p>
          {says === "optOutAsk" ? (
            <form method="post">
              <button type="submit">{labels.optOut}</button>
            </form>
          ) : null}
        </main>
      </body>
    </html>
  );
  return c.html(html`<!doctype html>${content}`, status);
}
