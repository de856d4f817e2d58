import type { Hono } from "hono";

import type { AppEnv } from "../../../app.ts";
import { servePage } from "../../serve.tsx";
import { registerAuditPages } from "./audit.tsx";
import { registerConnectionPage } from "./connection.tsx";
import { registerConnectionPages } from "./connections.tsx";
import { registerDeadLetters } from "./dead-letters.tsx";
import { registerDeliveryPages } from "./deliveries.tsx";
import { registerKeyPages } from "./keys.tsx";
import { registerLocationPages } from "./locations.tsx";
import { registerRoutingPages } from "./routing.tsx";
import { firstTab } from "./tabs.tsx";
import { registerWebhookPages } from "./webhooks.tsx";

export function registerSettingsPages(app: Hono<AppEnv>): void {
  servePage(app, "/admin/settings", "catalogue:read", async (view) => ({ to: firstTab(view) }));
  registerLocationPages(app);
  registerKeyPages(app);
  // Before the page of one connection, which would take "new" for its code.
  registerConnectionPages(app);
  registerConnectionPage(app);
  registerRoutingPages(app);
  registerWebhookPages(app);
  registerDeliveryPages(app);
  registerDeadLetters(app);
  registerAuditPages(app);
}
