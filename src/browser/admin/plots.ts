import uPlot from "uplot";

/** A picture that grows with what is told. */
export type Plot = {
  readonly add: (message: unknown) => void;
  /** Draws it anew with the next message, in the colours of then. */
  readonly recolour: () => void;
};

const HEIGHT = 220;
/** An hour, at one message in two seconds. */
const SPAN_SECONDS_MIN = 60;
const POINTS_MAX = 1_800;

export function plotOf(root: HTMLElement): Plot | null {
  const place = root.querySelector<HTMLElement>("[data-plot]");
  if (place === null) return null;
  return place.dataset["plot"] === "now" ? minutesPlot(place) : unitsPlot(place);
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Canvas takes no `light-dark()`, so what the scheme makes of a colour is asked of an element that has it. */
function inkOf(place: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.className = `ink-${name}`;
  place.append(probe);
  const ink = getComputedStyle(probe).color;
  probe.remove();
  return ink === "" ? colour(`--${name}`) : ink;
}

function plotIn(place: HTMLElement, series: ReadonlyArray<uPlot.Series>, data: uPlot.AlignedData): uPlot {
  place.replaceChildren();
  const soft = inkOf(place, "soft");
  const grid = { stroke: inkOf(place, "line"), width: 1 };
  const axis = { stroke: soft, grid, ticks: grid, font: "11px system-ui, sans-serif" };
  const plot = new uPlot(
    {
      width: Math.max(240, place.clientWidth),
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { range: (_, min, max) => [min, Math.max(max, min + SPAN_SECONDS_MIN)] },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
      },
      axes: [
        { ...axis, space: 72, values: (_, splits) => splits.map(clock) },
        { ...axis, size: 44 },
      ],
      series: [{ label: "UTC", value: (_, seconds) => (seconds === null ? "–" : clock(seconds)) }, ...series],
    },
    data,
    place,
  );
  new ResizeObserver(() => {
    if (place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height: HEIGHT });
  }).observe(place);
  return plot;
}

function clock(seconds: number): string {
  const text = new Date(seconds * 1_000).toISOString();
  return seconds % 60 === 0 ? text.slice(11, 16) : text.slice(11, 19);
}

type Minutes = { readonly firstMinuteAt: number; readonly minutes: ReadonlyArray<number> };

/** Orders by minute, as bars. */
function minutesPlot(place: HTMLElement): Plot {
  let plot: uPlot | null = null;
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  return {
    recolour: () => {
      plot?.destroy();
      plot = null;
    },
    add: (message) => {
      const { firstMinuteAt, minutes } = message as Minutes;
      const data: uPlot.AlignedData = [
        minutes.map((_, index) => firstMinuteAt / 1_000 + index * 60),
        [...minutes],
      ];
      const kelp = inkOf(place, "kelp");
      plot ??= plotIn(
        place,
        [
          {
            label: "Orders",
            stroke: kelp,
            fill: kelp,
            points: { show: false },
            ...(bars === undefined ? {} : { paths: bars }),
          },
        ],
        data,
      );
      plot.setData(data);
    },
  };
}

type ShowCounters = { readonly units_held: number; readonly units_sold: number };
type ShowMessage = {
  readonly at: number;
  readonly show: { readonly drops: ReadonlyArray<{ left: number }>; readonly counters?: ShowCounters } | null;
};

/** What is left, on hold and sold, from the moment the page was opened. */
function unitsPlot(place: HTMLElement): Plot {
  let plot: uPlot | null = null;
  const points: Array<readonly [number, number, number, number]> = [];
  return {
    recolour: () => {
      plot?.destroy();
      plot = null;
    },
    add: (message) => {
      const { at, show } = message as ShowMessage;
      if (show === null) return;
      const left = show.drops.reduce((sum, drop) => sum + drop.left, 0);
      points.push([at / 1_000, left, show.counters?.units_held ?? 0, show.counters?.units_sold ?? 0]);
      if (points.length > POINTS_MAX) points.shift();
      const data = [0, 1, 2, 3].map((column) => points.map((point) => point[column] ?? 0));
      const line = (label: string, ink: string, dash?: Array<number>): uPlot.Series => ({
        label,
        stroke: inkOf(place, ink),
        width: 2,
        points: { show: false },
        ...(dash === undefined ? {} : { dash }),
      });
      plot ??= plotIn(
        place,
        [line("Left", "soft", [2, 4]), line("On hold", "warn", [8, 4]), line("Sold", "kelp")],
        data as uPlot.AlignedData,
      );
      plot.setData(data as uPlot.AlignedData);
    },
  };
}
