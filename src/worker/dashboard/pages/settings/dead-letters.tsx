import type { Hono } from "hono";

import { platformOperations, type DeadLetterView } from "../../../../contract/platform.ts";
import type { AppEnv } from "../../../app.ts";
import { Confirm, Form } from "../../components/form.tsx";
import { Badge, Empty, Time } from "../../components/show.tsx";
import { Pager, Table } from "../../components/table.tsx";
import { done, failed, serveAction, servePage, type Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { SettingsTabs } from "./tabs.tsx";

const PATH = "/admin/settings/dead-letters";

export function registerDeadLetters(app: Hono<AppEnv>): void {
  servePage(app, PATH, "ops:read", showDeadLetters);
  serveAction(app, `${PATH}/:id/replay`, "ops:write", async (view, _, key) => {
    const id = view.params["id"] ?? "";
    const replayed = await view.ask(platformOperations.replayDeadLetter, { params: { id }, key });
    if (!replayed.ok) return failed(PATH, replayed.error);
    return done(PATH, `The message went back to ${replayed.value.queue}.`);
  });
}

async function showDeadLetters(view: View): Promise<Shown> {
  const cursor = view.query("cursor");
  const list = await view.ask(platformOperations.listDeadLetters, { query: { limit: 25, cursor } });
  if (!list.ok) return { problem: list.error };
  const { data, next_cursor: nextCursor } = list.value;
  return {
    title: "Dead letters",
    body: (
      <>
        <SettingsTabs view={view} />
        <p class="lead">
          Messages that failed as often as their queue allows. Mend what stood in the way, then send them
          back: whatever they did already is not done twice.
        </p>
        {data.length === 0 ? (
          <Empty title="No dead letters">
            <p>Every message was handled.</p>
          </Empty>
        ) : (
          <Table
            caption="Dead letters, newest first"
            columns={[
              { label: "Given up", cell: ({ received_at }) => <Time at={received_at} /> },
              { label: "Queue", cell: ({ queue }) => queue },
              { label: "What failed", cell: (letter) => <Letter letter={letter} /> },
              { label: "Attempts", cell: ({ attempts }) => attempts, isNumber: true },
              { label: "State", cell: (letter) => <State view={view} letter={letter} /> },
            ]}
            rows={data}
          />
        )}
        <Pager path={view.path} nextCursor={nextCursor} />
      </>
    ),
  };
}

const Letter = ({ letter }: { letter: DeadLetterView }) => (
  <details>
    <summary>{letter.error}</summary>
    <pre tabindex={0}>{JSON.stringify(letter.body, null, 2)}</pre>
  </details>
);

const State = ({ view, letter }: { view: View; letter: DeadLetterView }) => {
  if (letter.replayed_at !== null) return <Badge status="replayed" tone="good" />;
  if (!view.can("ops:write")) return <Badge status="waiting" />;
  return (
    <Confirm label="Replay">
      <p>The message is sent back to {letter.queue} and handled like a new one.</p>
      <Form view={view} action={`${PATH}/${letter.id}/replay`}>
        <button class="main small">Send it back</button>
      </Form>
    </Confirm>
  );
};
