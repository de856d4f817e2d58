import fc from "fast-check";
import { expect, test } from "vitest";

import type { CsvRecord } from "../../../src/integrations/csv/records.ts";
import { readCsv } from "../../../src/integrations/csv/table.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

async function read(text: string, size = 1000) {
  const table = await readCsv(pieces(new TextEncoder().encode(text), size));
  const records: Array<CsvRecord> = [];
  if (table !== null) for await (const block of table.blocks) records.push(...block);
  return {
    header: table?.header ?? null,
    delimiter: table?.delimiter,
    rows: records.map(({ fields }) => fields),
    records,
  };
}

test.each([
  [
    "plain",
    "a,b\n1,2\n3,4",
    [
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  ["quoted", 'a,b\n"1,5","say ""hi"""\n', [["1,5", 'say "hi"']]],
  [
    "a quoted line end",
    'a,b\n"1\n2",3\n4,5',
    [
      ["1\n2", "3"],
      ["4", "5"],
    ],
  ],
  ["a quote inside an unquoted field", 'a,b\n6" RULER,2', [['6" RULER', "2"]]],
  ["text after a closing quote", 'a,b\n"x"y,2', [["xy", "2"]]],
  ["blank lines", "a,b\n\n1,2\n\n", [["1", "2"]]],
  ["empty fields", "a,b,c\n,,\n", [["", "", ""]]],
])("reads %s", async (_name, text, rows) => {
  expect((await read(text)).rows).toEqual(rows);
});

test.each([
  [",", "a,b;c,d"],
  [";", "a;b,c;d"],
  ["\t", "a\tb"],
  ["|", "a|b"],
  [",", '"x;y;z",b'],
])("finds the delimiter %j", async (delimiter, header) => {
  expect((await read(`${header}\n`)).delimiter).toBe(delimiter);
});

test("a quote that never closes costs one row, not the rest of the file", async () => {
  const rows = Array.from({ length: 500 }, (_, index) => `${index},x`);
  const { rows: records } = await read(["a,b", '"open,1', ...rows].join("\n"));
  expect(records).toEqual([null, ...rows.map((row) => row.split(","))]);
});

test("a body without a single line end does not fill the memory with one line", async () => {
  const { header } = await read("x".repeat(600_000), 10_000);
  expect(header?.[0]?.length).toBeLessThanOrEqual(256 * 1024 + 10_000);
});

test("an empty body has no header", async () => {
  expect((await read("")).header).toBeNull();
});

test("what is read depends neither on how the bytes arrive nor on what is in the fields", async () => {
  const field = fc.string({
    unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", "£", "🫖", " "),
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      async (rows, size) => {
        const quote = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const text = [["a", "b"], ...rows].map((row) => row.map(quote).join(",")).join("\n");
        // Line ends inside a field are read as LF: nobody means the difference.
        const expected = rows.map((row) => row.map((value) => value.replaceAll("\r\n", "\n")));
        expect((await read(text, size)).rows).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});
