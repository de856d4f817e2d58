import { parseArgs } from "node:util";

import { addsUp, type ImportReport } from "../src/domain/imports/report.ts";
import { EngineSilentError, importFile, ImportFileError, type ImportProgress } from "./import/import-file.ts";
import { LOCAL_SECRET_KEY } from "./seed.ts";

const USAGE = `Usage: npm run import -- FILE [--url http://localhost:8787] [--key sk_local_holdfast]
                             [--mapping auto|uci|canonical|shopify] [--columns '{"order":"Order no",…}']
                             [--currency EUR] [--repeated-rows keep|reject] [--sku-case auto|keep|upper]

FILE is CSV or NDJSON (.ndjson, .jsonl), plain or .gz. What is in it is described in docs/import.md.`;

const PLAIN_LINE_EVERY_MS = 5000;
const REDRAW_MS = 100;
const BAR_WIDTH = 24;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://localhost:8787" },
      key: { type: "string", default: LOCAL_SECRET_KEY },
      mapping: { type: "string", default: "auto" },
      columns: { type: "string" },
      currency: { type: "string" },
      "repeated-rows": { type: "string", default: "keep" },
      "sku-case": { type: "string", default: "auto" },
    },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new ImportFileError(USAGE);
  const show = progressPrinter();
  const report = await importFile({
    file,
    url: values.url,
    key: values.key,
    query: {
      mapping: values.mapping,
      columns: values.columns,
      currency: values.currency,
      repeated_rows: values["repeated-rows"],
      sku_case: values["sku-case"],
    },
    onProgress: show,
  });
  printReport(report);
  process.exitCode = addsUp(report) ? 0 : 1;
} catch (error) {
  process.exitCode = 1;
  if (error instanceof EngineSilentError) {
    console.error(`${error.message}\nStart one with: npm start`);
  } else if (error instanceof ImportFileError || isArgumentError(error)) {
    console.error((error as Error).message);
  } else throw error;
}

function isArgumentError(error: unknown): boolean {
  return (error as { readonly code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
}

/** A bar on a terminal; elsewhere a plain line every few seconds. */
function progressPrinter(): (progress: ImportProgress) => void {
  const isTerminal = process.stdout.isTTY === true;
  const startMs = performance.now();
  let drawnMs = startMs;
  return ({ rows, fraction, isDone }) => {
    const nowMs = performance.now();
    if (!isDone && nowMs - drawnMs < (isTerminal ? REDRAW_MS : PLAIN_LINE_EVERY_MS)) return;
    drawnMs = nowMs;
    const seconds = Math.max((nowMs - startMs) / 1000, 0.001);
    const rate = `${Math.round(rows / seconds).toLocaleString("en")} rows/s`;
    const left = isDone
      ? `${seconds.toFixed(1)} s`
      : `${duration((seconds * (1 - fraction)) / Math.max(fraction, 0.001))} left`;
    const percent = `${String(Math.floor(fraction * 100)).padStart(3)} %`;
    const text = `${percent}  ${rows.toLocaleString("en")} rows  ${rate}  ${left}`;
    if (!isTerminal) {
      console.log(text);
      return;
    }
    const filled = Math.round(fraction * BAR_WIDTH);
    process.stdout.write(
      `\r\u001B[2K  ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${text}${isDone ? "\n" : ""}`,
    );
  };
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function printReport(report: ImportReport): void {
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["rows in the file", report.rows],
    ["  became order lines", report.lines_created],
    ["  became shipping costs", report.shipping_rows],
    ["  became discounts", report.discount_rows],
    ["  were cancellations", report.cancellation_rows],
    ["  were rejected", report.rejected],
    ...Object.entries(report.rejected_by_reason)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => [`    ${reason}`, count] as const),
    ["  were known before", report.unchanged],
    ["orders created", report.orders_created],
    ["orders added to", report.orders_updated],
    ["orders known before", report.orders_unchanged],
    ["orders canceled", report.canceled_orders],
    ["returns of known orders", report.returns_created],
    ["returns without an order", report.unmatched_returns],
    ["SKUs new in the catalogue", report.skus_created],
  ];
  console.log();
  for (const [label, count] of rows)
    console.log(`  ${label.padEnd(30)} ${count.toLocaleString("en").padStart(12)}`);
  const warnings = Object.entries(report.warnings_by_code);
  if (warnings.length > 0) {
    console.log(
      `\n  worth a look: ${warnings.map(([code, count]) => `${code} ${count.toLocaleString("en")}`).join(", ")}`,
    );
  }
  for (const { row, reference, reason } of report.rejections.slice(0, 10)) {
    console.log(`  row ${row.toLocaleString("en")}  ${reference}  ${reason}`);
  }
  if (report.rejected > 10)
    console.log(`  … and ${(report.rejected - 10).toLocaleString("en")} more rejected rows`);
  console.log(
    addsUp(report)
      ? "\n  Every row is accounted for."
      : "\n  The counts do NOT add up to the rows of the file.",
  );
}
