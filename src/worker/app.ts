import { Hono } from "hono";

import { problem } from "../contract/problem.ts";
import { errorText } from "./error-text.ts";
import { problemResponse } from "./http/answer.ts";
import { BodyRefused } from "./http/body.ts";
import { cors } from "./http/cors.ts";
import { secure } from "./http/secure-headers.ts";
import { unserved } from "./http/unserved.ts";
import { routes } from "./routes/routes.ts";
import { createServices, type Services } from "./services.ts";
import { isOutage } from "./use-cases/outage.ts";

export type AppEnv = { Bindings: Env; Variables: { requestId: string; services: Services } };

export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const services = createServices(c.env, (work) => c.executionCtx.waitUntil(work));
    c.set("services", services);
    c.set("requestId", services.newId("req"));
    await next();
    secure(c.res, c.get("requestId"));
  });
  app.use(cors);
  for (const register of routes) register(app);
  app.notFound((c) => unserved(c.req.path, c.get("requestId")));
  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? "unknown";
    if (error instanceof BodyRefused) return problemResponse(problem(error.code), requestId);
    if (isOutage(error)) return problemResponse(problem("unavailable"), requestId);
    // A stack begins with the error's message, which may quote what was sent: only where it happened is logged.
    const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
    console.error(
      JSON.stringify({
        message: "unhandled error",
        request_id: requestId,
        error: errorText(error),
        stack: frames.slice(0, 12).join("\n"),
      }),
    );
    return problemResponse(problem("internal"), requestId);
  });
  return app;
}
