/** A statement of one group is one of D1's work units; a group this size takes it some tens of milliseconds. */
const STATEMENTS_MAX = 300;

type Waiting = {
  readonly statements: ReadonlyArray<D1PreparedStatement>;
  readonly resolve: (results: Array<D1Result>) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * D1 for work that does many things side by side: what is asked for while a call is under way goes together in the
 * next one. The database pays for a call and for a transaction, not for what is in it, so fifty steps of fifty orders
 * cost little more than one.
 *
 * Each caller's statements stay together and in their order, so `changes()` means what it meant; where one of them
 * fails, the group is undone and the halves are tried, until the failing batch fails alone. Only for use within one
 * invocation: a Worker may not resolve a promise of another request.
 */
export function gatherDatabase(d1: D1Database): D1Database {
  const gathering = new Gathering(d1);
  return {
    prepare: (query: string) => new GatheredStatement(d1.prepare(query), gathering),
    batch: (statements: Array<D1PreparedStatement>) => gathering.submit(statements.map(bare)),
    exec: (query: string) => d1.exec(query),
    withSession: (...bookmark: Parameters<D1Database["withSession"]>) => d1.withSession(...bookmark),
  } as Pick<D1Database, "prepare" | "batch" | "exec" | "withSession"> as D1Database;
}

class Gathering {
  readonly #d1: D1Database;
  #queue: Array<Waiting> = [];
  #isUnderWay = false;

  constructor(d1: D1Database) {
    this.#d1 = d1;
  }

  submit(statements: ReadonlyArray<D1PreparedStatement>): Promise<Array<D1Result>> {
    const results = new Promise<Array<D1Result>>((resolve, reject) => {
      this.#queue.push({ statements, resolve, reject });
    });
    if (!this.#isUnderWay) void this.#drain();
    return results;
  }

  async #drain(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#queue.length > 0) await this.#run(this.#takeGroup());
    this.#isUnderWay = false;
  }

  #takeGroup(): Array<Waiting> {
    let count = 0;
    let statements = 0;
    for (const waiting of this.#queue) {
      statements += waiting.statements.length;
      if (count > 0 && statements > STATEMENTS_MAX) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #run(group: ReadonlyArray<Waiting>): Promise<void> {
    try {
      const results = await this.#d1.batch(group.flatMap(({ statements }) => statements));
      let at = 0;
      for (const { statements, resolve } of group) resolve(results.slice(at, (at += statements.length)));
    } catch (error) {
      if (group.length > 1 && isRolledBack(error)) {
        const half = Math.ceil(group.length / 2);
        await this.#run(group.slice(0, half));
        await this.#run(group.slice(half));
        return;
      }
      for (const { reject } of group) reject(error);
    }
  }
}

/** Whether SQLite refused a statement. After any other failure nobody knows what was written. */
function isRolledBack(error: unknown): boolean {
  return error instanceof Error && /SQLITE_(ERROR|CONSTRAINT|MISMATCH|TOOBIG)/.test(error.message);
}

class GatheredStatement implements D1PreparedStatement {
  readonly statement: D1PreparedStatement;
  readonly #gathering: Gathering;

  constructor(statement: D1PreparedStatement, gathering: Gathering) {
    this.statement = statement;
    this.#gathering = gathering;
  }

  bind(...values: Array<unknown>): D1PreparedStatement {
    return new GatheredStatement(this.statement.bind(...values), this.#gathering);
  }

  async run<Row = Record<string, unknown>>(): Promise<D1Result<Row>> {
    const [result] = await this.#gathering.submit([this.statement]);
    return result as D1Result<Row>;
  }

  all<Row = Record<string, unknown>>(): Promise<D1Result<Row>> {
    return this.run();
  }

  async first<Value = unknown>(column?: string): Promise<Value | null> {
    const { results } = await this.run<Record<string, unknown>>();
    const [row] = results;
    if (row === undefined) return null;
    return (column === undefined ? row : row[column]) as Value;
  }

  // Two columns of one name are told apart only here, so these go alone.
  raw(...options: Array<never>): Promise<never> {
    return (this.statement.raw as (...given: Array<never>) => Promise<never>)(...options);
  }
}

function bare(statement: D1PreparedStatement): D1PreparedStatement {
  return statement instanceof GatheredStatement ? statement.statement : statement;
}
