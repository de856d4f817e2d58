import type { ParcelView } from "../../contract/fulfillment.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { readTracking, type ShipmentRow } from "../../db/fulfillment.ts";
import { answer, refuse, type Answer } from "../http/answer.ts";
import { etagOf } from "../http/etag.ts";
import type { Services } from "../services.ts";
import type { StepRefusal } from "../use-cases/fulfillment-step.ts";
import { parcelView } from "../use-cases/fulfillment-view.ts";
import type { ParcelStep } from "../use-cases/pick.ts";

export async function parcelOf(services: Pick<Services, "db">, id: string): Promise<ShipmentRow | null> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  return snapshot?.shipments.find((row) => row.id === id) ?? null;
}

/** What became of a step with a parcel. */
export async function parcelAnswer(
  services: Pick<Services, "db">,
  step: ParcelStep,
): Promise<Answer<ParcelView>> {
  if (!step.ok) return refused(step.error);
  const tracking = await readTracking(services.db, step.value.id);
  return answer(parcelView(step.value, tracking), { etag: etagOf(step.value.version) });
}

export function refused(refusal: StepRefusal) {
  switch (refusal.code) {
    case "not_found":
      return refuse("not_found");
    case "canceled":
      return refuse("order_state_conflict", { because: "canceled" });
    case "too_early":
      return refuse("order_state_conflict", { because: "too_early", state: refusal.status });
    case "carrier_refused":
      return refuse("order_state_conflict", { because: "carrier_refused" });
  }
}
