import { Hono } from "hono";

import { problem } from "../contract/problem.ts";
import { problemResponse } from "./http/answer.ts";
import { BodyRefused } from "./http/body.ts";
import { secure, unserved } from "./http/security.ts";
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
    c.res.headers.set("x-request-id", c.get("requestId"));
    secure(c.res.headers);
  });
  for (const register of routes) register(app);
  app.notFound((c) => unserved(c.req.path, c.get("requestId")));
  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? "unknown";
    if (error instanceof BodyRefused) return problemResponse(problem(error.code), requestId);
    if (isOutage(error)) return problemResponse(problem("unavailable"), requestId);
    // The message stays inside: it may quote what was sent.
    console.error(
      JSON.stringify({
        message: "unhandled error",
        request_id: requestId,
        error: error.name,
        stack: error.stack,
      }),
    );
    return problemResponse(problem("internal"), requestId);
  });
  return app;
}
