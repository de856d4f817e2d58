import * as z from "zod";

import type { ImportAnswer, ImportQuery } from "../../contract/imports.ts";
import { currencySchema, skuSchema } from "../../contract/primitives.ts";
import { isAbort } from "../../db/guard.ts";
import type { Sku } from "../../domain/brand.ts";
import { factsReader } from "../../domain/imports/facts.ts";
import {
  compileMapping,
  customMapping,
  importMappings,
  recogniseMapping,
  type ImportMapping,
} from "../../domain/imports/mapping.ts";
import {
  emptyReport,
  mergeReport,
  noteRejection,
  type ImportReport,
  type RejectionReason,
} from "../../domain/imports/report.ts";
import { ownerOf, referenceOf, type RowStyle } from "../../domain/imports/row.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { CsvRecord } from "../../integrations/csv/records.ts";
import { readCsv, readNdjson, type Table } from "../../integrations/csv/table.ts";
import type { Services } from "../services.ts";
import { importBatch, type BatchContext, type DocumentRun } from "./import-batch.ts";

export type ImportPorts = Pick<Services, "db" | "nowMs">;

export type ImportRequest = {
  readonly body: ReadableStream<Uint8Array>;
  readonly format: "csv" | "ndjson";
  readonly query: ImportQuery;
  readonly actor: string;
};

export type ImportRefusal =
  | { readonly code: "malformed"; readonly detail: string }
  | { readonly code: "mapping_unknown"; readonly detail: string; readonly missing?: ReadonlyArray<string> }
  /** Somebody else kept changing the same orders. What was imported so far stays; a repeat finds it. */
  | { readonly code: "unavailable" };

/** Rows that are decided and written together: enough for the database, little for the memory. */
const BATCH_ROWS = 4000;
const ATTEMPTS_MAX = 4;

/**
 * Imports a file as it streams in. Its rows are taken in their order, and what they make of the database depends on
 * nothing but the rows and what is there: not on how the file was cut into requests or batches.
 */
export async function importOrders(
  ports: ImportPorts,
  request: ImportRequest,
): Promise<Result<ImportAnswer, ImportRefusal>> {
  const opened = await openTable(request);
  if (!opened.ok) return opened;
  const { table, mapping } = opened.value;
  const read = compileMapping(mapping, table.header);
  if (!read.ok) {
    const { error } = read;
    return err({
      code: "mapping_unknown",
      detail: `the header lacks columns that the mapping ${mapping.name} needs`,
      ...(error.code === "columns_missing" ? { missing: error.columns } : {}),
    });
  }
  const { query } = request;
  const style: RowStyle = {
    mapping,
    read: read.value,
    decimals: table.delimiter === ";" ? "comma" : "auto",
    skuCase: query.sku_case === "auto" ? mapping.skuCase : query.sku_case,
    sku: skuParser(),
  };
  const context: BatchContext = {
    style,
    readFacts: factsReader(mapping, read.value, style.decimals, {
      currency: parseCurrency,
      email: parseEmail,
    }),
    rules: {
      channel: mapping.channel,
      repeatedRows: query.repeated_rows,
      withoutFulfillment: mapping.withoutFulfillment,
      reversalsName: mapping.cancellationPrefix === null ? "order" : "customer",
    },
    channel: mapping.channel,
    actor: request.actor,
    knownSkus: new Set(),
    documents: new Map(),
  };
  return importTable(ports, table, context);
}

async function importTable(
  ports: ImportPorts,
  table: Table,
  context: BatchContext,
): Promise<Result<ImportAnswer, ImportRefusal>> {
  const report = emptyReport();
  const rows = new RowGroups(context.style);
  for await (const records of table.blocks) {
    for (const record of records) {
      rows.add(record);
      if (!rows.isFull) continue;
      if (!(await importRuns(ports, rows.takeFinished(), context, report)))
        return err({ code: "unavailable" });
    }
  }
  if (!(await importRuns(ports, rows.takeAll(), context, report))) return err({ code: "unavailable" });
  const { mapping } = context.style;
  return ok({ mapping: mapping.name, channel: mapping.channel, ...report });
}

type Taken = { readonly runs: ReadonlyArray<DocumentRun>; readonly report: ImportReport };

/** @returns false where others kept changing the same orders. */
async function importRuns(
  ports: ImportPorts,
  taken: Taken,
  context: BatchContext,
  report: ImportReport,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const part = emptyReport();
    try {
      await importBatch(ports, taken.runs, context, part);
    } catch (error) {
      if (!isConflict(error)) throw error;
      continue;
    }
    mergeReport(part, taken.report, 0);
    part.rejections.sort((a, b) => a.row - b.row);
    mergeReport(report, part, 0);
    return true;
  }
  return false;
}

/** A batch was undone because another import, or a change through the API, came between reading and writing. */
function isConflict(error: unknown): boolean {
  return isAbort(error) || (error instanceof Error && error.message.includes("UNIQUE constraint failed"));
}

/** Puts rows that follow each other and belong to one document together, and rejects those that belong to none. */
class RowGroups {
  readonly #style: RowStyle;
  readonly #documents = new Set<string>();
  #runs: Array<DocumentRun> = [];
  #report = emptyReport();
  #row = 0;
  #rowsWaiting = 0;

  constructor(style: RowStyle) {
    this.#style = style;
  }

  get isFull(): boolean {
    return this.#rowsWaiting >= BATCH_ROWS && this.#runs.length > 1;
  }

  add({ fields, text }: CsvRecord): void {
    this.#row += 1;
    this.#report.rows += 1;
    if (fields === null) {
      this.#reject(text.slice(0, 40), "row_malformed");
      return;
    }
    const { read, mapping } = this.#style;
    const owner = ownerOf(fields, read, mapping);
    if (!owner.ok) {
      this.#reject(referenceOf(fields, read), owner.error);
      return;
    }
    this.#rowsWaiting += 1;
    const row = { row: this.#row, record: fields };
    const last = this.#runs.at(-1);
    if (last !== undefined && last.document === owner.value.document && last.kind === owner.value.kind) {
      last.rows.push(row);
      return;
    }
    const key = `${owner.value.kind} ${owner.value.document}`;
    const isCutHere = this.#documents.size === 0 || this.#documents.has(key);
    this.#documents.add(key);
    this.#runs.push({ ...owner.value, edge: isCutHere ? "edge" : "whole", rows: [row] });
  }

  /** All documents but the last, which may go on. */
  takeFinished(): Taken {
    const [last, ...finished] = this.#runs.toReversed();
    return this.#take(finished.toReversed(), last === undefined ? [] : [last]);
  }

  /** Everything. The last document may have been cut by the end of the file. */
  takeAll(): Taken {
    const last = this.#runs.at(-1);
    if (last !== undefined) last.edge = "edge";
    return this.#take(this.#runs, []);
  }

  #take(runs: ReadonlyArray<DocumentRun>, rest: Array<DocumentRun>): Taken {
    const taken = { runs, report: this.#report };
    this.#runs = rest;
    this.#report = emptyReport();
    this.#rowsWaiting = rest.reduce((sum, { rows }) => sum + rows.length, 0);
    return taken;
  }

  #reject(reference: string, reason: RejectionReason): void {
    noteRejection(this.#report, { row: this.#row, reference, reason });
  }
}

async function openTable({
  body,
  format,
  query,
}: ImportRequest): Promise<Result<{ table: Table; mapping: ImportMapping }, ImportRefusal>> {
  let mapping: ImportMapping | null = null;
  const choose = (header: ReadonlyArray<string>) => (mapping = chooseMapping(query, header));
  const table =
    format === "csv"
      ? await readCsv(body)
      : await readNdjson(body, (keys) => Object.values(choose(keys)?.columns ?? {}).flat());
  if (table === null) return err({ code: "malformed", detail: "the body has no header and no rows" });
  mapping ??= choose(table.header);
  if (mapping === null) {
    return err({
      code: "mapping_unknown",
      detail: "no mapping knows these columns; name one, or your columns",
    });
  }
  return ok({ table, mapping });
}

function chooseMapping(query: ImportQuery, header: ReadonlyArray<string>): ImportMapping | null {
  const chosen =
    query.columns !== undefined
      ? customMapping(definedOnly(query.columns))
      : query.mapping === "auto"
        ? recogniseMapping(header)
        : importMappings[query.mapping];
  return chosen === null || query.currency === undefined ? chosen : { ...chosen, currency: query.currency };
}

function definedOnly<Key extends string>(
  columns: Partial<Record<Key, string | undefined>>,
): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(columns).filter(([, column]) => column !== undefined)) as Partial<
    Record<Key, string>
  >;
}

/** A file names few SKUs on many rows. */
function skuParser(): (text: string) => Sku | null {
  const parsed = new Map<string, Sku | null>();
  return (text) => {
    let sku = parsed.get(text);
    if (sku === undefined) {
      const result = skuSchema.safeParse(text);
      sku = result.success ? result.data : null;
      // A file of nothing but different codes must not fill the memory.
      if (parsed.size >= 50_000) parsed.clear();
      parsed.set(text, sku);
    }
    return sku;
  };
}

function parseCurrency(text: string) {
  const parsed = currencySchema.safeParse(text);
  return parsed.success ? parsed.data : null;
}

const emailSchema = z.email().max(254);

/** In lower case, as addresses are stored and looked for. */
function parseEmail(text: string): string | null {
  const parsed = emailSchema.safeParse(text);
  return parsed.success ? parsed.data.toLowerCase() : null;
}
