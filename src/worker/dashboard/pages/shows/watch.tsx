import type { FC } from "hono/jsx";

import type { LiveHoldView } from "../../../../contract/holds.ts";
import {
  showOperations,
  type CountersView,
  type DropView,
  type ShowView,
} from "../../../../contract/shows.ts";
import { SharesChart } from "../../components/chart.tsx";
import { Confirm, Form } from "../../components/form.tsx";
import { LiveState } from "../../components/live.tsx";
import { Badge, Empty, Figure, Figures, Time } from "../../components/show.tsx";
import { Table } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import { ShowReader } from "../../show-reader.ts";
import type { View } from "../../view.ts";
import { showPath, statusTone } from "./list.tsx";

/** A show while it runs, and what became of it afterwards. */
export async function watchShow(view: View): Promise<Shown> {
  const code = view.params["code"] ?? "";
  const read = await view.ask(showOperations.getShow, { params: { code } });
  if (!read.ok) return { problem: read.error };
  const show = read.value;
  const { holds } = await new ShowReader(view.services).read(show.code, view.nowMs);
  const isOver = show.status === "closed";
  return {
    title: show.title,
    body: (
      <div {...(isOver ? {} : { "data-board": `/admin/live/shows/${encodeURIComponent(show.code)}` })}>
        <p class="row">
          <span data-live-badge="show.status">
            <Badge status={show.status} tone={statusTone(show.status)} />
          </span>
          <code>{show.code}</code>
          <span class="soft">
            {isOver ? "ended " : show.status === "open" ? "opened " : "opens "}
            <Time at={isOver ? (show.closed_at ?? show.ends_at) : (show.opened_at ?? show.starts_at)} />
          </span>
          {isOver ? null : <LiveState />}
        </p>
        <Actions view={view} show={show} />
        <ShowFigures counters={show.counters} drops={show.drops} />
        {isOver ? null : (
          <section class="card" aria-labelledby="course">
            <h2 id="course">Units over time</h2>
            <div class="plot" data-plot="show">
              <p class="soft">Drawn from the moment this page was opened, while it is connected.</p>
            </div>
          </section>
        )}
        <Drops drops={show.drops} />
        {isOver ? <Report counters={show.counters} /> : <LiveHolds holds={holds} />}
      </div>
    ),
  };
}

const Actions: FC<{ view: View; show: ShowView }> = ({ view, show }) => {
  if (!view.can("shows:write") || show.status === "closed") return null;
  const path = showPath(show.code);
  const undrawn = show.drops.filter(({ policy, drawn_at }) => policy === "lottery" && drawn_at === null);
  return (
    <div class="row">
      {show.status === "scheduled" ? (
        <Form view={view} action={`${path}/open`}>
          <button class="main">Open it now</button>
        </Form>
      ) : null}
      {show.status === "open" && undrawn.length > 0 ? (
        <Confirm label="Draw">
          <p>Entries for {undrawn.map(({ sku }) => sku).join(", ")} end, and the ranks are drawn for good.</p>
          <Form view={view} action={`${path}/draw`}>
            <button class="main">End the entries and draw</button>
          </Form>
        </Confirm>
      ) : null}
      <a class="button" href={`${path}/edit`}>
        Change
      </a>
      <Confirm label="Close" tone="danger">
        <p>
          What is left is for everybody, and whoever waits in line has left. Holds stay and can be paid for. A
          closed show stays closed.
        </p>
        <Form view={view} action={`${path}/close`}>
          <button class="danger">Close {show.title}</button>
        </Form>
      </Confirm>
    </div>
  );
};

const ShowFigures: FC<{ counters: CountersView | undefined; drops: ReadonlyArray<DropView> }> = ({
  counters,
  drops,
}) => {
  if (counters === undefined) return null;
  const left = drops.reduce((sum, drop) => sum + drop.left, 0);
  const fairness = drops.flatMap((drop) => drop.fairness ?? []);
  return (
    <Figures label="Figures of the show">
      <Figure
        id="left"
        label="Left"
        value={left}
        live="sum:show.drops.left"
        how="Units that could be held at this moment: those fenced in, less those held and sold, summed over all drops."
      />
      <Figure
        id="held"
        label="On hold"
        value={counters.units_held}
        live="count:show.counters.units_held"
        how="Units in holds that are neither paid for nor ended. The list below has those that end soonest."
        href="#holds"
      />
      <Figure
        id="sold"
        label="Sold"
        value={counters.units_sold}
        live="count:show.counters.units_sold"
        how={`Units in holds that became orders. ${counters.paid} holds were paid for when this page was made.`}
      />
      <Figure
        id="claims"
        label="Claims"
        value={counters.claims}
        live="count:show.counters.claims"
        how="Claims that were decided, refused ones included. Repeats of a claim are the same claim."
      />
      <Figure
        id="recycled"
        label="Came back"
        value={counters.units_recycled}
        live="count:show.counters.units_recycled"
        how="Units of holds that expired or were let go, and of canceled orders: they could be had again."
      />
      <Figure
        id="waiting"
        label="In line"
        value={counters.waiting}
        live="count:show.counters.waiting"
        how="Buyers who stand in line, or have entered a lottery, and were offered nothing yet."
      />
      <Figure
        id="refused"
        label="Refused"
        value={counters.refused_sold_out + counters.refused_limit}
        live="plus:show.counters.refused_sold_out,show.counters.refused_limit"
        how="Claims that got nothing: because everything was gone, or the buyer's limit was reached."
      />
      <Figure
        id="fairness"
        label="Fairness"
        value={fairness.length === 0 ? "–" : Math.min(...fairness).toFixed(3)}
        live="min:show.drops.fairness"
        how="Kendall's τ between the order in which claims arrived and in which they were awarded. 1 is first come, first served; of several drops, the least. Counted again every half a minute."
      />
      <Figure
        id="oversold"
        label="Oversold"
        value={counters.oversold}
        live="count:show.counters.oversold"
        tone={counters.oversold === 0 ? "good" : "bad"}
        how="Units held or sold beyond those that were there. Anything but 0 is a fault of the engine."
      />
    </Figures>
  );
};

const Drops: FC<{ drops: ReadonlyArray<DropView> }> = ({ drops }) => (
  <section class="card" aria-labelledby="drops">
    <h2 id="drops">Drops</h2>
    {drops.map((drop, index) => (
      <SharesChart
        label={drop.sku}
        total={drop.quantity ?? 0}
        live={`show.drops.${index}`}
        shares={[
          { label: "sold", value: drop.counters?.units_sold ?? 0, path: "counters.units_sold", kind: "sold" },
          {
            label: "on hold",
            value: drop.counters?.units_held ?? 0,
            path: "counters.units_held",
            kind: "held",
          },
          { label: "left", value: drop.left, path: "left", kind: "left" },
        ]}
      />
    ))}
    <Table
      caption="Drops of the show"
      columns={[
        { label: "SKU", cell: ({ sku }) => <code>{sku}</code> },
        { label: "State", cell: ({ status }) => <Badge status={status} tone={statusTone(status)} /> },
        { label: "Given away", cell: ({ policy }) => policy.replaceAll("_", " ") },
        { label: "Opens", cell: ({ opens_at }) => <Time at={opens_at} /> },
        { label: "Units", cell: ({ quantity }) => quantity ?? "–", isNumber: true },
        { label: "Left", cell: ({ left }) => left, isNumber: true },
        { label: "On hold", cell: ({ counters }) => counters?.units_held ?? "–", isNumber: true },
        { label: "Sold", cell: ({ counters }) => counters?.units_sold ?? "–", isNumber: true },
        { label: "In line", cell: ({ counters }) => counters?.waiting ?? "–", isNumber: true },
      ]}
      rows={drops}
      live={{
        rows: "show.drops",
        cells: [
          "code:sku",
          "badge:status",
          "words:policy",
          "time:opens_at",
          "count:quantity",
          "count:left",
          "count:counters.units_held",
          "count:counters.units_sold",
          "count:counters.waiting",
        ],
      }}
    />
  </section>
);

const LiveHolds: FC<{ holds: ReadonlyArray<LiveHoldView> }> = ({ holds }) => (
  <section class="card" aria-labelledby="holds">
    <h2 id="holds">Live holds, soonest to end first</h2>
    <Table
      caption="Live holds of the show"
      isDense
      columns={[
        { label: "Buyer", cell: ({ buyer }) => <code>{buyer}</code> },
        { label: "SKU", cell: ({ sku }) => <code>{sku}</code> },
        { label: "Units", cell: ({ quantity }) => quantity, isNumber: true },
        { label: "State", cell: ({ status }) => <Badge status={status} /> },
        { label: "Ends", cell: ({ ends_at }) => <Time at={ends_at} />, isNumber: true },
      ]}
      rows={holds}
      live={{
        rows: "holds",
        cells: ["code:buyer", "code:sku", "count:quantity", "badge:status", "countdown:ends_at"],
      }}
    />
    <div data-empty="holds" hidden={holds.length > 0}>
      <Empty title="Nothing is on hold">
        <p>What buyers claim appears here, with the time they have left to pay.</p>
      </Empty>
    </div>
  </section>
);

const Report: FC<{ counters: CountersView | undefined }> = ({ counters }) =>
  counters === undefined ? null : (
    <section class="card" aria-labelledby="report">
      <h2 id="report">Report</h2>
      <dl class="facts">
        <dt>Sold out</dt>
        <dd>
          {counters.sold_out_at === null ? (
            "no"
          ) : (
            <>
              <Time at={counters.sold_out_at} />
              {counters.seconds_to_sell_out === null
                ? ""
                : `, ${counters.seconds_to_sell_out.toFixed(1)} s after it opened`}
            </>
          )}
        </dd>
        <dt>Claims that became holds</dt>
        <dd>{shareText(counters.claim_to_hold, counters.holds, counters.claims)}</dd>
        <dt>Holds that were paid</dt>
        <dd>{shareText(counters.hold_to_paid, counters.paid, counters.holds)}</dd>
        <dt>Holds that expired</dt>
        <dd>{counters.expired}</dd>
        <dt>Holds that were let go</dt>
        <dd>{counters.released}</dd>
        <dt>Refused because sold out</dt>
        <dd>{counters.refused_sold_out}</dd>
        <dt>Refused by the limit</dt>
        <dd>{counters.refused_limit}</dd>
        <dt>Ever in line</dt>
        <dd>{counters.waitlisted}</dd>
        <dt>Offers, and those that lapsed</dt>
        <dd>
          {counters.offers}, {counters.lapsed_offers}
        </dd>
        <dt>Oversold</dt>
        <dd>{counters.oversold}</dd>
      </dl>
    </section>
  );

function shareText(share: number | null, part: number, whole: number): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} % (${part} of ${whole})`;
}
