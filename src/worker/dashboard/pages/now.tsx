import { COUNTED_MAX } from "../../../db/now-board.ts";
import { BarChart } from "../components/chart.tsx";
import { LiveState } from "../components/live.tsx";
import { Empty, Figure, Figures } from "../components/show.tsx";
import { Table } from "../components/table.tsx";
import { NowReader, type NowBoard } from "../now-reader.ts";
import type { Shown } from "../serve.tsx";
import type { View } from "../view.ts";
import { showPath } from "./shows/list.tsx";

const MINUTE_MS = 60_000;
/** A message that waits for longer than this has been tried more than once. */
const OLD_SECONDS = 120;

/** What is going on at this moment. */
export async function showNow(view: View): Promise<Shown> {
  const board = await new NowReader(view.services.db).read(view.nowMs, null);
  return {
    title: "Now",
    body: (
      <div data-board="/admin/live/now">
        <p class="row">
          <LiveState />
          {board.figures.openShows.map(({ code, title }) => (
            <a href={showPath(code)}>{title} is open</a>
          ))}
        </p>
        <NowFigures board={board} />
        <OrdersByMinute board={board} />
        <Selling board={board} />
        <Queues board={board} />
      </div>
    ),
  };
}

const NowFigures = ({ board: { figures, minutes, sockets } }: { board: NowBoard }) => {
  const total = minutes.reduce((sum, orders) => sum + orders, 0);
  return (
    <Figures label="At this moment">
      <Figure
        id="orders-minute"
        label="Orders in the last minute"
        value={minutes.at(-2) ?? 0}
        live={`count:minutes.${minutes.length - 2}`}
        how="Orders whose time of placement lies in the last whole minute, canceled ones too."
      />
      <Figure
        id="orders-hour"
        label="Orders in the last hour"
        value={total}
        live="total:minutes"
        how="The sum of the bars below: orders placed in the last 60 minutes, canceled ones too."
        href="#by-minute"
      />
      <Figure
        id="held"
        label="Units on hold"
        value={figures.heldUnits}
        live="count:figures.heldUnits"
        how="Units set aside by live holds, summed over all SKUs, as their objects last told the projection."
        href="#selling"
      />
      <Figure
        id="sockets"
        label="Viewers connected"
        value={sockets ?? "–"}
        live="count:sockets"
        how="Live sockets of pages and servers, over all gates. Each gate tells how many it has within five seconds of a change."
      />
      <Figure
        id="waiting"
        label="Messages waiting"
        value={figures.queues.reduce((sum, { waiting }) => sum + waiting, 0)}
        live="sum:figures.queues.waiting"
        how={`Committed, and not yet handled by their queue; counted up to ${COUNTED_MAX.toLocaleString("en")}.`}
        href="#queues"
      />
      <Figure
        id="oldest"
        label="Oldest message"
        value={figures.oldestMessageSeconds}
        unit="s"
        live="count:figures.oldestMessageSeconds"
        alarm={{ above: OLD_SECONDS, tone: "warn" }}
        how="Age of the oldest message that waits. More than two minutes means that something does not go on."
      />
      <Figure
        id="dead"
        label="Dead letters"
        value={figures.deadLetters}
        live="count:figures.deadLetters"
        alarm={{ above: 0, tone: "bad" }}
        how="Messages that were given up after their last attempt, and not replayed since."
        href="/admin/settings/dead-letters"
      />
      <Figure
        id="exceptions"
        label="Open exceptions"
        value={figures.openExceptions}
        live="count:figures.openExceptions"
        alarm={{ above: 0, tone: "warn" }}
        how="What stopped until a person looks at it, and was not resolved."
      />
    </Figures>
  );
};

const OrdersByMinute = ({ board: { firstMinuteAt, minutes } }: { board: NowBoard }) => {
  const bars = minutes.map((value, index) => ({
    label: new Date(firstMinuteAt + index * MINUTE_MS).toISOString().slice(11, 16),
    value,
  }));
  const total = minutes.reduce((sum, orders) => sum + orders, 0);
  return (
    <section class="card" aria-labelledby="by-minute">
      <h2 id="by-minute">Orders by minute</h2>
      <div class="plot" data-plot="now">
        <BarChart
          id="orders-chart"
          bars={bars}
          summary={`Orders by minute over the last hour: ${total} in all, at most ${Math.max(...minutes)} in a minute.`}
          caption="By the minute they were placed in, over the last hour, in UTC. The last bar is still growing."
        />
      </div>
    </section>
  );
};

const Selling = ({ board: { figures } }: { board: NowBoard }) => (
  <section class="card" aria-labelledby="selling">
    <h2 id="selling">Selling</h2>
    <Table
      caption="SKUs that sell, most first"
      columns={[
        { label: "SKU", cell: ({ sku }) => <code>{sku}</code> },
        { label: "Title", cell: ({ title }) => title },
        { label: "Sold within the hour", cell: ({ sold }) => sold, isNumber: true },
        { label: "Available", cell: ({ available }) => available, isNumber: true },
        { label: "On hold", cell: ({ held }) => held, isNumber: true },
      ]}
      rows={figures.selling}
      live={{
        rows: "figures.selling",
        cells: ["code:sku", "text:title", "count:sold", "count:available", "count:held"],
      }}
    />
    <div data-empty="figures.selling" hidden={figures.selling.length > 0}>
      <Empty title="Nothing sold within the last hour">
        <p>What is ordered, or stands in an open show, appears here with what is left of it.</p>
      </Empty>
    </div>
  </section>
);

const Queues = ({ board: { figures } }: { board: NowBoard }) => (
  <section class="card" aria-labelledby="queues">
    <h2 id="queues">Queues</h2>
    <Table
      caption="Messages that wait, by queue"
      isDense
      columns={[
        { label: "Queue", cell: ({ queue }) => queue },
        { label: "Waiting", cell: ({ waiting }) => waiting, isNumber: true },
      ]}
      rows={figures.queues}
      live={{ rows: "figures.queues", cells: ["text:queue", "count:waiting"] }}
    />
    <div data-empty="figures.queues" hidden={figures.queues.length > 0}>
      <Empty title="Nothing waits">
        <p>What was committed is handled.</p>
      </Empty>
    </div>
  </section>
);
