import { expect, test } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import type { DropReport, DropTally } from "../../src/domain/inventory/drop.ts";
import { dropFigures, shareOf, showFigures } from "../../src/domain/shows/figures.ts";
import {
  dropOpensAtMs,
  isSettled,
  putDropOf,
  showNews,
  showStatus,
  type Show,
  type ShowDrop,
} from "../../src/domain/shows/show.ts";

const NOW = 1_000_000;
const show = (rest: Partial<Show> = {}): Show => ({
  code: "friday",
  title: "Friday",
  startsAtMs: null,
  endsAtMs: null,
  openedAtMs: null,
  closedAtMs: null,
  admissionPerUnit: null,
  ...rest,
});
const drop = (rest: Partial<ShowDrop> = {}): ShowDrop => ({
  sku: "MUG" as Sku,
  quantity: 5,
  policy: "hold_on_claim",
  buyerLimit: null,
  ttlSeconds: 600,
  opensAtMs: null,
  drawsAtMs: null,
  ...rest,
});

test.each<readonly [string, Partial<Show>, Partial<ShowDrop>, string]>([
  ["nobody said when", {}, {}, "scheduled"],
  ["its time is to come", { startsAtMs: NOW + 1 }, {}, "scheduled"],
  ["its time has come", { startsAtMs: NOW }, {}, "open"],
  ["somebody opened it", { openedAtMs: NOW, startsAtMs: NOW + 9 }, {}, "open"],
  ["a drop has begun before it", { startsAtMs: NOW + 9 }, { opensAtMs: NOW }, "open"],
  ["a drop begins later", { startsAtMs: NOW }, { opensAtMs: NOW + 9 }, "open"],
  ["its end has come", { startsAtMs: NOW - 9, endsAtMs: NOW }, {}, "closed"],
  ["somebody closed it", { openedAtMs: NOW, closedAtMs: NOW }, {}, "closed"],
])("a show where %s is as it says", (_, given, dropGiven, status) => {
  expect(showStatus(show(given), [drop(dropGiven)], NOW)).toBe(status);
});

test.each<readonly [string, Partial<Show>, Partial<ShowDrop>, number | null]>([
  ["its own time", { startsAtMs: 1, openedAtMs: 2 }, { opensAtMs: 3 }, 3],
  ["when the show was opened", { startsAtMs: 1, openedAtMs: 2 }, {}, 2],
  ["the show's time", { startsAtMs: 1 }, {}, 1],
  ["nothing", {}, {}, null],
])("a drop opens by %s", (_, given, dropGiven, expected) => {
  expect(dropOpensAtMs(show(given), drop(dropGiven))).toBe(expected);
  expect(putDropOf(show(given), drop(dropGiven)).opensAtMs).toBe(expected);
});

test.each<readonly [string, Partial<Show>, "scheduled" | "open" | "closed", ReadonlyArray<string>]>([
  ["nothing happened", { startsAtMs: NOW + 1 }, "scheduled", []],
  ["it opened", { startsAtMs: NOW - 5 }, "scheduled", [`show.opened ${NOW - 5}`]],
  ["it was told that it opened", { startsAtMs: NOW - 5 }, "open", []],
  ["it ended", { openedAtMs: NOW - 5, closedAtMs: NOW - 1 }, "open", [`show.closed ${NOW - 1}`]],
  [
    "it opened and ended",
    { startsAtMs: NOW - 5, endsAtMs: NOW - 1 },
    "scheduled",
    [`show.opened ${NOW - 5}`, `show.closed ${NOW - 1}`],
  ],
  [
    "it ended before it opened",
    { startsAtMs: NOW + 5, closedAtMs: NOW },
    "scheduled",
    [`show.closed ${NOW}`],
  ],
  [
    "it was closed before its end",
    { closedAtMs: NOW - 3, endsAtMs: NOW - 1 },
    "open",
    [`show.closed ${NOW - 3}`],
  ],
  ["it was told that it ended", { openedAtMs: NOW - 5, closedAtMs: NOW - 1 }, "closed", []],
])("what there is to tell where %s", (_, given, told, expected) => {
  const news = showNews(show(given), [drop()], told, NOW);
  expect(news.map(({ type, atMs }) => `${type} ${atMs}`)).toEqual(expected);
});

const NOTHING: DropTally = {
  claims: 0,
  refusedSoldOut: 0,
  refusedLimit: 0,
  holds: 0,
  liveHolds: 0,
  paidHolds: 0,
  expiredHolds: 0,
  releasedHolds: 0,
  heldUnits: 0,
  soldUnits: 0,
  recycledUnits: 0,
  waitlisted: 0,
  waiting: 0,
  offered: 0,
  lapsedOffers: 0,
  soldOutAtMs: null,
};
const report = (tally: Partial<DropTally>, opensAtMs: number | null = 1000, quantity = 5): DropReport => ({
  drop: {
    ...putDropOf(show(), drop({ quantity, opensAtMs })),
    closedAtMs: null,
    drawnAtMs: null,
    seed: null,
    seedHash: null,
  },
  status: "open",
  left: 0,
  tally: { ...NOTHING, ...tally },
  fairness: null,
});

test("figures of a show are the sums of its drops, and it is sold out with the last of them", () => {
  const first = report({ claims: 9, holds: 4, paidHolds: 3, heldUnits: 1, soldUnits: 4, soldOutAtMs: 4000 });
  const second = report({ claims: 1, holds: 1, soldUnits: 1, soldOutAtMs: 9500, offered: 2 }, 2000);
  expect(showFigures([first, second])).toMatchObject({
    claims: 10,
    holds: 5,
    paidHolds: 3,
    soldUnits: 5,
    offers: 2,
    oversoldUnits: 0,
    soldOutAtMs: 9500,
    secondsToSellOut: 8.5,
  });
  expect(showFigures([first, report({})])).toMatchObject({ soldOutAtMs: null, secondsToSellOut: null });
  expect(showFigures([])).toMatchObject({ claims: 0, soldOutAtMs: null });
});

test("a unit too many would be seen, and not made up for by another drop", () => {
  const over = report({ heldUnits: 2, soldUnits: 4 });
  expect(dropFigures(over).oversoldUnits).toBe(1);
  expect(showFigures([over, report({ soldUnits: 1 })]).oversoldUnits).toBe(1);
});

test.each([
  [1, 3, 0.3333],
  [0, 5, 0],
  [0, 0, null],
])("%i of %i is %s", (part, whole, expected) => {
  expect(shareOf(part, whole)).toBe(expected);
});

test("a drop is settled once it is closed and none of its holds lives", () => {
  expect(isSettled({ ...report({}), status: "closed" })).toBe(true);
  expect(isSettled({ ...report({ liveHolds: 1 }), status: "closed" })).toBe(false);
  expect(isSettled(report({}))).toBe(false);
});
