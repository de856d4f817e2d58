import { fulfillmentMessageSchema, type FulfillmentMessage } from "../../contract/queue.ts";
import { findOrderOfShipment } from "../../db/fulfillment.ts";
import type { Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { applyChange } from "../use-cases/apply-change.ts";
import { takeBulkStep } from "../use-cases/bulk-step.ts";
import { checkOrderAddress } from "../use-cases/check-address.ts";
import { commitOrderStock } from "../use-cases/commit-order-stock.ts";
import { SYSTEM_ACTOR, type StepRefusal } from "../use-cases/fulfillment-step.ts";
import { labelShipment } from "../use-cases/label-shipment.ts";
import { pickFulfillmentOrder } from "../use-cases/pick.ts";
import { raiseException } from "../use-cases/raise-exception.ts";
import { handlePaymentNews } from "../use-cases/receive-payment-news.ts";
import { releaseOrderStock } from "../use-cases/release-order-stock.ts";
import { restockReturn } from "../use-cases/restock-return.ts";
import { voidReturnLabel } from "../use-cases/return-label.ts";
import { routeOrder } from "../use-cases/route-order.ts";
import { runRule } from "../use-cases/run-rule.ts";
import { settleMoney } from "../use-cases/settle-requests.ts";
import { shipShipment } from "../use-cases/ship.ts";
import { RetryLater, StepImpossible } from "../use-cases/step-failure.ts";
import { askCarrier } from "../use-cases/track-parcels.ts";
import { trackShipment } from "../use-cases/track.ts";
import { voidLabelOfCanceled } from "../use-cases/void-label.ts";

/** Takes the step that a message asks for. Any of them may come twice, late, or before the one it follows. */
export async function handleFulfillment(message: FulfillmentMessage, services: Services): Promise<void> {
  switch (message.type) {
    case "order.commit_stock":
      return commitOrderStock(services, message.order_id);
    case "order.route":
      return routeOrder(services, message.order_id);
    case "order.check_address":
      return checkOrderAddress(services, message.order_id);
    case "order.release_stock":
      return releaseOrderStock(services, message.order_id);
    case "order.apply_change":
      return applyChange(services, message.change_id);
    case "payment.settle":
      return settleMoney(services, message.order_id);
    case "payment.news":
      return handlePaymentNews(services, message.news_id);
    case "return.restock":
      return restockReturn(services, message.return_id);
    case "bulk.step":
      return takeBulkStep(services, message.job_id, message.position);
    case "rule.run":
      return runRule(services, message.run_id);
    case "return.void_label":
      return voidReturnLabel(services, message.return_id);
    case "fulfillment.pick":
      return taken(await pickFulfillmentOrder(services, message.fulfillment_order_id, SYSTEM_ACTOR));
    case "shipment.label":
      return taken(await labelShipment(services, message.shipment_id, SYSTEM_ACTOR));
    case "shipment.ship":
      return taken(await shipShipment(services, message.shipment_id, SYSTEM_ACTOR));
    case "shipment.void_label":
      return voidLabelOfCanceled(services, message.shipment_id);
    case "shipment.ask_carrier":
      return askCarrier(services, message.shipment_id);
    case "shipment.track": {
      const { shipment_id: id, status, occurred_at_ms: occurredAtMs } = message;
      return taken(await trackShipment(services, id, { status, occurredAtMs, message: null }, SYSTEM_ACTOR));
    }
  }
}

function taken(step: Result<unknown, StepRefusal>): void {
  if (step.ok) return;
  switch (step.error.code) {
    case "not_found":
      throw new StepImpossible("there is nothing of this id");
    case "canceled":
      // The cancel has closed what there was to close.
      return;
    case "too_early":
      throw new RetryLater(`too early: ${step.error.status}`);
    case "carrier_refused":
      throw new StepImpossible("the carrier refused the label");
  }
}

/** Nobody comes back to a message that was given up. Where a carrier never answered, a person has to. */
export async function raiseGivenUp(body: unknown, services: Services): Promise<void> {
  const message = fulfillmentMessageSchema.safeParse(body).data;
  if (message?.type !== "shipment.label" && message?.type !== "shipment.void_label") return;
  const { type, shipment_id: id } = message;
  await raiseException(services, {
    kind: "carrier_gave_up",
    subject: `shipment:${id}`,
    fact: type,
    orderId: await findOrderOfShipment(services.db, id),
    data: { shipment: id, step: type },
  });
}
