import { type Entry, isMet, type Report, type Verdict, verdictsOf } from "./targets.ts";

export function printEntry({ round, workload, subject, door, result }: Entry): void {
  const { load, oversold, unsold } = result;
  console.log(
    `${round} ${workload} ${subject}, ${door}${load.isCut ? " (cut short)" : ""}: ${Math.round(load.decisionsPerSecond)} decisions/s, ` +
      `${Math.round(load.acceptedPerSecondUntilSoldOut)} accepted/s until the last, p50 ${load.p50Ms.toFixed(1)} ms, p99 ${load.p99Ms.toFixed(1)} ms; ` +
      `oversold ${oversold}, unsold ${unsold}, failed ${load.failed}; client ${load.clientCores.toFixed(2)} cores`,
  );
  for (const promise of result.broken) console.log(`  BROKEN ${promise}`);
}

export function printReport(report: Report): void {
  for (const { round, kind, load } of report.floors) {
    console.log(
      `${round} floor of ${kind}: ${Math.round(load.decisionsPerSecond)}/s, client ${load.clientCores.toFixed(2)} cores`,
    );
  }
  for (const [name, value] of Object.entries({
    W4: report.watchers,
    W5: report.growth,
    pages: report.pages,
    W6: report.fulfillment,
    rows: report.rows,
  })) {
    if (value !== null) console.log(`${name} ${JSON.stringify(value)}`);
  }
  console.log("\nTargets");
  for (const verdict of verdictsOf(report))
    console.log(`  ${markOf(verdict)} ${verdict.what}: ${textOf(verdict)}`);
}

function markOf(verdict: Verdict): string {
  const met = isMet(verdict);
  return met === null ? "–" : met ? "✓" : "✗";
}

function textOf({ measured, target, unit, bound }: Verdict): string {
  const said = measured === null ? "not measured" : `${figure(measured)} ${unit}`;
  return `${said} (${bound} ${target} ${unit})`;
}

/** Three digits say all that such a measurement knows. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 2 });
}
