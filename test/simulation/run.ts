import { simulateDrop } from "./drop-simulation.ts";

// node test/simulation/run.ts FIRST LAST: exits with 1 at the first seed that breaks a promise, naming both.
const [first = 1, last = 1000] = process.argv.slice(2).map(Number);
for (let seed = first; seed <= last; seed += 1) {
  try {
    simulateDrop(seed);
  } catch (error) {
    console.log(`seed ${seed}: ${String(error)}`);
    process.exit(1);
  }
}
console.log(`${last - first + 1} seeds, 0 violations`);
