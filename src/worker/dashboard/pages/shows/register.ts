import type { Hono } from "hono";

import { problem } from "../../../../contract/problem.ts";
import { showOperations } from "../../../../contract/shows.ts";
import type { AppEnv } from "../../../app.ts";
import { done, failed, serveAction, serveBoard, servePage } from "../../serve.tsx";
import { editShow, showBodyOf, showFormAgain } from "./form.tsx";
import { showPath, showShows } from "./list.tsx";
import { watchShow } from "./watch.tsx";

export function registerShowPages(app: Hono<AppEnv>): void {
  servePage(app, "/admin/shows", "shows:read", showShows);
  servePage(app, "/admin/shows/new", "shows:write", editShow);
  servePage(app, "/admin/shows/:code", "shows:read", watchShow);
  servePage(app, "/admin/shows/:code/edit", "shows:write", editShow);
  serveBoard(app, "/admin/live/shows/:code", "shows:read", (code) => ({ kind: "show", code }));

  serveAction(app, "/admin/shows", "shows:write", async (view, form) => {
    if (form.isOn("more")) return showFormAgain(view, form, null);
    const params = { code: form.text("code") };
    const version = form.optional("version");
    if (version === undefined && (await view.ask(showOperations.getShow, { params })).ok) {
      const taken = problem("precondition_failed", { detail: `There is a show ${params.code} already.` });
      return showFormAgain(view, form, taken);
    }
    const put = await view.ask(showOperations.putShow, {
      params,
      body: showBodyOf(form),
      ...(version === undefined ? {} : { ifMatch: version }),
    });
    if (!put.ok) return showFormAgain(view, form, put.error);
    return done(showPath(put.value.code), `${put.value.title} is set up: its units are fenced in.`);
  });

  const acts = [
    ["open", showOperations.openShow, "is open."],
    ["close", showOperations.closeShow, "is closed."],
    ["draw", showOperations.drawShow, "is drawn."],
  ] as const;
  for (const [name, operation, said] of acts) {
    serveAction(app, `/admin/shows/:code/${name}`, "shows:write", async (view, _, key) => {
      const code = view.params["code"] ?? "";
      const acted = await view.ask(operation, { params: { code }, key });
      const to = showPath(code);
      return acted.ok ? done(to, `${acted.value.title} ${said}`) : failed(to, acted.error);
    });
  }
}
