import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";

import {
  compileMapping,
  customMapping,
  importMappings,
  recogniseMapping,
  type FieldReader,
  type ImportMapping,
} from "../../src/domain/imports/mapping.ts";
import { emptyReport, mergeReport, type ImportReport } from "../../src/domain/imports/report.ts";
import type { CsvRecord } from "../../src/integrations/csv/records.ts";
import { readCsv, readNdjson, type Table } from "../../src/integrations/csv/table.ts";

export type ImportProgress = {
  readonly rows: number;
  /** Of the file's bytes. */
  readonly fraction: number;
  readonly isDone: boolean;
};

export type ImportFile = {
  readonly file: string;
  readonly url: string;
  readonly key: string;
  /** As the API takes them; what is undefined is left out. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (progress: ImportProgress) => void;
};

/** Something the person at the keyboard can mend. */
export class ImportFileError extends Error {
  override readonly name: string = "ImportFileError";
}
/** Nobody answers at the address. */
export class EngineSilentError extends ImportFileError {
  override readonly name = "EngineSilentError";
}

/** Rows of one request: a second's work, so that the bar moves and a broken connection costs little. */
const CHUNK_ROWS = 5000;
/** A file whose order column never changes is cut here all the same. */
const CHUNK_CHARS_MAX = 16 * 1024 * 1024;
const ATTEMPTS_MAX = 5;

/** Sends a file through the API, in pieces that begin and end with whole orders. */
export async function importFile(request: ImportFile): Promise<ImportReport> {
  await findEngine(request.url);
  const { bytes, fractionRead } = openFile(request.file);
  const isNdjson = /\.(ndjson|jsonl)(\.gz)?$/i.test(request.file);
  const { table, read } = await openTable(bytes, isNdjson, request);
  const report = emptyReport();
  for await (const records of chunks(table, read)) {
    const text = [...(isNdjson ? [] : [table.headerText]), ...records.map((record) => record.text)].join(
      "\n",
    );
    const part = await send(request, `${text}\n`, isNdjson ? "application/x-ndjson" : "text/csv");
    if (part.rows !== records.length) {
      throw new ImportFileError(`the engine saw ${part.rows} rows where ${records.length} were sent`);
    }
    mergeReport(report, part, report.rows);
    request.onProgress({ rows: report.rows, fraction: fractionRead(), isDone: false });
  }
  request.onProgress({ rows: report.rows, fraction: 1, isDone: true });
  return report;
}

async function findEngine(url: string): Promise<void> {
  try {
    await (await fetch(`${url}/healthz`)).body?.cancel();
  } catch {
    throw new EngineSilentError(`No engine answers at ${url}.`);
  }
}

function openFile(file: string) {
  if (!existsSync(file)) throw new ImportFileError(`There is no file ${file}.`);
  const size = statSync(file).size;
  const source = createReadStream(file);
  const bytes = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  // An error of the file itself would otherwise never reach the reader behind the unpacking.
  if (bytes !== source) source.on("error", (error) => bytes.destroy(error));
  return {
    bytes: bytes as AsyncIterable<Uint8Array>,
    fractionRead: () => (size === 0 ? 1 : source.bytesRead / size),
  };
}

async function openTable(
  bytes: AsyncIterable<Uint8Array>,
  isNdjson: boolean,
  { file, query }: ImportFile,
): Promise<{ readonly table: Table; readonly read: FieldReader }> {
  const table = isNdjson
    ? await readNdjson(bytes, (keys) => Object.values(mappingFor(query, keys)?.columns ?? {}).flat())
    : await readCsv(bytes);
  if (table === null) throw new ImportFileError(`${file} has no header and no rows.`);
  const mapping = mappingFor(query, table.header);
  const read = mapping === null ? null : compileMapping(mapping, table.header);
  if (read?.ok === true) return { table, read: read.value };
  const missing =
    read?.error.code === "columns_missing" ? ` It lacks: ${read.error.columns.join(", ")}.` : "";
  throw new ImportFileError(
    `The columns of ${file} fit no mapping.${missing} Name one with --mapping, or your columns with --columns.`,
  );
}

/** The same choice as the engine's: the file is cut by the column that has the order's number. */
function mappingFor(query: ImportFile["query"], header: ReadonlyArray<string>): ImportMapping | null {
  const { mapping = "auto", columns } = query;
  if (columns !== undefined) return customMapping(parseColumns(columns));
  if (mapping === "auto") return recogniseMapping(header);
  const named = Object.entries(importMappings).find(([name]) => name === mapping);
  if (named === undefined) throw new ImportFileError(`There is no mapping ${mapping}.`);
  return named[1];
}

function parseColumns(text: string): Record<string, string> {
  try {
    const columns: unknown = JSON.parse(text);
    const names = typeof columns === "object" && columns !== null ? Object.entries(columns) : [];
    if (names.length > 0 && names.every(([, column]) => typeof column === "string")) {
      return Object.fromEntries(names) as Record<string, string>;
    }
  } catch {
    // Falls through: what is not JSON is no mapping.
  }
  throw new ImportFileError("--columns must be a JSON object of our field names and your column names.");
}

async function* chunks(table: Table, read: FieldReader): AsyncGenerator<ReadonlyArray<CsvRecord>> {
  let chunk: Array<CsvRecord> = [];
  let chars = 0;
  let lastOrder = "";
  for await (const records of table.blocks) {
    for (const record of records) {
      const order = record.fields === null ? lastOrder : read(record.fields, "order").trim();
      const isFull = (chunk.length >= CHUNK_ROWS && order !== lastOrder) || chars >= CHUNK_CHARS_MAX;
      if (isFull) {
        yield chunk;
        chunk = [];
        chars = 0;
      }
      chunk.push(record);
      chars += record.text.length;
      lastOrder = order;
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** A chunk may be sent again as often as it takes: what is known already changes nothing. */
async function send(
  { url, key, query }: ImportFile,
  body: string,
  contentType: string,
): Promise<ImportReport> {
  const named = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const address = `${url}/v1/orders/import?${new URLSearchParams(named).toString()}`;
  const idempotencyKey = `import-${createHash("sha256").update(body).digest("hex").slice(0, 32)}`;
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(address, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": contentType,
        "idempotency-key": idempotencyKey,
      },
      body,
    }).catch(() => null);
    if (response?.ok === true) return (await response.json()) as ImportReport;
    const isWorthRepeating = response === null || response.status === 429 || response.status === 503;
    if (!isWorthRepeating || attempt === ATTEMPTS_MAX) {
      if (response === null) throw new EngineSilentError(`The engine at ${url} stopped answering.`);
      throw new ImportFileError(
        `The engine answered ${response.status}: ${(await response.text()).slice(0, 500)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}
