import { writeFileSync } from "node:fs";
import path from "node:path";

import { type ServiceLaw, simulateSurge, type Surge, type SurgeResult } from "./surge.ts";

/*
 * node test/simulation/surge-run.ts [--page]
 * Prints how one object does behind gates, over laws, round trips and numbers of gates; `--page` writes docs/surge.md.
 */

/** Measured on the machines of the benchmarks; the second is what the platform's documents lead one to expect of a call. */
const laws: Readonly<Record<string, ServiceLaw>> = {
  "measured here (0.56 ms a call, 0.06 ms a claim)": { callMs: 0.56, claimMs: 0.06 },
  "documented call (2 ms a call, 0.06 ms a claim)": { callMs: 2, claimMs: 0.06 },
  "batches of 100 today (0.56 ms a call, 0.022 ms a claim)": { callMs: 0.56, claimMs: 0.022 },
};
const base: Omit<Surge, "buyers" | "gates" | "roundTripMs" | "law"> = {
  overMs: 10_000,
  units: 10_000,
  batchMax: 500,
  waitingMax: 5_000,
  // A hibernating socket that only says back what it hears does 13,600 messages a second on one core.
  gateMs: 0.1,
  flushMs: 10,
};
/** Two for each of nine regions are what a deployment has. */
const DEPLOYED = 18;
const GATES = [1, 2, 4, 8, DEPLOYED, 32, 64, 256];

const worst = simulateSurge({
  ...base,
  buyers: 1_000_000,
  gates: DEPLOYED,
  roundTripMs: 40,
  law: laws["documented call (2 ms a call, 0.06 ms a claim)"] ?? { callMs: 2, claimMs: 0.06 },
});
const lines = [
  "# A crowd on one SKU",
  "",
  "Written by `node test/simulation/surge-run.ts --page`: a model of gates in front of one SKU's object, not a measurement. Buyers come evenly over ten seconds for " +
    "10,000 units. A gate reads a message in 0.1 ms, has one call to the object under way and gathers what comes meanwhile, 500 claims a call and 5,000 waiting at most. " +
    "What the object stores is confirmed 10 ms later. Times are from gate to gate: the buyer's own way to the gate and back comes on top. Refusals are taken to be as dear " +
    "as holds, and nobody who was refused stays away.",
  "",
  "One object does `claims / (a call + claims × a claim)`, so batches carry it, and the number of gates decides how large they are. Too few gates, and reading messages is the limit. " +
    "More gates than the object can answer within one round trip, and each call carries less while all of them queue: latency then grows with their number. Between the two lies " +
    "a broad floor from about 4 to about 30 gates, and the two gates a region that a deployment has (18 in all) lie in it. A million buyers in ten seconds saturate one object with any number " +
    "of gates; those who get a unit have come early, and are answered before the queue is long: with 18 gates, 40 ms and 2 ms a call, 99 % of them within " +
    `${Math.round(worst.acceptedP99Ms)} ms, sold out after ${Math.round(worst.soldOutMs ?? 0)} ms. ` +
    "Whoever finds 5,000 waiting at the gate is told to come back at once, and by then there is nothing left.",
  "",
];
for (const [name, law] of Object.entries(laws)) {
  for (const buyers of [100_000, 1_000_000]) {
    for (const roundTripMs of [5, 40]) {
      lines.push(
        `## ${name}: ${buyers.toLocaleString("en")} buyers, ${roundTripMs} ms between gate and object`,
        "",
        "| gates | accepted | sold out after | p99 who get a unit | p99 who do not | told to come back | claims a call | object busy |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ...GATES.map((gates) => row(gates, simulateSurge({ ...base, buyers, gates, roundTripMs, law }))),
        "",
      );
    }
  }
}
console.log(lines.join("\n"));
if (process.argv.includes("--page")) {
  writeFileSync(path.join(import.meta.dirname, "../../docs/surge.md"), lines.join("\n"));
}

function row(gates: number, result: SurgeResult): string {
  const ms = (value: number | null) =>
    value === null ? "never" : `${Math.round(value).toLocaleString("en")} ms`;
  return (
    `| ${gates} | ${result.accepted.toLocaleString("en")} | ${ms(result.soldOutMs)} | ${ms(result.acceptedP99Ms)} | ${ms(result.refusedP99Ms)} ` +
    `| ${result.turnedAway.toLocaleString("en")} | ${result.claimsPerCall.toFixed(0)} | ${(100 * result.objectBusy).toFixed(0)} % |`
  );
}
