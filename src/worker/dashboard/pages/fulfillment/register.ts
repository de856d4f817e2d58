import type { Hono } from "hono";

import { fulfillmentOperations } from "../../../../contract/fulfillment.ts";
import { problem } from "../../../../contract/problem.ts";
import type { AppEnv } from "../../../app.ts";
import { done, failed, serveAction, serveFile, servePage } from "../../serve.tsx";
import { assignmentStep, showAssignment } from "./assignment.tsx";
import { assign, resolve, showExceptions } from "./exceptions.tsx";
import { buyLabel, showParcel, track } from "./parcel.tsx";
import { assignmentPath, EXCEPTIONS_PATH, FULFILLMENT_PATH } from "./paths.ts";
import { showPickLists, showWork } from "./work.tsx";

const papers = {
  "pick-list": fulfillmentOperations.getPickListDocument,
  "packing-slip": fulfillmentOperations.getPackingSlip,
  label: fulfillmentOperations.getLabel,
  "label-zpl": fulfillmentOperations.getZplLabel,
} as const;

export function registerFulfillmentPages(app: Hono<AppEnv>): void {
  servePage(app, FULFILLMENT_PATH, "fulfillment:read", showWork);
  servePage(app, `${FULFILLMENT_PATH}/pick-lists/:location`, "fulfillment:read", showPickLists);
  servePage(app, EXCEPTIONS_PATH, "ops:read", showExceptions);
  serveAction(app, `${EXCEPTIONS_PATH}/:id/assign`, "ops:write", assign);
  serveAction(app, `${EXCEPTIONS_PATH}/:id/resolve`, "ops:write", resolve);
  servePage(app, `${FULFILLMENT_PATH}/orders/:id`, "fulfillment:read", showAssignment);
  serveAction(app, `${FULFILLMENT_PATH}/orders/:id/:step`, "fulfillment:write", assignmentStep);
  servePage(app, `${FULFILLMENT_PATH}/parcels/:id`, "fulfillment:read", showParcel);
  serveAction(app, `${FULFILLMENT_PATH}/parcels/:id/label`, "fulfillment:write", buyLabel);
  serveAction(app, `${FULFILLMENT_PATH}/parcels/:id/track`, "fulfillment:write", track);

  serveAction(app, `${FULFILLMENT_PATH}/picked/:id`, "fulfillment:write", async (view, _, key) => {
    const picked = await view.ask(fulfillmentOperations.markPicked, {
      params: { id: view.params["id"] ?? "" },
      key,
    });
    if (!picked.ok) return failed(FULFILLMENT_PATH, picked.error);
    return done(assignmentPath(picked.value.fulfillment_order), "The goods are in a carton.");
  });

  serveFile(app, `${FULFILLMENT_PATH}/print/:paper/:id`, "fulfillment:read", (view) => {
    const { paper = "", id = "" } = view.params;
    const found = Object.hasOwn(papers, paper) ? papers[paper as keyof typeof papers] : null;
    return found === null
      ? Promise.resolve(Response.json(problem("not_found"), { status: 404 }))
      : view.ask.response(found, { params: { id } });
  });
}
