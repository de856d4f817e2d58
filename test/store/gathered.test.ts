import { describe, expect, it } from "vitest";

import { gatherDatabase } from "../../src/db/gathered.ts";
import { nodeD1 } from "../support/node-d1.ts";

function harness() {
  const { d1, sqlite } = nodeD1();
  sqlite.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  const calls: Array<number> = [];
  const lost = { isNext: false };
  const counted = {
    prepare: (query: string) => d1.prepare(query),
    batch: async (statements: Array<D1PreparedStatement>) => {
      calls.push(statements.length);
      const results = await d1.batch(statements).catch((error: unknown) => {
        throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`);
      });
      if (!lost.isNext) return results;
      lost.isNext = false;
      throw new Error("D1_ERROR: Network connection lost.");
    },
  } as D1Database;
  const gathered = gatherDatabase(counted);
  const write = (id: number, text: string) =>
    gathered.batch([
      gathered.prepare("INSERT INTO note (id, text) VALUES (?1, ?2)").bind(id, text),
      gathered.prepare("SELECT iif(changes() > 0, 1, json('nothing changed')) AS changed"),
      gathered.prepare("SELECT text FROM note WHERE id = ?1").bind(id),
    ]);
  const ids = () =>
    sqlite
      .prepare("SELECT id FROM note ORDER BY id")
      .all()
      .map(({ id }) => id);
  return { gathered, write, ids, calls, lost };
}

describe("gathered database", () => {
  it("sends what is asked for while a call is under way in one call, and gives each caller its own answers", async () => {
    const { write, calls } = harness();
    const answers = await Promise.all([1, 2, 3, 4].map((id) => write(id, `note ${id}`)));
    expect(answers.map((results) => results.at(-1)?.results)).toEqual(
      [1, 2, 3, 4].map((id) => [{ text: `note ${id}` }]),
    );
    expect(calls).toEqual([3, 9]);
  });

  it("fails only the batch that cannot be written, and writes its neighbours", async () => {
    const { gathered, write, ids } = harness();
    await write(3, "there first");
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((id) => write(id, "note")));
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(ids()).toEqual([1, 2, 3, 4, 5]);
    const row = await gathered.prepare("SELECT text FROM note WHERE id = 3").first<{ text: string }>();
    expect(row?.text).toBe("there first");
  });

  it("repeats nothing where nobody knows whether it was written", async () => {
    const { write, ids, calls, lost } = harness();
    const first = write(1, "note");
    lost.isNext = true;
    const outcomes = await Promise.allSettled([first, write(2, "note"), write(3, "note")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(ids()).toEqual([1, 2, 3]);
    expect(calls).toEqual([3, 6]);
  });
});
