import { readLines } from "./lines.ts";
import { detectDelimiter, namedDelimiter, RecordReader, type CsvRecord } from "./records.ts";

/** A file with a header: the names of its columns, then its rows in blocks. */
export type Table = {
  readonly header: ReadonlyArray<string>;
  readonly delimiter: string;
  /** The header as it stands in the file. */
  readonly headerText: string;
  readonly blocks: AsyncGenerator<ReadonlyArray<CsvRecord>>;
};

/** @returns null where there is no header. */
export async function readCsv(bytes: AsyncIterable<Uint8Array>): Promise<Table | null> {
  const blocks = readLines(bytes);
  const opened = await openTable(blocks);
  if (opened === null) return null;
  const { delimiter, header, headerText, records, rest } = opened;
  return { delimiter, header, headerText, blocks: readBlocks(records, rest, blocks) };
}

async function openTable(blocks: AsyncGenerator<Array<string>>) {
  let delimiter: string | null = null;
  let records: RecordReader | null = null;
  // Not `for await`: leaving that would end the blocks that are to be read on.
  for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) {
    for (const [index, line] of next.value.entries()) {
      if (records === null) {
        if (line.trim() === "") continue;
        const named: string | null = delimiter === null ? namedDelimiter(line) : null;
        if (named !== null) {
          delimiter = named;
          continue;
        }
        delimiter ??= detectDelimiter(line);
        records = new RecordReader(delimiter);
      }
      const [first, ...more] = records.push(line);
      if (first === undefined) continue;
      if (first.fields === null || delimiter === null) return null;
      const rest = { records: more, lines: next.value.slice(index + 1) };
      return { delimiter, header: first.fields, headerText: first.text, records, rest };
    }
  }
  return null;
}

async function* readBlocks(
  reader: RecordReader,
  rest: { readonly records: ReadonlyArray<CsvRecord>; readonly lines: ReadonlyArray<string> },
  blocks: AsyncGenerator<Array<string>>,
): AsyncGenerator<ReadonlyArray<CsvRecord>> {
  yield [...rest.records, ...recordsOf(reader, rest.lines)];
  for await (const lines of blocks) yield recordsOf(reader, lines);
  yield reader.end();
}

function recordsOf(reader: RecordReader, lines: ReadonlyArray<string>): Array<CsvRecord> {
  const records: Array<CsvRecord> = [];
  for (const line of lines) for (const record of reader.push(line)) records.push(record);
  return records;
}

/**
 * Lines of JSON objects as rows under a header of all columns that may matter.
 *
 * @param columns - Made from the keys of the first object.
 */
export async function readNdjson(
  bytes: AsyncIterable<Uint8Array>,
  columns: (keys: ReadonlyArray<string>) => ReadonlyArray<string>,
): Promise<Table | null> {
  const blocks = readLines(bytes);
  const first = await blocks.next();
  const lines = first.done === true ? [] : first.value;
  const sample = parseObject(lines.find((line) => line.trim() !== "") ?? "");
  if (sample === null) return null;
  const header = columns(Object.keys(sample));
  return { header, headerText: "", delimiter: ",", blocks: readObjects(header, lines, blocks) };
}

async function* readObjects(
  header: ReadonlyArray<string>,
  first: ReadonlyArray<string>,
  blocks: AsyncGenerator<Array<string>>,
): AsyncGenerator<ReadonlyArray<CsvRecord>> {
  const toRecord = (text: string): CsvRecord => {
    const object = parseObject(text);
    return { text, fields: object === null ? null : header.map((column) => textOf(object[column])) };
  };
  const toRecords = (lines: ReadonlyArray<string>) =>
    lines.filter((line) => line.trim() !== "").map(toRecord);
  yield toRecords(first);
  for await (const lines of blocks) yield toRecords(lines);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...(value as Record<string, unknown>) }
      : null;
  } catch {
    return null;
  }
}

/** Numbers as JSON writes them; what is neither text nor number is no value of a row. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}
