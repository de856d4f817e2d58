import type { FC } from "hono/jsx";

/** Drawn on a grid of 20, with lines of the text's colour. */
const shapes = {
  pulse: "M2 11h3.5l2-6 4 11 2.5-8 1.5 3H18",
  bag: "M4 7h12l-1 10H5L4 7Zm3 0V5.5a3 3 0 0 1 6 0V7",
  boxes: "M3 11h6v6H3v-6Zm8 0h6v6h-6v-6ZM7 3h6v6H7V3Z",
  play: "M3 5h14v10H3V5Zm5.5 2.5v5l4-2.5-4-2.5Z",
  truck:
    "M2 5h9v9H2V5Zm9 3h4l3 3v3h-7M6 16.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Zm8 0a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Z",
  sliders: "M3 6h7m4 0h3M3 14h3m4 0h7M12 4v4M8 12v4",
} as const;
export type IconName = keyof typeof shapes;

/** Beside a label that says the same, so it is not read out. */
export const Icon: FC<{ name: IconName }> = ({ name }) => (
  <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
    <path
      d={shapes[name]}
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  </svg>
);
