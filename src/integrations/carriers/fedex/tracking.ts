import type { TrackingStatus } from "../../../domain/fulfillment/fulfillment.ts";
import type { TrackingUpdate } from "../port.ts";
import type { FedExScan } from "./objects.ts";

/** By status code (Track API, scan event and status codes). What is not here moves on: `in_transit`. */
const STATUSES: Readonly<Record<string, TrackingStatus>> = {
  OC: "pre_transit",
  IN: "pre_transit",
  OD: "out_for_delivery",
  DL: "delivered",
  HL: "available_for_pickup",
  HP: "available_for_pickup",
  RS: "return_to_sender",
  RT: "return_to_sender",
  CA: "failure",
  LO: "failure",
};

/** What FedEx says happened so far, oldest first. */
export function updatesOf(scans: ReadonlyArray<FedExScan>): Array<TrackingUpdate> {
  return scans
    .flatMap((scan): Array<TrackingUpdate> => {
      const code = scan.eventType ?? scan.derivedStatusCode ?? "";
      const occurredAtMs = Date.parse(scan.date ?? "");
      if (code === "" || Number.isNaN(occurredAtMs)) return [];
      return [{ status: STATUSES[code] ?? "in_transit", message: scan.eventDescription ?? "", occurredAtMs }];
    })
    .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
}
