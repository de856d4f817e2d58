import { insertMany, type Db } from "./client.ts";
import { deadLetter } from "./schema/platform.ts";

/** Keeps a message that could not be handled. The first account of it stays; repeats change nothing. */
export async function keepDeadLetter(db: Db, row: typeof deadLetter.$inferInsert): Promise<void> {
  await insertMany(db, deadLetter, [row], "nothing").run();
}
