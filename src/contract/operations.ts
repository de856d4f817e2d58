import { automationOperations } from "./automation.ts";
import { brandOperations } from "./brands.ts";
import { bulkOperations } from "./bulk.ts";
import { buyerTokenOperations } from "./buyer-tokens.ts";
import { carrierOperations } from "./carriers.ts";
import { catalogueOperations } from "./catalogue.ts";
import { channelFileOperations } from "./channel-files.ts";
import { channelOperations } from "./channels.ts";
import { deliveryOperations } from "./delivery.ts";
import { draftOrderOperations } from "./draft-orders.ts";
import { exceptionOperations } from "./exceptions.ts";
import { fulfillmentOperations } from "./fulfillment.ts";
import { holdOperations } from "./holds.ts";
import { importOperations } from "./imports.ts";
import { keyOperations } from "./keys.ts";
import { liveOperations } from "./live-operations.ts";
import { messageOperations } from "./messages.ts";
import type { Operation } from "./operation.ts";
import { orderChangeOperations } from "./order-changes.ts";
import { orderOperations } from "./orders.ts";
import { packingOperations } from "./packing.ts";
import { paymentOperations } from "./payments.ts";
import { platformOperations } from "./platform.ts";
import { returnOperations } from "./returns.ts";
import { routingOperations } from "./routing.ts";
import { showOperations } from "./shows.ts";
import { stockOperations } from "./stock.ts";
import { waitlistOperations } from "./waitlist.ts";
import { warehouseOperations } from "./warehouse.ts";
import { webhookOperations } from "./webhooks.ts";

/** By its id. */
export const operationsById = {
  ...catalogueOperations,
  ...stockOperations,
  ...holdOperations,
  ...waitlistOperations,
  ...showOperations,
  ...liveOperations,
  ...orderOperations,
  ...orderChangeOperations,
  ...draftOrderOperations,
  ...paymentOperations,
  ...returnOperations,
  ...importOperations,
  ...channelOperations,
  ...channelFileOperations,
  ...fulfillmentOperations,
  ...carrierOperations,
  ...deliveryOperations,
  ...warehouseOperations,
  ...packingOperations,
  ...routingOperations,
  ...automationOperations,
  ...bulkOperations,
  ...exceptionOperations,
  ...buyerTokenOperations,
  ...keyOperations,
  ...platformOperations,
  ...webhookOperations,
  ...brandOperations,
  ...messageOperations,
};

/** Everything the engine serves over HTTP. OpenAPI and the authorization matrix come from this list. */
export const operations: ReadonlyArray<Operation> = Object.values(operationsById);
