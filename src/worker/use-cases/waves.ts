import { problem, type Problem } from "../../contract/problem.ts";
import type { FinishedView, ScannedView, WaveView } from "../../contract/warehouse.ts";
import { derivedId } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import type { FulfillmentOrder } from "../../db/fulfillment.ts";
import {
  closeWave,
  findScans,
  findSkuByCode,
  findWaveByRequest,
  insertScans,
  insertWave,
  readPickWork,
  type PickedList,
  type PickWork,
  type WaveChoice,
} from "../../db/waves.ts";
import { missingOf, placeScan, walkOf, type Placed } from "../../domain/fulfillment/wave.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import type { StepPorts, StepRefusal } from "./fulfillment-step.ts";
import { parcelView } from "./fulfillment-view.ts";
import { mapInParallel } from "./in-parallel.ts";
import { pickFulfillmentOrder, type ParcelStep } from "./pick.ts";
import { rejectFulfillmentOrder } from "./reassign.ts";
import { routeOrder } from "./route-order.ts";

const ATTEMPTS_MAX = 8;

type Ports = StepPorts & Pick<Services, "sku" | "addressChecker">;
/** The call that asks, by which a repeat is known, and whose it is. */
export type Asked = { readonly request: string; readonly actor: string };

/** Puts open pick lists together. A repeat of the call finds the wave that it made. */
export async function createWave(
  services: Pick<Services, "db" | "nowMs" | "newId">,
  location: string,
  choice: WaveChoice,
  { request }: Asked,
): Promise<Result<PickWork, Problem>> {
  const row = {
    id: services.newId("wave"),
    location,
    status: "open" as const,
    request,
    createdAtMs: services.nowMs(),
    endedAtMs: null,
  };
  const isMade = await insertWave(services.db, row, choice);
  const made = isMade ? row : await findWaveByRequest(services.db, request);
  const work = made === null ? null : await readPickWork(services.db, "wave", made.id);
  return work === null ? err(problem("nothing_to_do")) : ok(work);
}

/**
 * Counts goods that were scanned for a wave or a list, and says into which cartons they go. A repeat of the call answers
 * as the first did, whatever was scanned since.
 */
export async function scanGoods(
  services: Pick<Services, "db" | "nowMs">,
  of: { readonly kind: "wave" | "pick_list"; readonly id: string },
  scanned: { readonly barcode: string; readonly quantity: number },
  { request, actor }: Asked,
): Promise<Result<ScannedView, Problem>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const work = await readPickWork(services.db, of.kind, of.id);
    if (work === null) return err(problem("not_found"));
    const earlier = await findScans(services.db, request);
    const [first] = earlier;
    if (first !== undefined) {
      return ok(
        scannedView(
          work,
          first.sku,
          earlier.map(({ pickListId, quantity }) => ({
            pickList: pickListId,
            slot: slotOf(work, pickListId),
            quantity,
          })),
        ),
      );
    }
    if (work.lists.every(({ status }) => status !== "open")) {
      return err(problem("order_state_conflict", { because: "nothing_open" }));
    }
    const placed = placeScan(work.wants, scanned.barcode, scanned.quantity);
    if (!placed.ok) return err(await scanProblem(services, scanned.barcode, placed.error));
    const { sku, placed: cartons } = placed.value;
    const rows = cartons.map(({ pickList, quantity }) => ({
      id: derivedId("scan", 0, request, pickList),
      pickListId: pickList,
      sku,
      quantity,
      request,
      actor,
      atMs: services.nowMs(),
    }));
    const wanted = new Map(
      work.wants.filter((want) => want.sku === sku).map((want) => [want.pickList, want.quantity]),
    );
    if (!(await insertScans(services.db, rows, wanted))) continue;
    const after = await readPickWork(services.db, of.kind, of.id);
    return ok(scannedView(after ?? work, sku, cartons));
  }
  return err(problem("unavailable"));
}

function slotOf({ lists }: PickWork, pickList: string): number {
  return lists.find(({ id }) => id === pickList)?.slot ?? 1;
}

async function scanProblem(
  services: Pick<Services, "db">,
  barcode: string,
  refusal: Exclude<ReturnType<typeof placeScan>, { readonly ok: true }>["error"],
): Promise<Problem> {
  if (refusal.code === "item_too_many") {
    const { sku, wanted, scanned } = refusal;
    return problem("item_too_many", { sku, wanted, scanned });
  }
  const sku = await findSkuByCode(services.db, barcode);
  return sku === null ? problem("barcode_unknown", { barcode }) : problem("item_not_wanted", { sku });
}

function scannedView({ wants }: PickWork, sku: string, cartons: ReadonlyArray<Placed>): ScannedView {
  const ofSku = wants.filter((want) => want.sku === sku);
  return {
    sku,
    cartons: cartons.map(cartonView),
    wanted: ofSku.reduce((sum, want) => sum + want.quantity, 0),
    scanned: ofSku.reduce((sum, want) => sum + want.scanned, 0),
  };
}

/**
 * Ends a walk: each list whose goods were all scanned becomes a parcel. Of the others nothing happens, or what was not
 * found is planned elsewhere and what was found becomes a parcel by itself.
 */
export async function finishPicking(
  services: Ports,
  of: { readonly kind: "wave" | "pick_list"; readonly id: string },
  missing: "refuse" | "reroute",
  actor: string,
): Promise<Result<FinishedView, Problem>> {
  const work = await readPickWork(services.db, of.kind, of.id);
  if (work === null) return err(problem("not_found"));
  const results = await mapInParallel(work.lists, (list) => finishList(services, work, list, missing, actor));
  if (work.wave !== null) await closeWave(services.db, work.wave.id, services.nowMs());
  return ok({ results });
}

async function finishList(
  services: Ports,
  work: PickWork,
  list: PickedList,
  missing: "refuse" | "reroute",
  actor: string,
): Promise<FinishedView["results"][number]> {
  const lacking = list.status === "open" ? missingOf(work.wants, list.id) : [];
  if (lacking.length > 0 && missing === "refuse") {
    const incomplete = problem("pick_incomplete", { missing: lacking });
    return { pick_list: list.id, shipment: null, problem: incomplete };
  }
  const step =
    lacking.length === 0
      ? await pickFulfillmentOrder(services, list.fulfillmentOrder, actor)
      : await pickFound(services, list, lacking, actor);
  if (step === null) return { pick_list: list.id, shipment: null, problem: null };
  if (step.ok) return { pick_list: list.id, shipment: parcelView(step.value, []), problem: null };
  return { pick_list: list.id, shipment: null, problem: stepProblem(step.error) };
}

/** A short pick: what is missing goes to others, and what was found into a carton. Null where nothing was found. */
async function pickFound(
  services: Ports,
  { fulfillmentOrder: id, order }: PickedList,
  lacking: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>,
  actor: string,
): Promise<ParcelStep | null> {
  const before = await readFulfillmentOf(services.db, "order", order);
  const row = before?.fulfillmentOrders.find((one) => one.id === id);
  if (row === undefined) return err({ code: "not_found" });
  const rejection = { reason: "stock_missing" as const, note: null, missing: missingLines(row, lacking) };
  const rejected = await rejectFulfillmentOrder(services, id, rejection, actor);
  if (!rejected.ok) {
    const { error } = rejected;
    return err(
      error.code === "quantity_unavailable" ? { code: "too_early", status: "changed meanwhile" } : error,
    );
  }
  await routeOrder(services, order);
  const after = await readFulfillmentOf(services.db, "order", order);
  const found = after?.fulfillmentOrders.find(
    ({ replaces, status, location }) => replaces === id && status !== "canceled" && location === row.location,
  );
  return found === undefined ? null : pickFulfillmentOrder(services, found.id, actor);
}

/** Units by line, where several lines are of one SKU: the last ones go without. */
function missingLines(
  { lines }: FulfillmentOrder,
  lacking: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>,
): Array<{ readonly line: string; readonly quantity: number }> {
  return lacking.flatMap(({ sku, quantity }) => {
    let left = quantity;
    return lines
      .filter((line) => line.sku === sku)
      .toReversed()
      .flatMap((line) => {
        const units = Math.min(left, line.quantity);
        left -= units;
        return units === 0 ? [] : [{ line: line.orderLineId, quantity: units }];
      });
  });
}

export function stepProblem(refusal: StepRefusal): Problem {
  switch (refusal.code) {
    case "not_found":
      return problem("not_found");
    case "too_early":
      return problem("order_state_conflict", { because: "too_early", state: refusal.status });
    case "canceled":
    case "carrier_refused":
      return problem("order_state_conflict", { because: refusal.code });
  }
}

/** @param zone - Only what lies there; null for all of it. */
export function waveView({ wave, lists, wants }: PickWork, zone: string | null): WaveView | null {
  if (wave === null) return null;
  return {
    id: wave.id,
    location: wave.location,
    status: wave.status,
    pick_lists: lists.map((list) => ({
      id: list.id,
      carton: list.slot,
      order: list.order,
      order_number: list.orderNumber,
      fulfillment_order: list.fulfillmentOrder,
      status: list.status,
    })),
    lines: walkOf(wants, zone).map((line) => ({ ...line, cartons: line.cartons.map(cartonView) })),
    created_at: new Date(wave.createdAtMs).toISOString(),
    ended_at: wave.endedAtMs === null ? null : new Date(wave.endedAtMs).toISOString(),
  };
}

function cartonView({ slot, pickList, quantity }: Placed): ScannedView["cartons"][number] {
  return { carton: slot, pick_list: pickList, quantity };
}
