import { parse, type CsvError, type Parser } from "csv-parse";

import { skuImportRowSchema, type SkuImportReport, type SkuImportRow } from "../../contract/catalogue.ts";
import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import type { Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { detectDelimiter } from "../../integrations/csv/records.ts";
import type { Services } from "../services.ts";
import { putSkus } from "./put-skus.ts";

/** Rows written in one D1 batch. */
const CHUNK_ROWS = 200;
const ROW_BYTES_MAX = 64 * 1024;

type Ports = Pick<Services, "db" | "nowMs" | "sku">;
type ReportRow = SkuImportReport["results"][number];
/** What stands in one row of the file, or why it is no row. */
export type FileRow = Result<unknown, string>;

/**
 * Takes a catalogue file row by row. Every row is reported; one that fails changes nothing and stops no other; a file
 * that is sent again changes nothing.
 */
export async function importSkus(
  services: Ports,
  actor: Actor,
  rows: AsyncIterable<FileRow>,
): Promise<SkuImportReport> {
  const results: Array<ReportRow> = [];
  let chunk = new Map<Sku, { readonly row: number; readonly wanted: SkuImportRow }>();
  const flush = async () => {
    const pending = [...chunk.values()];
    chunk = new Map();
    const outcomes = await putSkus(
      services,
      actor,
      pending.map(({ wanted }) => wanted),
    );
    for (const [index, { row, wanted }] of pending.entries()) {
      const outcome = outcomes[index] ?? err(problem("unavailable"));
      results.push(
        outcome.ok
          ? { row, sku: wanted.sku, status: outcome.value }
          : { row, sku: wanted.sku, status: "failed", problem: outcome.error },
      );
    }
  };

  let row = 0;
  for await (const read of rows) {
    row += 1;
    const parsed = parseRow(read);
    if (!parsed.ok) {
      results.push({ row, sku: skuIn(read), status: "failed", problem: parsed.error });
      continue;
    }
    // A SKU that comes twice is written twice, in the file's order: the last row is what stays.
    if (chunk.has(parsed.value.sku)) await flush();
    chunk.set(parsed.value.sku, { row, wanted: parsed.value });
    if (chunk.size >= CHUNK_ROWS) await flush();
  }
  await flush();

  const count = (status: ReportRow["status"]) => results.filter((result) => result.status === status).length;
  return {
    rows: row,
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    failed: count("failed"),
    results: results.sort((a, b) => a.row - b.row),
  };
}

function parseRow(read: FileRow): Result<SkuImportRow, Problem> {
  if (!read.ok) return err(problem("malformed", { detail: read.error }));
  const parsed = skuImportRowSchema.safeParse(read.value);
  if (parsed.success) return ok(parsed.data);
  return err(
    problem("request_invalid", {
      errors: parsed.error.issues
        .slice(0, 5)
        .map(({ path, message }) => ({ pointer: `/${path.map(String).join("/")}`, detail: message })),
    }),
  );
}

/** The SKU that a row means, though something else in it is wrong. */
function skuIn(read: FileRow): Sku | null {
  if (!read.ok || typeof read.value !== "object" || read.value === null) return null;
  const parsed = skuSchema.safeParse((read.value as { readonly sku?: unknown }).sku);
  return parsed.success ? parsed.data : null;
}

/** One JSON object a line. Empty lines are no rows. */
export async function* readNdjson(body: ReadableStream<Uint8Array>): AsyncGenerator<FileRow> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield parseLine(line);
    // A line without an end would otherwise grow with the file.
    if (rest.length > ROW_BYTES_MAX) rest = rest.slice(0, ROW_BYTES_MAX + 1);
  }
  if (rest.trim() !== "") yield parseLine(rest);
}

function parseLine(line: string): FileRow {
  if (line.length > ROW_BYTES_MAX) return err("The line is longer than 64 KB.");
  try {
    return ok(JSON.parse(line) as unknown);
  } catch {
    return err("The line is not JSON.");
  }
}

/** A header, then one SKU a line. A line that does not fit the header is a row that fails. */
export async function* readCsv(body: ReadableStream<Uint8Array>): AsyncGenerator<FileRow> {
  // Rows are taken where they are parsed, good and bad in the order of the file, and handed on chunk by chunk.
  const parsed: Array<FileRow> = [];
  const waiting: Array<Uint8Array> = [];
  let parser: Parser | null = null;
  let ended: Promise<void> = Promise.resolve();
  const open = () => {
    const opened = csvParser(detectDelimiter(headerOf(waiting)), parsed);
    ended = new Promise<void>((resolve, reject) => {
      opened.once("end", resolve).once("error", reject).resume();
    });
    // Whoever stops reading early leaves nobody to see this.
    ended.catch(() => {});
    return opened;
  };
  for await (const bytes of body) {
    waiting.push(bytes);
    if (parser === null && !isHeaderWhole(waiting)) continue;
    parser ??= open();
    for (const each of waiting.splice(0)) await write(parser, each);
    yield* parsed.splice(0);
  }
  parser ??= open();
  for (const each of waiting.splice(0)) await write(parser, each);
  parser.end();
  await ended;
  yield* parsed.splice(0);
}

function csvParser(delimiter: string, parsed: Array<FileRow>): Parser {
  return parse({
    bom: true,
    delimiter,
    columns: (header: Array<string>) => header.map((name) => name.trim()),
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: ROW_BYTES_MAX,
    on_record: (record: Record<string, string>) => {
      parsed.push(ok(rowOfCells(record)));
      return null;
    },
    on_skip: (error: CsvError | undefined) => {
      parsed.push(err(error?.message ?? "The line is not CSV."));
    },
  });
}

async function write(parser: Parser, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    parser.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

const LINE_FEED = 10;

function isHeaderWhole(chunks: ReadonlyArray<Uint8Array>): boolean {
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return size > ROW_BYTES_MAX || chunks.some((chunk) => chunk.includes(LINE_FEED));
}

function headerOf(chunks: ReadonlyArray<Uint8Array>): string {
  const [header = ""] = chunks
    .map((chunk) => new TextDecoder().decode(chunk))
    .join("")
    .split("\n", 1);
  return header.trim();
}

const numberColumns = new Set(["weight_grams", "buyer_limit", "backorder_limit", "tax_rate_bps"]);

/** Cells as the body of a PUT. What is not a whole number stays text, so that the schema names the column. */
function rowOfCells(cells: Readonly<Record<string, string>>): Record<string, unknown> {
  const prices: Array<{ currency: string; amount: unknown }> = [];
  const attributes: Array<[string, string]> = [];
  const row: Array<[string, unknown]> = [];
  for (const [column, text] of Object.entries(cells)) {
    if (text === "") continue;
    const [kind, name] = splitOnce(column);
    if (name !== undefined && kind === "price") prices.push({ currency: name, amount: numberOf(text) });
    else if (name !== undefined && kind === "cost")
      row.push(["cost", { currency: name, amount: numberOf(text) }]);
    else if (name !== undefined && kind === "attribute") attributes.push([name, text]);
    else row.push([column, numberColumns.has(column) ? numberOf(text) : text]);
  }
  if (attributes.length > 0) row.push(["attributes", Object.fromEntries(attributes)]);
  return Object.fromEntries([...row, ["prices", prices]]);
}

function splitOnce(column: string): [string, string | undefined] {
  const dot = column.indexOf(".");
  return dot < 0 ? [column, undefined] : [column.slice(0, dot), column.slice(dot + 1)];
}

function numberOf(text: string): number | string {
  return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : text;
}
