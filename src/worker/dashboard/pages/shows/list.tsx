import { showOperations } from "../../../../contract/shows.ts";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";

export async function showShows(view: View): Promise<Shown> {
  const list = await view.ask(showOperations.listShows, {
    query: { limit: 50, cursor: view.query("cursor") },
  });
  if (!list.ok) return { problem: list.error };
  const { data, next_cursor: nextCursor } = list.value;
  return {
    title: "Shows",
    body: (
      <>
        {view.can("shows:write") ? (
          <p>
            <a class="button main" href="/admin/shows/new">
              Set up a show
            </a>
          </p>
        ) : null}
        {data.length === 0 ? (
          <Empty title="No shows">
            <p>A show gives away so many units of some SKUs, by a rule, to a crowd that waits for them.</p>
          </Empty>
        ) : (
          <Table
            caption="Shows, by code"
            columns={[
              { label: "Title", cell: ({ code, title }) => <a href={showPath(code)}>{title}</a> },
              { label: "Code", cell: ({ code }) => <code>{code}</code> },
              { label: "State", cell: ({ status }) => <Badge status={status} tone={statusTone(status)} /> },
              { label: "Opens", cell: ({ opened_at, starts_at }) => <Time at={opened_at ?? starts_at} /> },
              { label: "Ends", cell: ({ closed_at, ends_at }) => <Time at={closed_at ?? ends_at} /> },
              {
                label: "Units",
                cell: ({ drops }) => drops.reduce((sum, { quantity }) => sum + quantity, 0),
                isNumber: true,
              },
              { label: "SKUs", cell: ({ drops }) => drops.map(({ sku }) => sku).join(", ") },
            ]}
            rows={data}
          />
        )}
        <Pager path={view.path} nextCursor={nextCursor} />
      </>
    ),
  };
}

export function showPath(code: string): string {
  return `/admin/shows/${encodeURIComponent(code)}`;
}

export function statusTone(status: "scheduled" | "open" | "closed"): "warn" | "good" | "plain" {
  if (status === "open") return "good";
  return status === "scheduled" ? "warn" : "plain";
}
