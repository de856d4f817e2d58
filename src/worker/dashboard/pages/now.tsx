import { countOrdersByMinute, readNowFigures } from "../../../db/now-board.ts";
import { BarChart, type Bar } from "../components/chart.tsx";
import { Empty, Figure, Figures } from "../components/show.tsx";
import { Table } from "../components/table.tsx";
import type { Shown } from "../serve.tsx";
import type { View } from "../view.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** What is going on at this moment. */
export async function showNow(view: View): Promise<Shown> {
  const { db } = view.services;
  const sinceMs = Math.floor(view.nowMs / MINUTE_MS) * MINUTE_MS - (MINUTES - 1) * MINUTE_MS;
  const [figures, byMinute] = await Promise.all([
    readNowFigures(db, view.nowMs),
    countOrdersByMinute(db, sinceMs),
  ]);
  const bars = minuteBars(byMinute, sinceMs);
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const waiting = figures.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  return {
    title: "Now",
    body: (
      <>
        <Figures label="At this moment">
          <Figure
            id="orders-minute"
            label="Orders in the last minute"
            value={bars.at(-2)?.value ?? 0}
            how="Orders whose time of placement lies in the last whole minute."
          />
          <Figure
            id="orders-hour"
            label="Orders in the last hour"
            value={total}
            how="The sum of the bars below: orders placed in the last 60 minutes, canceled ones too."
          />
          <Figure
            id="held"
            label="Units on hold"
            value={figures.heldUnits}
            how="Units set aside by live holds, summed over all SKUs, as their objects last told the projection."
          />
          <Figure
            id="waiting"
            label="Messages waiting"
            value={waiting}
            {...(figures.oldestMessageSeconds > 120 ? { tone: "warn" as const } : {})}
            how={`Rows of the outbox: committed, and not yet handled by their queue. The oldest is ${figures.oldestMessageSeconds} s old.`}
          />
          <Figure
            id="dead"
            label="Dead letters"
            value={figures.deadLetters}
            {...(figures.deadLetters > 0 ? { tone: "bad" as const } : {})}
            how="Messages that were given up after their last attempt and not replayed since."
          />
          <Figure
            id="exceptions"
            label="Open exceptions"
            value={figures.openExceptions}
            {...(figures.openExceptions > 0 ? { tone: "warn" as const } : {})}
            how="What stopped until a person looks at it, and has not been resolved."
          />
        </Figures>
        <section class="card">
          <h2>Orders by minute</h2>
          <BarChart
            id="orders-chart"
            bars={bars}
            summary={`Orders by minute over the last hour: ${total} in all, at most ${Math.max(...bars.map(({ value }) => value))} in a minute.`}
            caption="Orders by the minute they were placed in, over the last hour. The last bar is still growing."
          />
        </section>
        <section class="card">
          <h2>Selling</h2>
          {figures.selling.length === 0 ? (
            <Empty title="Nothing sold within the last hour">
              <p>What is ordered, or stands in an open show, appears here with what is left of it.</p>
            </Empty>
          ) : (
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
            />
          )}
        </section>
      </>
    ),
  };
}

function minuteBars(byMinute: ReadonlyMap<number, number>, sinceMs: number): ReadonlyArray<Bar> {
  return Array.from({ length: MINUTES }, (_, index) => {
    const minuteMs = sinceMs + index * MINUTE_MS;
    return { label: new Date(minuteMs).toISOString().slice(11, 16), value: byMinute.get(minuteMs) ?? 0 };
  });
}
