import { problem, type Problem } from "../../contract/problem.ts";
import { findLocation } from "../../db/catalogue.ts";
import { derivedId } from "../../db/events.ts";
import { insertLabel } from "../../db/fulfillment.ts";
import { beginLabelPurchase, endLabelPurchase, findLabelPurchase } from "../../db/label-purchases.ts";
import { readPackingFacts } from "../../db/parcel-sizes.ts";
import { findReturn, findReturnByTrackingNumber } from "../../db/returns.ts";
import type { LocationCode } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { CarrierPort, Label, LabelRequest, ParcelToShip } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import { SYSTEM_ACTOR } from "./fulfillment-step.ts";
import { carrierConnection } from "./parcel-to-ship.ts";
import { raiseException } from "./raise-exception.ts";
import {
  stepProblem,
  takeReturnStep,
  type ReturnServices,
  type ReturnSnapshot,
  type ReturnStep,
} from "./return-step.ts";
import { RetryLater } from "./step-failure.ts";
import { labelReference } from "./void-label.ts";

/** A purchase is several calls: look, price, buy, fetch the label. */
const PURCHASE_MS_MAX = 30_000;
/** Longer than a purchase may take, so that nobody begins another while one may still be under way. */
const LEASE_MS = 60_000;

export type BuyReturnLabel = {
  readonly location: LocationCode;
  readonly weightGrams: number | undefined;
  readonly service: string | undefined;
};

/**
 * Buys the label that a buyer sends an approved return with, from the order's address to a location of ours. The carrier is told
 * our name for the parcel, so that a purchase whose answer was lost is found again and not paid twice.
 */
export function buyReturnLabel(
  services: ReturnServices,
  asked: Omit<ReturnStep, "event">,
  wish: BuyReturnLabel,
): Promise<Result<ReturnSnapshot, Problem>> {
  return takeReturnStep(services, { ...asked, event: "return.labeled" }, async (snapshot) => {
    const { row } = snapshot;
    const refusal = stepProblem(row, "in_transit");
    if (refusal !== null || row.kind === "claim" || row.trackingNumber !== null) {
      return err(
        refusal ?? problem("return_state_conflict", { return_status: row.status, because: "labeled" }),
      );
    }
    const carrierName = services.carrierOfParcels;
    const carrier = services.carrier(carrierName);
    const parcel = await parcelOf(services, snapshot, wish);
    if (parcel === null) return err(problem("location_unknown", { location: wish.location }));
    if (carrier === null) return err(problem("unavailable"));
    const bought = await buy(services, carrier, snapshot, parcel, wish.service ?? null);
    if (bought === null) return err(problem("unavailable"));
    if (!bought.ok) {
      const { reason } = bought.error;
      await raiseException(services, {
        kind: "carrier_refused",
        subject: `return:${row.id}`,
        fact: "",
        orderId: row.orderId,
        data: { return: row.id, carrier: carrierName, reason },
      });
      return err(problem("return_state_conflict", { return_status: row.status, because: "carrier_refused" }));
    }
    const { trackingNumber, service, format, content } = bought.value;
    return ok({
      row: { ...row, carrier: carrierName, trackingNumber },
      data: { carrier: carrierName, service, tracking_number: trackingNumber },
      others: [insertLabel(services.db, { shipmentId: row.id, format, content })],
    });
  });
}

/** @returns Null where the carrier did not answer: a repeat looks for what it may have bought. */
async function buy(
  services: ReturnServices,
  carrier: CarrierPort,
  { aggregate, row }: ReturnSnapshot,
  parcel: ParcelToShip,
  service: string | null,
): Promise<Result<Label, { readonly reason: string }> | null> {
  const nowMs = services.nowMs();
  const { db } = services;
  const begun = await beginLabelPurchase(db, row.id, nowMs, nowMs + LEASE_MS);
  if (begun === null) return null;
  const request: LabelRequest = {
    ...parcel,
    reference: labelReference(nameOf(row), begun.sequence),
    orderNumber: aggregate.order.number,
    choice: { service, preference: services.ratePreference, deliveryDaysMax: null },
    askedSinceMs: begun.askedSinceMs,
  };
  const limits = { attemptsMax: carrier.isRepeatable ? 2 : 1, timeoutMs: PURCHASE_MS_MAX };
  try {
    const bought = await callConnection(
      services,
      carrierConnection(carrier.carrier),
      () => carrier.buyLabel(request),
      limits,
    );
    const kept = bought.ok ? { carrierReference: bought.value.carrierReference, trackAtMs: null } : null;
    await endLabelPurchase(db, row.id, kept);
    return bought;
  } catch (error) {
    await endLabelPurchase(db, row.id, null);
    if (error instanceof RetryLater) return null;
    throw error;
  }
}

async function parcelOf(
  services: ReturnServices,
  { aggregate, lines }: ReturnSnapshot,
  { location, weightGrams }: BuyReturnLabel,
): Promise<ParcelToShip | null> {
  const found = await findLocation(services.db, location);
  if (found === null) return null;
  const to = { name: found.name, ...found.address };
  const { goods } = await readPackingFacts(
    services.db,
    lines.map(({ sku }) => sku),
  );
  const units = lines.reduce((sum, { sku, quantity }) => sum + (goods.get(sku)?.grams ?? 0) * quantity, 0);
  return {
    from: aggregate.order.shippingAddress ?? to,
    to,
    weightGrams: weightGrams ?? units,
    shipAtMs: services.nowMs(),
  };
}

/** What carriers know the parcel as: a shipment like any other. */
function nameOf({ id, createdAtMs }: ReturnSnapshot["row"]): string {
  return derivedId("shp", createdAtMs, id, "label");
}

/** The carrier has the parcel of a return, as far as it says. */
export async function returnOnItsWay(
  services: ReturnServices,
  carrier: string,
  trackingNumber: string,
): Promise<void> {
  const returnId = await findReturnByTrackingNumber(services.db, carrier, trackingNumber);
  if (returnId === null) return;
  const step: ReturnStep = {
    returnId,
    event: "return.in_transit",
    actor: { principalId: SYSTEM_ACTOR, requestId: "" },
    mark: trackingNumber,
    notify: true,
  };
  // What has arrived, or is over, is not on its way any more.
  await takeReturnStep(services, step, async ({ row }) => {
    const refusal = stepProblem(row, "in_transit");
    return refusal === null ? ok({ row: { ...row, status: "in_transit" } }) : err(refusal);
  });
}

/** Has a carrier give back the price of a label that nobody will use. */
export async function voidReturnLabel(
  services: Pick<Services, "db" | "carrier" | "connection" | "nowMs">,
  returnId: string,
): Promise<void> {
  const row = await findReturn(services.db, returnId);
  if (row === null || row.status !== "canceled" || row.carrier === null || row.trackingNumber === null)
    return;
  const carrier = services.carrier(row.carrier);
  const { trackingNumber } = row;
  if (carrier === null) return;
  const purchase = await findLabelPurchase(services.db, returnId);
  const label = { trackingNumber, carrierReference: purchase?.carrierReference ?? null };
  // A carrier that refuses keeps its price: the label was used, or it is too late.
  await callConnection(services, carrierConnection(row.carrier), () => carrier.voidLabel(label));
}
