import { expect, test } from "vitest";

import type { Sku } from "../../../src/domain/brand.ts";
import type { SweepReport } from "../../../src/domain/inventory/sku-port.ts";
import {
  PAYING_ABANDONED_AFTER_MS,
  planMends,
  STOCK_STRANDED_AFTER_MS,
  type OrderState,
} from "../../../src/domain/orders/reconcile.ts";

const NOW_MS = 10_000_000;
const sku = "A" as Sku;

function reportOf(rest: Partial<Pick<SweepReport, "paying" | "openOrders">>): SweepReport {
  const stock = {
    sku,
    available: 0,
    backorderLimit: 0,
    held: 0,
    committed: 0,
    ringFenced: 0,
    locations: [],
    version: 1,
  };
  return { stock, paying: [], openOrders: [], ...rest };
}

test.each<[string, OrderState["status"] | null, number, string | null]>([
  ["no order, long ago: given back", null, PAYING_ABANDONED_AFTER_MS, "hold_given_back"],
  ["no order, just now: somebody is at it", null, PAYING_ABANDONED_AFTER_MS - 1, null],
  ["its order stands: converted at once", "placed", 0, "hold_converted"],
  ["its order is canceled: released", "canceled", 0, "stock_released"],
])("a hold that is being paid; %s", (_name, status, ageMs, kind) => {
  const report = reportOf({ paying: [{ key: "k", orderId: "ord_1", sinceMs: NOW_MS - ageMs }] });
  const orders = new Map(status === null ? [] : [["ord_1", { status, holdKey: "k" }]]);
  expect(planMends(report, orders, NOW_MS).map((mend) => mend.kind)).toEqual(kind === null ? [] : [kind]);
});

test.each<[string, OrderState["status"] | null, number, boolean]>([
  ["no order, long ago", null, STOCK_STRANDED_AFTER_MS, true],
  ["no order, just now", null, STOCK_STRANDED_AFTER_MS - 1, false],
  ["canceled, long ago", "canceled", STOCK_STRANDED_AFTER_MS, true],
  ["placed, long ago", "placed", STOCK_STRANDED_AFTER_MS * 100, false],
  ["on hold, long ago", "on_hold", STOCK_STRANDED_AFTER_MS * 100, false],
])("units of an order: %s", (_name, status, ageMs, isReleased) => {
  const report = reportOf({
    openOrders: [{ orderId: "ord_1", committed: 1, allocated: 0, sinceMs: NOW_MS - ageMs }],
  });
  const orders = new Map(status === null ? [] : [["ord_1", { status, holdKey: "k" }]]);
  const mends = planMends(report, orders, NOW_MS);
  expect(mends).toEqual(
    isReleased ? [{ kind: "stock_released", sku, key: status === null ? null : "k", orderId: "ord_1" }] : [],
  );
});
