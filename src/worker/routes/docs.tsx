import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";

import { operations } from "../../contract/operations.ts";
import { problem, problemTypes, type ProblemCode } from "../../contract/problem.ts";
import type { AppEnv } from "../app.ts";
import { ProblemPage } from "../docs/problem-page.tsx";
import { ReferencePage } from "../docs/reference-page.tsx";
import { problemResponse } from "../http/answer.ts";

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages for people. They are no operations: the document describes what programs call. */
export function registerDocs(app: Hono<AppEnv>): void {
  app.get("/docs", (c) => {
    return page(c, <ReferencePage operations={operations} origin={new URL(c.req.url).origin} />);
  });
  app.get("/problems/:code", (c) => {
    const code = c.req.param("code");
    if (!isProblemCode(code)) return problemResponse(problem("not_found"), c.get("requestId"));
    return page(c, <ProblemPage code={code} operations={operations} />);
  });
}

function page(c: Context<AppEnv>, content: JSX.Element): Response | Promise<Response> {
  c.header("content-security-policy", PAGE_POLICY);
  // Without a document type browsers imitate the bugs of old ones.
  return c.html(html`<!doctype html>${content}`);
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemTypes, code);
}
