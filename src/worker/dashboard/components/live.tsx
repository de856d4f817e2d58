import type { FC } from "hono/jsx";

/** Says whether what is shown is live. A script fills it, where there is one. */
export const LiveState: FC = () => <span class="live-state" data-live-state role="status"></span>;
