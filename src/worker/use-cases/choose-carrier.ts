import { findLabelPurchase } from "../../db/label-purchases.ts";
import { err, ok } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { changeOf, orderRefusal, takeStepOf, type StepPorts } from "./fulfillment-step.ts";
import type { ParcelStep } from "./pick.ts";

/** Says who ships a parcel, unless its label may have been bought already. */
export function chooseCarrier(
  services: StepPorts & Pick<Services, "db">,
  id: string,
  { carrier, service }: { readonly carrier: string; readonly service: string | null },
): Promise<ParcelStep> {
  return takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    if (parcel === undefined) return err({ code: "not_found" });
    if (parcel.status === "canceled") return err({ code: "canceled" });
    if (parcel.carrier === carrier && parcel.service === service) return ok({ change: null, value: parcel });
    const refusal = orderRefusal(snapshot.order);
    if (refusal !== null) return err(refusal);
    const purchase = await findLabelPurchase(services.db, id);
    const isAsked = purchase !== null && purchase.askedAtMs !== null;
    if (parcel.trackingNumber !== null || (isAsked && parcel.carrier !== carrier)) {
      return err({
        code: "too_early",
        status: parcel.trackingNumber === null ? "label asked for" : "labeled",
      });
    }
    const value = { ...parcel, carrier, service, version: parcel.version + 1 };
    return ok({ change: changeOf(snapshot, { shipments: [value] }, nowMs), value });
  });
}
