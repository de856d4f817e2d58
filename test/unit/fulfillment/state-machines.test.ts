import { describe, expect, test } from "vitest";

import {
  canTransition,
  fulfillmentOrderStatuses,
  fulfillmentOrderTransitions,
  pickListStatuses,
  pickListTransitions,
  shipmentStatuses,
  shipmentTransitions,
} from "../../../src/domain/fulfillment/fulfillment.ts";
import { waveStatuses, waveTransitions } from "../../../src/domain/fulfillment/wave.ts";

type Table = Readonly<Record<string, ReadonlyArray<string>>>;
const tables: ReadonlyArray<readonly [string, ReadonlyArray<string>, Table, ReadonlyArray<string>]> = [
  ["fulfillment order", fulfillmentOrderStatuses, fulfillmentOrderTransitions, ["open", "incomplete"]],
  ["pick list", pickListStatuses, pickListTransitions, ["open"]],
  ["shipment", shipmentStatuses, shipmentTransitions, ["pending"]],
  ["wave", waveStatuses, waveTransitions, ["open"]],
];

describe.each(tables)("the states of a %s", (_name, statuses, table, initial) => {
  test("are all in the table, and go to states that exist and are others", () => {
    expect(Object.keys(table).toSorted()).toEqual([...statuses].toSorted());
    for (const [from, nexts] of Object.entries(table)) {
      expect(new Set(nexts).size).toBe(nexts.length);
      for (const next of nexts) {
        expect(statuses).toContain(next);
        expect(next).not.toBe(from);
      }
    }
  });

  test("can all be reached, and all lead to an end", () => {
    const reach = (from: ReadonlyArray<string>) => {
      const seen = new Set(from);
      for (const state of seen) for (const next of table[state] ?? []) seen.add(next);
      return seen;
    };
    expect([...reach(initial)].toSorted()).toEqual([...statuses].toSorted());
    for (const status of statuses) {
      expect([...reach([status])].some((state) => table[state]?.length === 0)).toBe(true);
    }
  });

  test("change only as the table says", () => {
    for (const from of statuses) {
      for (const to of statuses) {
        expect(canTransition(table, from, to)).toBe(table[from]?.includes(to));
      }
    }
  });
});

test("goods that left are never canceled", () => {
  expect(shipmentTransitions.shipped).toEqual(["delivered"]);
  expect(shipmentTransitions.delivered).toEqual([]);
});
