import type { TrackingStatus } from "../../../domain/fulfillment/fulfillment.ts";
import type { TrackingUpdate } from "../port.ts";
import type { UpsActivity } from "./objects.ts";

/** By the type of an activity's status (Tracking API, appendix). */
const STATUSES: Readonly<Record<string, TrackingStatus>> = {
  M: "pre_transit",
  MV: "failure",
  P: "in_transit",
  I: "in_transit",
  W: "in_transit",
  // An exception: late, a wrong address, nobody at home. It goes on from there, or comes back as `RS`.
  X: "in_transit",
  O: "out_for_delivery",
  DO: "in_transit",
  DD: "delivered",
  D: "delivered",
  RS: "return_to_sender",
};

/** At a UPS Access Point, waiting for the buyer. */
const AT_ACCESS_POINT = new Set(["2Q", "ZP"]);

/** What UPS says happened so far, oldest first. */
export function updatesOf(activities: ReadonlyArray<UpsActivity>): Array<TrackingUpdate> {
  return activities
    .flatMap((activity): Array<TrackingUpdate> => {
      const { type, code, description } = activity.status ?? {};
      const known = AT_ACCESS_POINT.has(code ?? "") ? "available_for_pickup" : STATUSES[type ?? ""];
      const occurredAtMs = timeOf(activity);
      if (known === undefined || occurredAtMs === null) return [];
      return [{ status: known, message: (description ?? "").trim(), occurredAtMs }];
    })
    .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
}

/** In UTC where they say it; else the clock of the place, which is hours off but in order. */
function timeOf({ gmtDate, gmtTime, date, time }: UpsActivity): number | null {
  const day = gmtDate ?? date ?? "";
  const clock = (gmtDate === null || gmtDate === undefined ? time : gmtTime)?.replaceAll(":", "") ?? "000000";
  const match = /^(\d{4})(\d{2})(\d{2}) (\d{2})(\d{2})(\d{2})$/.exec(`${day} ${clock}`);
  if (match === null) return null;
  const [year = 0, month = 1, dayOfMonth = 1, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map(Number);
  return Date.UTC(year, month - 1, dayOfMonth, hours, minutes, seconds);
}
