import type { RatesView } from "../../contract/carriers.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { chooseRate, ratePreferences, type Rate } from "../../domain/fulfillment/choose-rate.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { ParcelToShip } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import type { StepRefusal } from "./fulfillment-step.ts";
import { mapInParallel } from "./in-parallel.ts";
import { carrierConnection, parcelToShip } from "./parcel-to-ship.ts";
import { RetryLater } from "./step-failure.ts";

type Ports = Pick<Services, "db" | "nowMs" | "carrier" | "carriers" | "connection">;

/** What every configured carrier asks for a parcel. One that is down is said to be, and the others count. */
export async function readRates(services: Ports, id: string): Promise<Result<RatesView, StepRefusal>> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  const parcel = snapshot?.shipments.find((row) => row.id === id);
  if (snapshot === null || parcel === undefined) return err({ code: "not_found" });
  if (parcel.status === "canceled") return err({ code: "canceled" });
  const shipped = await parcelToShip(services, snapshot, parcel, services.nowMs());
  const asked = await mapInParallel([...services.carriers()], async (name) => ({
    name,
    answer: await ratesOf(services, name, shipped),
  }));
  const own = asked.find(({ name }) => name === parcel.carrier)?.answer;
  const chosen = ratePreferences.map((preference) => {
    const choice = { service: null, preference, deliveryDaysMax: null };
    const rate = own?.ok === true ? chooseRate(own.value, choice) : null;
    return [preference, rate === null ? null : rateView(parcel.carrier, rate)] as const;
  });
  return ok({
    rates: asked
      .flatMap(({ name, answer }) => (answer.ok ? answer.value.map((rate) => rateView(name, rate)) : []))
      .toSorted(
        (a, b) => (a.currency < b.currency ? -1 : Number(a.currency > b.currency)) || a.amount - b.amount,
      ),
    chosen: Object.fromEntries(chosen) as RatesView["chosen"],
    failures: asked.flatMap(({ name, answer }) =>
      answer.ok ? [] : [{ carrier: name, reason: answer.error }],
    ),
  });
}

async function ratesOf(
  services: Ports,
  name: string,
  parcel: ParcelToShip,
): Promise<Result<ReadonlyArray<Rate>, string>> {
  const carrier = services.carrier(name);
  if (carrier === null) return err("not configured");
  try {
    const rates = await callConnection(services, carrierConnection(name), () => carrier.rates(parcel));
    return rates.ok ? rates : err(rates.error.reason);
  } catch (error) {
    if (error instanceof RetryLater) return err(error.message);
    throw error;
  }
}

function rateView(carrier: string, rate: Rate): RatesView["rates"][number] {
  return {
    carrier,
    by: rate.carrier,
    service: rate.service,
    amount: rate.amount,
    currency: rate.currency,
    delivery_days: rate.deliveryDays,
  };
}
