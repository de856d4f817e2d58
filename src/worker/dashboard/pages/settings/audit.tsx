import type { Hono } from "hono";

import { platformOperations } from "../../../../contract/platform.ts";
import type { AppEnv } from "../../../app.ts";
import { Field } from "../../components/form.tsx";
import { Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/audit";

export function registerAuditPages(app: Hono<AppEnv>): void {
  servePage(app, PATH, "ops:read", showAudit);
}

async function showAudit(view: View): Promise<Shown> {
  const subject = view.query("subject");
  const list = await view.ask(platformOperations.listAuditEntries, {
    query: { limit: 50, cursor: view.query("cursor"), subject },
  });
  if (!list.ok) return { problem: list.error };
  return {
    title: "Audit log",
    body: (
      <>
        <SettingsTabs view={view} />
        <p class="lead">Who changed what, newest first. Entries are only ever added.</p>
        <form class="filters" method="get" action={PATH} role="search">
          <Field
            label="What it was done to"
            name="subject"
            type="search"
            placeholder="order:ord_… or show:friday-live"
            value={subject ?? ""}
          />
          <button>Find</button>
        </form>
        {list.value.data.length === 0 ? (
          <Empty title="No entries">
            <p>{subject === undefined ? "Nothing was changed yet." : `Nothing was done to ${subject}.`}</p>
          </Empty>
        ) : (
          <Table
            caption="Entries of the audit log"
            columns={[
              { label: "When", cell: ({ at }) => <Time at={at} /> },
              { label: "Who", cell: ({ actor }) => <code>{actor}</code> },
              { label: "Did", cell: ({ action }) => action },
              {
                label: "To",
                cell: (entry) => (
                  <a href={`${PATH}?subject=${encodeURIComponent(entry.subject)}`}>
                    <code>{entry.subject}</code>
                  </a>
                ),
              },
              { label: "With", cell: ({ data }) => <Data data={data} /> },
            ]}
            rows={list.value.data}
          />
        )}
        <Pager path={view.path} nextCursor={list.value.next_cursor} />
      </>
    ),
  };
}

const Data = ({ data }: { data: Record<string, unknown> }) => {
  const text = JSON.stringify(data);
  if (text === "{}") return <span class="none">–</span>;
  return (
    <details>
      <summary>{Object.keys(data).join(", ")}</summary>
      <pre tabindex={0}>{JSON.stringify(data, null, 2)}</pre>
    </details>
  );
};
