import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

/** A migrated database in memory that speaks as D1 does, so that queries run against real SQLite without workerd. */
export function nodeD1(): { readonly d1: D1Database; readonly sqlite: DatabaseSync } {
  const sqlite = new DatabaseSync(":memory:");
  for (const file of readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith(".sql"))
    .sort()) {
    const statements = readFileSync(path.join(MIGRATIONS, file), "utf8").split("--> statement-breakpoint");
    for (const statement of statements) sqlite.exec(statement);
  }
  return { d1: new NodeD1(sqlite) as unknown as D1Database, sqlite };
}

class NodeStatement {
  readonly #sqlite: DatabaseSync;
  readonly #query: string;
  readonly #bound: ReadonlyArray<unknown>;

  constructor(sqlite: DatabaseSync, query: string, bound: ReadonlyArray<unknown> = []) {
    this.#sqlite = sqlite;
    this.#query = query;
    this.#bound = bound;
  }

  bind(...bound: ReadonlyArray<unknown>): NodeStatement {
    return new NodeStatement(this.#sqlite, this.#query, bound);
  }

  execute() {
    const statement = this.#sqlite.prepare(this.#query);
    const before = this.#total();
    const results = statement.all(...(this.#bound as Array<SQLInputValue>));
    const changes = this.#total() - before;
    return { results: results as Array<Record<string, unknown>>, success: true, meta: { changes } };
  }

  #total(): number {
    return Number(this.#sqlite.prepare("SELECT total_changes() AS total").get()?.["total"]);
  }

  async first(column?: string): Promise<unknown> {
    const [row] = this.execute().results;
    if (row === undefined) return null;
    return column === undefined ? row : row[column];
  }

  async all() {
    return this.execute();
  }

  async run() {
    return this.execute();
  }

  async raw(): Promise<Array<Array<unknown>>> {
    const statement = this.#sqlite.prepare(this.#query);
    statement.setReturnArrays(true);
    return statement.all(...(this.#bound as Array<SQLInputValue>)) as unknown as Array<Array<unknown>>;
  }
}

class NodeD1 {
  readonly #sqlite: DatabaseSync;

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  prepare(query: string): NodeStatement {
    return new NodeStatement(this.#sqlite, query);
  }

  async batch(statements: ReadonlyArray<NodeStatement>) {
    this.#sqlite.exec("BEGIN");
    try {
      const answers = statements.map((statement) => statement.execute());
      this.#sqlite.exec("COMMIT");
      return answers;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    }
  }
}
