import type { Context, Hono } from "hono";

import { problem } from "../../contract/problem.ts";
import type { AppEnv } from "../app.ts";
import { doorOf } from "../dashboard/access.ts";
import { readForm } from "../dashboard/form.ts";
import { registerFulfillmentPages } from "../dashboard/pages/fulfillment/register.ts";
import { showNow } from "../dashboard/pages/now.tsx";
import { registerOrderPages } from "../dashboard/pages/orders/register.ts";
import { registerSettingsPages } from "../dashboard/pages/settings/register.ts";
import { registerShowPages } from "../dashboard/pages/shows/register.ts";
import { SignInPage } from "../dashboard/pages/sign-in.tsx";
import { registerStockPages } from "../dashboard/pages/stock/register.ts";
import {
  bareResponse,
  isFromOurPage,
  pageOf,
  serveAction,
  serveBoard,
  servePage,
  themeOf,
} from "../dashboard/serve.tsx";
import { beginSession, endSession, readSession } from "../dashboard/signed-in.ts";
import { themes } from "../dashboard/view.ts";
import { addressOf } from "../http/page-guard.ts";
import { networkOf } from "../http/page-limits.ts";
import { authenticate } from "../http/principal.ts";

/** Pages for the people who run a shop. They are no operations: whatever they do, they ask operations to do. */
export function registerDashboard(app: Hono<AppEnv>): void {
  registerSigningIn(app);
  servePage(app, "/admin", "ops:read", showNow);
  serveBoard(app, "/admin/live/now", "ops:read", () => ({ kind: "now" }));
  registerOrderPages(app);
  registerSettingsPages(app);
  registerStockPages(app);
  registerFulfillmentPages(app);
  registerShowPages(app);

  serveAction(app, "/admin/theme", "anybody", async (_, form) => {
    const theme = themes.find((known) => known === form.text("theme")) ?? "system";
    return {
      to: ownPath(form.text("to")),
      cookie: `holdfast-theme=${theme}; Path=/admin; Max-Age=31536000; SameSite=Lax; HttpOnly`,
    };
  });
  // Last, for what nothing above serves.
  servePage(app, "/admin/*", "anybody", async () => ({ problem: problem("not_found") }));
}

function registerSigningIn(app: Hono<AppEnv>): void {
  app.get("/admin/sign-in", (c) => {
    if (doorOf(c.env).kind !== "keys") return c.redirect("/admin", 303);
    return pageOf(c, <SignInPage theme={themeOf(c)} next={ownPath(c.req.query("next"))} />, 200);
  });

  app.post("/admin/sign-in", async (c) => {
    if (doorOf(c.env).kind !== "keys") return c.redirect("/admin", 303);
    if (!isFromOurPage(c))
      return bareResponse(c, 403, "Not allowed", "This form did not come from our page.");
    const form = await readForm(c.req.raw);
    if (!form.ok) return bareResponse(c, 400, "Not readable", "Open the page again.");
    const again = (error: string, status: number) =>
      pageOf(
        c,
        <SignInPage theme={themeOf(c)} next={ownPath(form.value.text("next"))} error={error} />,
        status,
      );
    if (!(await mayTry(c))) return again("Too many attempts from here. Wait a minute.", 429);
    const services = c.get("services");
    const sent = `Bearer ${form.value.text("secret")}`;
    const principal = await authenticate(sent, services.findKey, services.nowMs());
    if (principal === null || principal.kind !== "secret")
      return again("This is no secret key of this engine.", 401);
    const earlier = await readSession(c);
    if (earlier !== null) await endSession(c, earlier);
    c.header("set-cookie", await beginSession(c, principal.id));
    return c.redirect(ownPath(form.value.text("next")), 303);
  });

  serveAction(app, "/admin/sign-out", "anybody", async (view) => ({
    to: "/admin/sign-in",
    cookie: await view.signOut(),
  }));
}

/** Counted before the key is looked at, right ones too: otherwise the answer to a guess would be free. */
async function mayTry(c: Context<AppEnv>): Promise<boolean> {
  const address = addressOf(c.req.raw);
  const { success } = await c.env.SIGN_IN_LIMIT.limit({
    key: address === null ? "none" : networkOf(address),
  });
  return success;
}

/** Somewhere in the dashboard, whatever was asked for: nobody is sent elsewhere by a link to us. */
function ownPath(path: string | undefined): string {
  const url = URL.parse(path ?? "", "https://holdfast.invalid");
  const isOwn = url?.host === "holdfast.invalid" && /^\/admin(?:\/|$)/.test(url.pathname);
  return isOwn ? `${url.pathname}${url.search}` : "/admin";
}
