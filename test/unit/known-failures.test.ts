import { readFileSync } from "node:fs";
import path from "node:path";

import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const rows = readFileSync(path.join(root, "docs/known-failures.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("`"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, reported = "", , file = "", name = ""]) => ({ reported, file: file.replaceAll("`", ""), name }));

test("each failure that is known of others has a test here that bears the name the table gives it", () => {
  expect(rows.length).toBeGreaterThan(25);
  const missing = rows.filter(
    ({ file, name }) => !readFileSync(path.join(root, "test", `${file}.test.ts`), "utf8").includes(name),
  );
  expect(missing).toEqual([]);
});
