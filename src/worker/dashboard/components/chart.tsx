import type { FC } from "hono/jsx";

const WIDTH = 640;
const HEIGHT = 160;
const LEFT = 36;
const BOTTOM = 20;

export type Bar = { readonly label: string; readonly value: number };

/**
 * Bars over time, drawn on the server: it needs no script, and prints.
 *
 * @param summary - What the picture says, for who does not see it.
 */
export const BarChart: FC<{ id: string; bars: ReadonlyArray<Bar>; summary: string; caption: string }> = ({
  id,
  bars,
  summary,
  caption,
}) => {
  const top = Math.max(1, ...bars.map(({ value }) => value));
  const step = (WIDTH - LEFT) / Math.max(1, bars.length);
  const plotHeight = HEIGHT - BOTTOM - 8;
  return (
    <figure id={id}>
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
        {[0, 0.5, 1].map((share) => {
          const y = 8 + plotHeight * (1 - share);
          return (
            <>
              <line class="axis" x1={LEFT} x2={WIDTH} y1={y} y2={y} />
              <text x={LEFT - 6} y={y + 4} text-anchor="end">
                {Number.isInteger(top * share) ? top * share : ""}
              </text>
            </>
          );
        })}
        {bars.map(({ label, value }, index) => {
          const height = (value / top) * plotHeight;
          return (
            <rect
              class="bar"
              x={(LEFT + index * step + step * 0.12).toFixed(1)}
              y={(8 + plotHeight - height).toFixed(1)}
              width={(step * 0.76).toFixed(1)}
              height={height.toFixed(1)}
              rx="1.5"
            >
              <title>{`${label}: ${value}`}</title>
            </rect>
          );
        })}
        <text x={LEFT} y={HEIGHT - 4}>
          {bars[0]?.label ?? ""}
        </text>
        <text x={WIDTH} y={HEIGHT - 4} text-anchor="end">
          {bars.at(-1)?.label ?? ""}
        </text>
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  );
};

/**
 * The parts of a whole as one bar.
 *
 * @param live - On a page with a board: where the whole is in what is told.
 */
export const SharesChart: FC<{
  label: string;
  total: number;
  shares: ReadonlyArray<{ label: string; value: number; path: string; kind: "sold" | "held" | "left" }>;
  live?: string;
}> = ({ label, total, shares, live }) => {
  let x = 0;
  const parts = shares.map((share) => {
    const start = x;
    x += total === 0 ? 0 : (share.value / total) * WIDTH;
    return { ...share, start, width: x - start };
  });
  return (
    <figure class="shares">
      <figcaption>
        <code>{label}</code>
        {shares.map((share) => (
          <span class={`key ${share.kind}`}>{share.label}</span>
        ))}
      </figcaption>
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} 14`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${shares.map((share) => `${share.value} ${share.label}`).join(", ")}, of ${total}`}
        {...(live === undefined ? {} : { "data-live-shares": live, "data-width": WIDTH })}
      >
        <rect class="whole" x="0" y="0" width={WIDTH} height="14" />
        {parts.map((part) => (
          <rect
            class={part.kind}
            data-share={part.path}
            x={part.start}
            y="0"
            width={part.width}
            height="14"
          />
        ))}
      </svg>
    </figure>
  );
};
