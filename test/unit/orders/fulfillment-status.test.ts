import { expect, test } from "vitest";

import { fulfillmentStatusOf, NO_FULFILLMENT } from "../../../src/domain/orders/fulfillment-status.ts";
import type { FulfillmentStatus } from "../../../src/domain/orders/order.ts";

type Counts = readonly [quantity: number, fulfilled: number, delivered: number, canceled: number];

test.each<[string, ReadonlyArray<Counts>, Partial<typeof NO_FULFILLMENT>, FulfillmentStatus]>([
  ["nothing happened", [[2, 0, 0, 0]], {}, "unfulfilled"],
  ["a location was chosen", [[2, 0, 0, 0]], { isScheduled: true }, "scheduled"],
  ["people are at it", [[2, 0, 0, 0]], { isScheduled: true, isInProgress: true }, "in_progress"],
  ["people were told to wait", [[2, 0, 0, 0]], { isOnHold: true, isInProgress: true }, "on_hold"],
  ["one of two left", [[2, 1, 0, 0]], { isInProgress: true }, "partially_fulfilled"],
  [
    "one line of two left",
    [
      [1, 1, 1, 0],
      [1, 0, 0, 0],
    ],
    {},
    "partially_fulfilled",
  ],
  ["everything left", [[2, 2, 1, 0]], {}, "fulfilled"],
  [
    "everything arrived",
    [
      [2, 2, 2, 0],
      [1, 1, 1, 0],
    ],
    {},
    "delivered",
  ],
  ["what is not canceled arrived", [[2, 1, 1, 1]], {}, "delivered"],
  ["everything is canceled", [[2, 0, 0, 2]], {}, "unfulfilled"],
])("%s", (_name, counts, activity, status) => {
  const lines = counts.map(([quantity, fulfilledQuantity, deliveredQuantity, canceledQuantity]) => ({
    quantity,
    fulfilledQuantity,
    deliveredQuantity,
    canceledQuantity,
  }));
  expect(fulfillmentStatusOf(lines, { ...NO_FULFILLMENT, ...activity })).toBe(status);
});
