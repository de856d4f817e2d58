import type { Hono } from "hono";

import { carrierOperations } from "../../contract/carriers.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { checkAddress } from "../use-cases/check-address.ts";
import { chooseCarrier } from "../use-cases/choose-carrier.ts";
import { readRates } from "../use-cases/read-rates.ts";
import { voidLabel } from "../use-cases/void-label.ts";
import { parcelAnswer, parcelOf, refused } from "./parcel-answer.ts";

export function registerCarriers(app: Hono<AppEnv>): void {
  bind(app, carrierOperations.listRates, async ({ services, params }) => {
    const rates = await readRates(services, params.id);
    return rates.ok ? answer(rates.value) : refused(rates.error);
  });

  bind(app, carrierOperations.chooseCarrier, async ({ services, params, body, ifMatch }) => {
    const { carrier, service = null } = body;
    if (!services.carriers().includes(carrier)) return refuse("carrier_unknown", { carrier });
    const parcel = await parcelOf(services, params.id);
    if (!matches(ifMatch, parcel?.version ?? null)) return refuse("precondition_failed");
    return parcelAnswer(services, await chooseCarrier(services, params.id, { carrier, service }));
  });

  bind(app, carrierOperations.voidLabel, async (call) => {
    const { services, params, ifMatch } = call;
    const parcel = await parcelOf(services, params.id);
    if (!matches(ifMatch, parcel?.version ?? null)) return refuse("precondition_failed");
    return parcelAnswer(services, await voidLabel(services, params.id, actorOf(call).principalId));
  });

  bind(app, carrierOperations.checkAddress, async ({ services, body }) =>
    answerResult(await checkAddress(services, body.carrier ?? services.carrierOfParcels, body.address)),
  );
}
