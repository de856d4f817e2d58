/** What the platform would bill for, as it happens in one isolate. */
export type Bill = {
  workerRequests: number;
  /** Calls on stubs; the output of a call may make more of them. */
  objectRequests: number;
  objectRowsWritten: number;
  /** Each is billed as a written row. */
  alarmsSet: number;
  databaseRowsWritten: number;
  databaseRowsRead: number;
  queueMessages: number;
};

export function emptyBill(): Bill {
  return {
    workerRequests: 0,
    objectRequests: 0,
    objectRowsWritten: 0,
    alarmsSet: 0,
    databaseRowsWritten: 0,
    databaseRowsRead: 0,
    queueMessages: 0,
  };
}

type Cursor = { readonly rowsWritten: number };

/** Counts what an object stores. A cursor knows what it wrote only once it was read to its end, so it is asked later. */
export function tallyStorage(storage: DurableObjectStorage, bill: Bill): () => void {
  let cursors: Array<Cursor> = [];
  const exec = storage.sql.exec.bind(storage.sql);
  const setAlarm = storage.setAlarm.bind(storage);
  Object.defineProperty(storage.sql, "exec", {
    value: (query: string, ...bindings: Array<unknown>) => {
      const cursor = exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    },
  });
  Object.defineProperty(storage, "setAlarm", {
    value: (at: number | Date) => {
      bill.alarmsSet += 1;
      return setAlarm(at);
    },
  });
  return () => {
    bill.objectRowsWritten += cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    cursors = [];
  };
}

/** The same bindings, counting. */
export function tallyBindings(env: Env, bill: Bill): Env {
  const counted: Record<string, unknown> = { ...env };
  counted["DB"] = tallyDatabase(env.DB, bill);
  for (const [name, binding] of Object.entries(env as unknown as Record<string, unknown>)) {
    // itty-durable accepts only the platform's own binding; what it keeps is not on the path of a hold or an order.
    if (name === "CONNECTION") continue;
    if (isNamespace(binding)) counted[name] = tallyNamespace(binding, bill);
    else if (isQueue(binding)) counted[name] = tallyQueue(binding, bill);
  }
  return counted as unknown as Env;
}

function isNamespace(binding: unknown): binding is DurableObjectNamespace {
  return typeof (binding as { getByName?: unknown } | null)?.getByName === "function";
}

function isQueue(binding: unknown): binding is Queue {
  return typeof (binding as { sendBatch?: unknown } | null)?.sendBatch === "function";
}

function tallyNamespace(namespace: DurableObjectNamespace, bill: Bill): unknown {
  return {
    getByName: (name: string) =>
      new Proxy(namespace.getByName(name), {
        get(stub, property) {
          // A stub answers to any name, so its members are called on it, not looked at.
          return (...args: ReadonlyArray<unknown>) => {
            bill.objectRequests += 1;
            return (stub as unknown as Record<PropertyKey, (...given: ReadonlyArray<unknown>) => unknown>)[
              property
            ]?.(...args);
          };
        },
      }),
  };
}

function tallyQueue(queue: Queue, bill: Bill): Pick<Queue, "send" | "sendBatch"> {
  return {
    send: (...given) => {
      bill.queueMessages += 1;
      return queue.send(...given);
    },
    sendBatch: (messages, options) => {
      const all = [...messages];
      bill.queueMessages += all.length;
      return queue.sendBatch(all, options);
    },
  };
}

const bare = Symbol("the statement itself");
type Meta = { readonly meta: { readonly rows_written: number; readonly rows_read: number } };

function tallyDatabase(database: D1Database, bill: Bill): D1Database {
  const note = <Answer>(answer: Answer): Answer => {
    const { meta } = answer as unknown as Meta;
    bill.databaseRowsWritten += meta.rows_written;
    bill.databaseRowsRead += meta.rows_read;
    return answer;
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, property) {
        if (property === bare) return target;
        if (property === "bind") return (...values: ReadonlyArray<unknown>) => wrap(target.bind(...values));
        if (property === "run" || property === "all") return async () => note(await target[property]());
        if (property === "first") return async () => note(await target.all()).results[0] ?? null;
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  return new Proxy(database, {
    get(target, property) {
      if (property === "prepare") return (query: string) => wrap(target.prepare(query));
      if (property === "batch") {
        return async (statements: ReadonlyArray<D1PreparedStatement & { [bare]?: D1PreparedStatement }>) =>
          (await target.batch(statements.map((statement) => statement[bare] ?? statement))).map(note);
      }
      return Reflect.get(target, property) as unknown;
    },
  });
}
