import type { Hono } from "hono";

import type { AppEnv } from "../app.ts";
import { registerAutomation } from "./automation.ts";
import { registerBrands } from "./brands.ts";
import { registerBrowserFiles } from "./browser-files.ts";
import { registerBulk } from "./bulk.ts";
import { registerBuyerTokens } from "./buyer-tokens.ts";
import { registerCarriers } from "./carriers.ts";
import { registerCatalogue } from "./catalogue.ts";
import { registerChannelFiles } from "./channel-files.ts";
import { registerChannels } from "./channels.ts";
import { registerDashboard } from "./dashboard.tsx";
import { registerDelivery } from "./delivery.ts";
import { registerDocs } from "./docs.tsx";
import { registerDraftOrders } from "./draft-orders.ts";
import { registerExceptions } from "./exceptions.ts";
import { registerFulfillment } from "./fulfillment.ts";
import { registerHolds } from "./holds.ts";
import { registerImports } from "./imports.ts";
import { registerKeys } from "./keys.ts";
import { registerLive } from "./live.ts";
import { registerMessages } from "./messages.ts";
import { registerOrderChanges } from "./order-changes.ts";
import { registerOrders } from "./orders.ts";
import { registerPayments } from "./payments.ts";
import { registerPlatform } from "./platform.ts";
import { registerReturns } from "./returns.ts";
import { registerRouting } from "./routing.ts";
import { registerShowPage } from "./show-page.tsx";
import { registerShows } from "./shows.ts";
import { registerStock } from "./stock.ts";
import { registerUnsubscribe } from "./unsubscribe.tsx";
import { registerWaitlist } from "./waitlist.ts";
import { registerWarehouse } from "./warehouse.ts";
import { registerWebhookEndpoints } from "./webhook-endpoints.ts";
import { registerWebhooks } from "./webhooks.ts";

/** Every group of routes. A group that is not listed here is not served. */
export const routes: ReadonlyArray<(app: Hono<AppEnv>) => void> = [
  registerCatalogue,
  registerStock,
  registerHolds,
  registerWaitlist,
  registerShows,
  registerLive,
  registerOrders,
  registerOrderChanges,
  registerDraftOrders,
  registerPayments,
  registerReturns,
  registerImports,
  registerFulfillment,
  registerCarriers,
  registerDelivery,
  registerWarehouse,
  registerChannels,
  registerChannelFiles,
  registerRouting,
  registerAutomation,
  registerBulk,
  registerExceptions,
  registerBuyerTokens,
  registerKeys,
  registerPlatform,
  registerWebhookEndpoints,
  registerWebhooks,
  registerDashboard,
  registerBrands,
  registerMessages,
  registerUnsubscribe,
  registerDocs,
  registerBrowserFiles,
  registerShowPage,
];
