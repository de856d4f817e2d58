import type { Context, Hono } from "hono";

import type { BrowserFile } from "#browser-files";

import { problem } from "../../contract/problem.ts";
import type { AppEnv } from "../app.ts";
import { findBrowserFile } from "../browser/files.ts";
import { problemResponse } from "../http/answer.ts";

const KEPT_FOR_GOOD = "public, max-age=31536000, immutable";
const ASKED_EACH_TIME = "public, no-cache";

/** Scripts and style sheets of our pages, for everybody. */
export function registerBrowserFiles(app: Hono<AppEnv>): void {
  app.get("/widget.js", (c) => {
    const found = findBrowserFile("widget.js");
    return found === null
      ? problemResponse(problem("not_found"), c.get("requestId"))
      : browserFile(c, found.file, WIDGET_HEADERS);
  });
  app.get("/assets/:file", (c) => {
    const found = findBrowserFile(c.req.param("file"));
    if (found === null) return problemResponse(problem("not_found"), c.get("requestId"));
    // While a deployment replaces another, a page of one may ask the other: it gets what there is, and keeps nothing.
    return browserFile(c, found.file, { "cache-control": found.isExact ? KEPT_FOR_GOOD : ASKED_EACH_TIME });
  });
}

/** Pages of other places load the widget by this name, so it is asked again soon, and lent to everybody. */
const WIDGET_HEADERS = {
  "cache-control": "public, max-age=300, stale-while-revalidate=86400",
  "access-control-allow-origin": "*",
  "cross-origin-resource-policy": "cross-origin",
};

function browserFile(
  c: Context<AppEnv>,
  file: BrowserFile,
  caching: Readonly<Record<string, string>>,
): Response {
  const etag = `"${file.hash}"`;
  const headers = { ...caching, etag, vary: "Accept-Encoding" };
  const known = c.req.header("if-none-match")?.split(",") ?? [];
  if (known.some((tag) => tag.trim().replace(/^W\//, "") === etag)) return c.body(null, 304, headers);
  return c.body(file.text, 200, { ...headers, "content-type": file.contentType });
}
