import type { Context, Hono } from "hono";
import { getCookie } from "hono/cookie";
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";

import type { Scope } from "../../contract/operation.ts";
import { showCodeSchema } from "../../contract/primitives.ts";
import { problem, type Problem, type ProblemCode } from "../../contract/problem.ts";
import { ok } from "../../domain/result.ts";
import type { BoardTopic } from "../../durable-objects/board/port.ts";
import type { AppEnv } from "../app.ts";
import { errorText } from "../error-text.ts";
import { problemResponse } from "../http/answer.ts";
import { secureHeaders } from "../http/secure-headers.ts";
import { isOutage } from "../use-cases/outage.ts";
import { enterByAccess, doorOf } from "./access.ts";
import { askAs } from "./ask.ts";
import { flashCookie, noFlashCookie, readFlash, type Flash } from "./flash.ts";
import { noForm, readForm, type SentForm } from "./form.ts";
import { BarePage, Page } from "./layout.tsx";
import { problemText } from "./problem-text.ts";
import { sections } from "./sections.ts";
import { endSession, isSameToken, readSession, type SignedIn } from "./signed-in.ts";
import { themes, type View } from "./view.ts";

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What a page shows, or why it cannot. */
export type Shown =
  | { readonly title: string; readonly body: JSX.Element; readonly status?: 200 | 400 | 404 | 409 | 422 }
  | { readonly problem: Problem };

/** What an action leads to: another page, with a word about what was done, or the same form again. */
export type Outcome = { readonly to: string; readonly flash?: Flash; readonly cookie?: string } | Shown;

export function done(to: string, text: string): Outcome {
  return { to, flash: { kind: "done", text } };
}

/** Back to a page, with what went wrong in words. */
export function failed(to: string, what: Problem): Outcome {
  return { to, flash: { kind: "failed", text: problemText(what) } };
}

/** What somebody needs for a page; `anybody` who is signed in may end the session. */
export type Needed = Scope | "anybody";

/** Serves a page to whoever is signed in and has the scope. What it asks of operations, these check again. */
export function servePage(
  app: Hono<AppEnv>,
  path: string,
  needed: Needed,
  show: (view: View) => Promise<Shown | { readonly to: string }>,
): void {
  serve(app, "GET", path, async (c) => {
    const entered = await enter(c);
    if (entered instanceof Response) return entered;
    const view = viewOf(app, c, entered);
    const missing = whatIsMissing(view, needed);
    // Whoever may not see the first page begins with what they may see.
    const start =
      path === "/admin" && missing !== null ? sections.find(({ scope }) => view.can(scope)) : undefined;
    if (start !== undefined) return c.redirect(start.path, 303);
    const shown = missing ?? (await show(view));
    return "to" in shown ? c.redirect(shown.to, 303) : pageResponse(c, view, shown);
  });
}

/**
 * Serves a form's POST: from our own page, by who is signed in and has the scope, with the token of their session.
 *
 * @param act - Its `key` is the idempotency key that the page was made with, so that a form sent twice is done once.
 */
export function serveAction(
  app: Hono<AppEnv>,
  path: string,
  needed: Needed,
  act: (view: View, form: SentForm, key: string) => Promise<Outcome>,
): void {
  serve(app, "POST", path, async (c) => {
    const entered = await enter(c);
    if (entered instanceof Response) return entered;
    const view = viewOf(app, c, entered);
    const form = isFromOurPage(c) ? await readForm(c.req.raw) : ok(noForm);
    if (!form.ok) return pageResponse(c, view, { problem: problem(form.error) });
    if (!isSameToken(form.value.text("form_token"), entered.formToken)) {
      return pageResponse(c, view, { problem: notOurs });
    }
    const missing = whatIsMissing(view, needed);
    if (missing !== null) return pageResponse(c, view, missing);
    const outcome = await act(view, form.value, form.value.text("key"));
    if (!("to" in outcome)) return pageResponse(c, view, outcome);
    if (outcome.flash !== undefined) c.header("set-cookie", flashCookie(outcome.flash));
    if (outcome.cookie !== undefined) c.header("set-cookie", outcome.cookie, { append: true });
    return c.redirect(outcome.to, 303);
  });
}

/** Serves a file, to be shown, printed or kept, to whoever is signed in and has the scope. */
export function serveFile(
  app: Hono<AppEnv>,
  path: string,
  needed: Scope,
  fileFor: (view: View) => Promise<Response>,
): void {
  app.get(path, async (c) => {
    const entered = await enter(c);
    if (entered instanceof Response) return entered;
    const view = viewOf(app, c, entered);
    const missing = whatIsMissing(view, needed);
    if (missing !== null) return pageResponse(c, view, missing);
    const file = await fileFor(view);
    if (file.ok) return new Response(file.body, file);
    return pageResponse(c, view, { problem: (await file.json()) as Problem });
  });
}

/** Serves what people watch as a WebSocket, to our own pages. */
export function serveBoard(
  app: Hono<AppEnv>,
  path: string,
  needed: Scope,
  topicOf: (code: string) => BoardTopic,
): void {
  app.get(path, async (c) => {
    const fail = (code: ProblemCode) => problemResponse(problem(code), c.get("requestId"));
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") return fail("upgrade_required");
    // Browsers let any page open a socket, with our cookie.
    if (!isFromOurPage(c)) return fail("forbidden");
    const entered = await enter(c);
    if (entered instanceof Response) return fail("unauthorized");
    if (!entered.principal.scopes.has(needed)) return fail("forbidden");
    const code = showCodeSchema.safeParse(c.req.param("code") ?? "none");
    if (!code.success) return fail("show_unknown");
    const opened = await c.get("services").board(topicOf(code.data)).open();
    if (opened.webSocket === null) return fail("unavailable");
    const headers = { ...secureHeaders, "x-request-id": c.get("requestId") };
    return new Response(null, { status: 101, webSocket: opened.webSocket, headers });
  });
}

/** People are told of an outage by a page. */
function serve(
  app: Hono<AppEnv>,
  method: "GET" | "POST",
  path: string,
  answer: (c: Context<AppEnv>) => Promise<Response>,
): void {
  app.on(method, [path], async (c) => {
    try {
      return await answer(c);
    } catch (error) {
      if (!isOutage(error)) throw error;
      return bareResponse(c, 503, "Not there for a moment", "The database does not answer. Try again soon.");
    }
  });
}

function whatIsMissing(view: View, needed: Needed): { readonly problem: Problem } | null {
  if (needed === "anybody" || view.can(needed)) return null;
  return { problem: problem("forbidden", { detail: `Your key does not have the scope ${needed}.` }) };
}

const notOurs = problem("forbidden", {
  detail:
    "This form did not come from a page of yours, or that page is from an earlier session. Open it again.",
});

/** Browsers say on every POST where it comes from. Hosts are compared, because a proxy may end https before us. */
export function isFromOurPage(c: Context<AppEnv>): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = URL.parse(c.req.header("origin") ?? "");
  return origin !== null && origin.host === new URL(c.req.url).host;
}

/** Who is here, or the response that stops them. */
export async function enter(c: Context<AppEnv>): Promise<SignedIn | Response> {
  const door = doorOf(c.env);
  if (door.kind === "broken") {
    console.error(JSON.stringify({ message: "dashboard closed", because: door.because }));
    return bareResponse(c, 503, "Closed", `Cloudflare Access is set up in part: ${door.because}.`);
  }
  if (door.kind === "keys") {
    const who = await readSession(c);
    if (who !== null) return who;
    if (c.req.method !== "GET") return c.redirect("/admin/sign-in", 303);
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/admin/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`, 303);
  }
  try {
    const who = await enterByAccess(c, door);
    if (who !== null) return who;
    return bareResponse(
      c,
      403,
      "Not allowed",
      "Cloudflare Access did not say who you are, or you are on no list.",
    );
  } catch (error) {
    console.error(JSON.stringify({ message: "Access could not be asked", error: errorText(error) }));
    return bareResponse(c, 503, "Closed for a moment", "Cloudflare Access could not be asked. Try again.");
  }
}

function viewOf(app: Hono<AppEnv>, c: Context<AppEnv>, who: SignedIn): View {
  const services = c.get("services");
  const { pathname, search } = new URL(c.req.url);
  return {
    who,
    ask: askAs(app, c, who),
    services,
    nowMs: services.nowMs(),
    theme: themeOf(c),
    flash: readFlash(c),
    path: `${pathname}${search}`,
    params: c.req.param(),
    query: (name) => c.req.query(name) || undefined,
    signOut: () => endSession(c, who),
    can: (scope) => who.principal.scopes.has(scope),
  };
}

export function themeOf(c: Context<AppEnv>) {
  const sent = getCookie(c, "holdfast-theme");
  return themes.find((theme) => theme === sent) ?? "system";
}

function pageResponse(c: Context<AppEnv>, view: View, shown: Shown): Response | Promise<Response> {
  if (view.flash !== null) c.header("set-cookie", noFlashCookie, { append: true });
  if (!("problem" in shown)) {
    return pageOf(
      c,
      <Page view={view} title={shown.title}>
        {shown.body}
      </Page>,
      shown.status ?? 200,
    );
  }
  const { problem: said } = shown;
  return pageOf(
    c,
    <Page view={view} title={said.title}>
      <p class="lead">{problemText(said)}</p>
      <p>
        <a href="/admin">Back to Now</a>
      </p>
    </Page>,
    said.status,
  );
}

export function bareResponse(c: Context<AppEnv>, status: number, title: string, text: string) {
  return pageOf(
    c,
    <BarePage title={title} theme={themeOf(c)}>
      <h1>{title}</h1>
      <p>{text}</p>
    </BarePage>,
    status,
  );
}

/** @param status - Any: Hono wants to know at compile time whether there may be a body. */
export function pageOf(c: Context<AppEnv>, page: JSX.Element, status: number) {
  c.header("content-security-policy", PAGE_POLICY);
  // With none at all browsers would send no origin with a form.
  c.header("referrer-policy", "same-origin");
  // Without a document type browsers imitate the bugs of old ones.
  return c.html(html`<!doctype html>${page}`, status as 200);
}
