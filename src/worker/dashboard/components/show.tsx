import type { Child, FC } from "hono/jsx";

/** A moment, in UTC, exact for machines. Empty shows a dash. */
export const Time: FC<{ at: string | number | null | undefined }> = ({ at }) => {
  if (at === null || at === undefined) return <span class="none">–</span>;
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>;
};

function countText(value: number): string {
  return value.toLocaleString("en");
}

const tones = {
  good: new Set([
    "open",
    "placed",
    "completed",
    "paid",
    "delivered",
    "fulfilled",
    "active",
    "closed_circuit",
    "shipped",
    "captured",
    "succeeded",
    "imported",
  ]),
  warn: new Set([
    "on_hold",
    "pending",
    "requires_action",
    "partially_paid",
    "half_open",
    "incomplete",
    "scheduled",
    "planned",
    "paused",
    "unpaid",
    "authorized",
    "waiting",
    "retrying",
  ]),
  bad: new Set([
    "failed",
    "canceled",
    "voided",
    "expired",
    "refused",
    "dead",
    "open_circuit",
    "revoked",
    "unmatched",
  ]),
};

/** A state in a word, in a colour that repeats what the word says. */
export const Badge: FC<{ status: string; tone?: "good" | "warn" | "bad" | "plain" }> = ({ status, tone }) => {
  const found =
    tone ??
    (Object.keys(tones) as Array<keyof typeof tones>).find((name) => tones[name].has(status)) ??
    "plain";
  return <span class={`badge ${found}`}>{status.replaceAll("_", " ")}</span>;
};

/** Nothing here yet, and what would put something here. */
export const Empty: FC<{ title: string; children?: Child }> = ({ title, children }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

/**
 * A number that says how it was computed, on hover and on focus, and leads to what is behind it.
 *
 * @param id - Unique on the page; a live page finds the value under it.
 */
export const Figure: FC<{
  id: string;
  label: string;
  value: string | number;
  unit?: string;
  how: string;
  href?: string;
  tone?: "good" | "warn" | "bad";
  /** More than this is an alarm, on a page with a board as soon as it is told. */
  alarm?: { readonly above: number; readonly tone: "warn" | "bad" };
  /** On a page with a board: how the value is computed from what is told, as `kind:path`. */
  live?: string;
}> = ({ id, label, value, unit, how, href, tone, alarm, live }) => {
  const shown = alarm !== undefined && Number(value) > alarm.above ? alarm.tone : tone;
  const content = (
    <>
      <span class="figure-label">{label}</span>
      <span class="figure-value">
        <span id={id} {...(live === undefined ? {} : { "data-live": live })}>
          {typeof value === "number" ? countText(value) : value}
        </span>
        {unit === undefined ? null : <small> {unit}</small>}
      </span>
    </>
  );
  return (
    <div
      class={shown === undefined ? "figure" : `figure ${shown}`}
      {...(alarm === undefined ? {} : { "data-alarm": `${alarm.above}:${alarm.tone}` })}
    >
      {href === undefined ? (
        <span class="figure-body" tabindex={0} role="group" aria-label={label} aria-describedby={`${id}-how`}>
          {content}
        </span>
      ) : (
        <a class="figure-body" href={href} aria-describedby={`${id}-how`}>
          {content}
        </a>
      )}
      <span class="how" role="tooltip" id={`${id}-how`}>
        {how}
      </span>
    </div>
  );
};

export const Figures: FC<{ label: string; children?: Child }> = ({ label, children }) => (
  <section class="figures" aria-label={label}>
    {children}
  </section>
);
