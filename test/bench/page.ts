import { writeFileSync } from "node:fs";
import path from "node:path";

import { plotOf } from "./plot.ts";
import { figure } from "./print.ts";
import { isMet, medianOf, type Report, verdictsOf } from "./targets.ts";

const DOCS = path.join(import.meta.dirname, "../../docs");

/** Writes `docs/performance.md` and its plot: nothing in them that this run did not measure. */
export function writePage(report: Report): void {
  writeFileSync(path.join(DOCS, "performance.svg"), plotOf(report));
  writeFileSync(path.join(DOCS, "performance.md"), pageOf(report));
  console.log("Written to docs/performance.md and docs/performance.svg");
}

export function pageOf(report: Report): string {
  const { at, machine, scale, skipped } = report;
  return [
    "# Performance",
    "",
    `Measured on ${at.slice(0, 10)} with \`npm run bench -- --page\`, which also wrote this page: ${machine.model ?? "unknown processor"}, ${machine.cpus} cores, ` +
      `Node ${machine.node}, scale ${scale}. Server on core 0, load generator on core 1, the systems taking turns; a ratio is the median of the ratios of the rounds. ` +
      "Absolute figures say as much about the machine as about the engine. Every run checks first that nothing was sold twice and nothing was left over while somebody was refused.",
    "",
    "![Decisions a second](performance.svg)",
    "",
    ...ratiosSection(report),
    ...runsSection(report),
    ...restSections(report),
    ...(skipped.length === 0
      ? []
      : ["## Not measured", "", ...skipped.map((each) => `- ${each.replaceAll("\n", " ")}`), ""]),
    ...METHOD,
  ].join("\n");
}

function ratiosSection(report: Report): ReadonlyArray<string> {
  return [
    "## Against the targets",
    "",
    "| | measured | target | |",
    "| --- | --- | --- | --- |",
    ...verdictsOf(report).map((verdict) => {
      const { what, measured, target, unit, bound } = verdict;
      const met = isMet(verdict);
      const said = measured === null ? "–" : `${figure(measured)} ${unit}`;
      return `| ${what} | ${said} | ${bound} ${target} ${unit} | ${met === null ? "not measured" : met ? "reached" : "**missed**"} |`;
    }),
    "",
    "A floor is the same workerd on the same core doing nothing: a Worker that answers a constant, an object that says back what a hibernating socket says.",
    "",
  ];
}

function runsSection({ floors, entries }: Report): ReadonlyArray<string> {
  const groups = Map.groupBy(entries, ({ workload, subject, door }) => `${workload} | ${subject} | ${door}`);
  const median = (values: ReadonlyArray<number>) => figure(medianOf(values) ?? 0);
  return [
    "## The runs",
    "",
    "| | system | by | decisions/s | accepted/s until the last | p50 ms | p99 ms | oversold | unsold |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...(["HTTP", "sockets"] as const).flatMap((kind) => {
      const loads = floors.filter((floor) => floor.kind === kind).map(({ load }) => load);
      if (loads.length === 0) return [];
      const column = (pick: (load: (typeof loads)[number]) => number) => median(loads.map(pick));
      return [
        `| floor | workerd | ${kind} | ${column((load) => load.decisionsPerSecond)} | | ${column(({ p50Ms }) => p50Ms)} | ${column(({ p99Ms }) => p99Ms)} | | |`,
      ];
    }),
    ...[...groups].map(([name, group]) => {
      const column = (pick: (load: (typeof group)[number]["result"]["load"]) => number) =>
        median(group.map(({ result }) => pick(result.load)));
      const most = (pick: (result: (typeof group)[number]["result"]) => number) =>
        Math.max(...group.map(({ result }) => pick(result)));
      return (
        `| ${name} | ${column((load) => load.decisionsPerSecond)} | ${column((load) => load.acceptedPerSecondUntilSoldOut)} ` +
        `| ${column(({ p50Ms }) => p50Ms)} | ${column(({ p99Ms }) => p99Ms)} | ${most(({ oversold }) => oversold)} | ${most(({ unsold }) => unsold)} |`
      );
    }),
    "",
    "W1: one SKU, 10,000 units, 30,000 buyers, 256 connections (batches: 16 connections, 100 claims each). W2: 1,000 SKUs, Zipf(1.0), 30,000 holds of 1 to 3 units. " +
      'W3: 2,000 orders of three lines, from hold to order in the database with its outbox row. Queues stand still in W1 to W3, as they would run on other machines; "HTTP and queues" has them running on the same core. ' +
      "The peers keep no ledger, expire nothing exactly and do nothing after an order; they are what a team would build first.",
    "",
  ];
}

function pagesSection(pages: NonNullable<Report["pages"]>): ReadonlyArray<string> {
  return [
    "## Orders and pages (W5)",
    "",
    "One request at a time, p50 in ms, with so many orders in the database.",
    "",
    `| | ${pages.map(({ orders }) => orders.toLocaleString("en")).join(" | ")} |`,
    `| --- |${pages.map(() => " --- |").join("")}`,
    ...(pages[0]?.pages ?? []).map(
      ({ what }) =>
        `| ${what} | ${pages.map((size) => figure(size.pages.find((page) => page.what === what)?.p50Ms ?? Number.NaN)).join(" | ")} |`,
    ),
    "",
  ];
}

function restSections({ watchers, growth, pages, fulfillment, rows }: Report): ReadonlyArray<string> {
  const lines: Array<string> = [];
  if (watchers !== null)
    lines.push(
      "## Watchers (W4)",
      "",
      `${watchers.watchers} sockets watch one SKU while W1 runs over 256 others at ${figure(watchers.drop.load.decisionsPerSecond)} decisions/s. ` +
        `From a change to a watcher: p50 ${figure(watchers.delayP50Ms)} ms, p99 ${figure(watchers.delayP99Ms)} ms; the last value reached 99 % of them ${figure(watchers.lastValueP99Ms)} ms after the last answer; ` +
        `${figure(watchers.messagesPerSecond)} messages/s; ${watchers.missed} never heard it.`,
      "",
    );
  if (growth !== null)
    lines.push(
      "## Growth (W5)",
      "",
      "| resolved holds of the SKU | W1 by HTTP, decisions/s |",
      "| --- | --- |",
      ...growth.resolvedHolds.map(
        ({ resolved, drop }) =>
          `| ${resolved.toLocaleString("en")} | ${figure(drop.load.decisionsPerSecond)} |`,
      ),
      "",
      growth.memory.bytes === null
        ? ""
        : `With ${growth.memory.liveHolds.toLocaleString("en")} live holds of one SKU, workerd as a whole took ${figure(growth.memory.bytes / 1_048_576)} MB more.`,
      "",
    );
  if (pages !== null) lines.push(...pagesSection(pages));
  if (fulfillment !== null)
    lines.push(
      "## Fulfilment (W6)",
      "",
      `${fulfillment.orders} orders through the queues: ${figure(fulfillment.ordersPerSecond)} orders/s from placed to labelled, ${fulfillment.lost} lost, ${fulfillment.duplicated} labelled twice.`,
      "",
    );
  if (rows !== null)
    lines.push(
      "## Price",
      "",
      "What the platform would bill for one, counted, and a million of them at list price, beyond what is included. CPU and object time are taken as bounds.",
      "",
      "| | Worker requests | object calls | rows written (objects) | rows written (D1) | queue messages | $ a million |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...rows.costs.map(
        ({ what, bill, dollarsPerMillion }) =>
          `| ${what} | ${figure(bill.workerRequests)} | ${figure(bill.objectRequests)} | ${figure(bill.objectRowsWritten + bill.alarmsSet)} | ${figure(bill.databaseRowsWritten)} | ${figure(bill.queueMessages)} | ${dollarsPerMillion.toFixed(2)} |`,
      ),
      "",
    );
  return lines;
}

const METHOD: ReadonlyArray<string> = [
  "## Run it",
  "",
  "    npm run bench -- --page                 # all of it, and this page",
  "    npm run bench -- --only w1 --scale 0.1  # a tenth of one workload",
  "    node test/simulation/surge-run.ts       # gates, batches and round trips against one object, 100,000 and 1,000,000 buyers in ten seconds",
  "",
  "The peers run where `HOLDFAST_BENCH_PEERS` names a folder that has them set up; what is missing is said and left out. `docs/surge.md` says what the simulation says.",
  "",
];
