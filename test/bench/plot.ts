import { figure } from "./print.ts";
import { type Entry, medianOf, POSTGRES, REDIS, type Report } from "./targets.ts";

const BAR_HEIGHT = 18;
const LABEL_WIDTH = 250;
const PLOT_WIDTH = 430;
const WIDTH = LABEL_WIDTH + PLOT_WIDTH + 80;

const colors: Readonly<Record<string, string>> = {
  Holdfast: "#0b7a75",
  [REDIS]: "#c0392b",
  [POSTGRES]: "#34568b",
  floor: "#8a8f98",
};

type Bar = { readonly label: string; readonly color: string; readonly value: number };

/** Decisions a second of every system in every workload, each workload on a scale of its own. */
export function plotOf({ floors, entries }: Report): string {
  const groups = (["W1", "W2", "W3"] as const).map((workload) => {
    const bars = barsOf(entries.filter((entry) => entry.workload === workload));
    if (workload !== "W1") return { workload, bars };
    const floorBars = (["HTTP", "sockets"] as const).flatMap((kind): Array<Bar> => {
      const value = medianOf(
        floors.filter((floor) => floor.kind === kind).map(({ load }) => load.decisionsPerSecond),
      );
      return value === null ? [] : [{ label: `floor, ${kind}`, color: colors["floor"] ?? "", value }];
    });
    return { workload, bars: [...bars, ...floorBars] };
  });
  let y = 34;
  const parts: Array<string> = [];
  for (const { workload, bars } of groups.filter((group) => group.bars.length > 0)) {
    parts.push(`<text x="8" y="${y}" class="head">${titles[workload]}</text>`);
    y += 10;
    const most = Math.max(...bars.map(({ value }) => value));
    for (const bar of bars) {
      parts.push(barOf(bar, y, most));
      y += BAR_HEIGHT + 4;
    }
    y += 28;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Decisions a second, by workload and system">`,
    "<style>text{font:12px system-ui,sans-serif;fill:#444}.head{font-weight:600}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>",
    ...parts,
    "</svg>\n",
  ].join("\n");
}

const titles = {
  W1: "W1, flash drop: decisions/s",
  W2: "W2, catalogue: decisions/s",
  W3: "W3, orders of three lines: orders/s",
} as const;

function barsOf(entries: ReadonlyArray<Entry>): Array<Bar> {
  return [...Map.groupBy(entries, ({ subject, door }) => `${subject}, ${door}`)].map(([label, group]) => ({
    label,
    color: colors[group[0]?.subject ?? ""] ?? "#888",
    value: medianOf(group.map(({ result }) => result.load.decisionsPerSecond)) ?? 0,
  }));
}

function barOf({ label, color, value }: Bar, y: number, most: number): string {
  const width = Math.max(1, Math.round((value / most) * PLOT_WIDTH));
  return (
    `<text x="${LABEL_WIDTH - 8}" y="${y + 13}" text-anchor="end">${label}</text>` +
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2" fill="${color}"/>` +
    `<text x="${LABEL_WIDTH + width + 6}" y="${y + 13}">${figure(value)}</text>`
  );
}
