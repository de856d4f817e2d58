import { expect, test } from "vitest";

import { countOccurrences } from "../../../src/domain/imports/fragments.ts";
import {
  addsUp,
  emptyReport,
  mergeReport,
  noteRejection,
  REJECTIONS_MAX,
} from "../../../src/domain/imports/report.ts";

test("reports of the pieces of a file add up to that of the file, rows numbered through", () => {
  const part = () => {
    const report = { ...emptyReport(), rows: 3, lines_created: 2 };
    noteRejection(report, { row: 3, reference: "1/X", reason: "sample" });
    return report;
  };
  const whole = emptyReport();
  mergeReport(whole, part(), whole.rows);
  mergeReport(whole, part(), whole.rows);
  expect(addsUp(whole)).toBe(true);
  expect(whole).toMatchObject({ rows: 6, lines_created: 4, rejected: 2, rejected_by_reason: { sample: 2 } });
  expect(whole.rejections.map(({ row }) => row)).toEqual([3, 6]);
  whole.rows += 1;
  expect(addsUp(whole)).toBe(false);
});

test("a report names so many rejections and counts the others", () => {
  const report = emptyReport();
  for (let row = 1; row <= REJECTIONS_MAX + 5; row += 1)
    noteRejection(report, { row, reference: "", reason: "sample" });
  expect(report.rejections).toHaveLength(REJECTIONS_MAX);
  expect(report).toMatchObject({ rejected: REJECTIONS_MAX + 5, rejections_truncated: true });
});

test.each([
  ["the first time", [], "ABA", "edge", [1, 1, 2]],
  ["the same again", "ABA", "ABA", "edge", [0, 0, 0]],
  ["a part of it again", "ABA", "AB", "edge", [0, 0]],
  ["in another order", "ABCA", "CAAB", "edge", [0, 0, 0, 0]],
  ["with a row more", "ABC", "ABCD", "whole", [0, 0, 0, 1]],
  ["an overlap", "ABCD", "CDE", "edge", [0, 0, 1]],
  ["going on", "ABC", "DE", "edge", [1, 1]],
  ["going on with a row like an earlier one", "ABCD", "EA", "edge", [1, 2]],
  ["the same rows where no file was cut", "ABCD", "EA", "whole", [1, 0]],
] as const)("rows that come %s", (_name, known, rows, edge, occurrences) => {
  expect(countOccurrences(Array.from(known), rows.split(""), edge)).toEqual(occurrences);
});
