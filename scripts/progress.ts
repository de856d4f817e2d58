export type Progress = {
  /** `done` never goes backwards; calls are cheap. */
  readonly show: (done: number, note?: string) => void;
  readonly finish: (note: string) => void;
};

const WIDTH = 28;
const REDRAW_MS = 100;

/** A bar that redraws itself on a terminal; elsewhere one plain line when it is finished. */
export function startProgress(label: string, total: number): Progress {
  const startMs = performance.now();
  const isTerminal = process.stdout.isTTY === true;
  let drawnMs = 0;
  const title = label.padEnd(22);
  return {
    show: (done, note = "") => {
      const nowMs = performance.now();
      if (!isTerminal || nowMs - drawnMs < REDRAW_MS) return;
      drawnMs = nowMs;
      const filled = Math.round((Math.min(done, total) / Math.max(total, 1)) * WIDTH);
      const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      process.stdout.write(`\r\u001B[2K  ${title} ${bar} ${done}/${total} ${note}`);
    },
    finish: (note) => {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      if (isTerminal) process.stdout.write("\r\u001B[2K");
      console.log(`  ${title} ${note} (${seconds} s)`);
    },
  };
}
