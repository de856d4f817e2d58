import { simulateDrop } from "./drop-simulation.ts";
import { simulateGates } from "./gate-simulation.ts";

// node test/simulation/run.ts FIRST LAST [gates]: exits with 1 at the first seed that breaks a promise, naming both.
const [firstSeed = "1", lastSeed = "1000", kind = "drops"] = process.argv.slice(2);
const [first, last] = [Number(firstSeed), Number(lastSeed)];
for (let seed = first; seed <= last; seed += 1) {
  try {
    if (kind === "gates") await simulateGates(seed);
    else simulateDrop(seed);
  } catch (error) {
    console.log(`seed ${seed}: ${String(error)}`);
    process.exit(1);
  }
}
console.log(`${last - first + 1} seeds, 0 violations`);
