/** Thrown by an injected fault: whoever catches it cannot know whether the call was carried out. */
export class InjectedFault extends Error {
  override readonly name = "InjectedFault";
}

export type FaultMode = "before" | "after";

/** Decides, call by call, what goes wrong. */
export type FaultPlan = {
  /** Asked once per call, with its name, e.g. `d1.batch`. */
  readonly next: (call: string) => FaultMode | null;
  /** Lets other work run before the call, so that interleavings vary. */
  readonly pause: () => Promise<void>;
};

export const NO_FAULTS: FaultPlan = { next: () => null, pause: () => Promise.resolve() };

/** Fails the n-th call (counted from one), before or after it is carried out. */
export function failNth(nth: number, mode: FaultMode): FaultPlan & { readonly calls: Array<string> } {
  const calls: Array<string> = [];
  return {
    calls,
    next: (call) => {
      calls.push(call);
      return calls.length === nth ? mode : null;
    },
    pause: () => Promise.resolve(),
  };
}

async function run<Value>(plan: FaultPlan, call: string, work: () => Promise<Value>): Promise<Value> {
  const mode = plan.next(call);
  await plan.pause();
  if (mode === "before") throw new InjectedFault(`${call}: before`);
  const value = await work();
  await plan.pause();
  if (mode === "after") throw new InjectedFault(`${call}: after`);
  return value;
}

/** The same port, failing as planned. Only for objects whose every function is asynchronous. */
export function faulty<Port extends object>(name: string, port: Port, plan: FaultPlan): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return (...args: ReadonlyArray<unknown>) =>
        run(
          plan,
          `${name}.${String(property)}`,
          () => Reflect.apply(member, target, args) as Promise<unknown>,
        );
    },
  });
}

const bare = Symbol("the statement itself");

/** D1, failing as planned: at every round trip, not at preparing. */
export function faultyD1(d1: D1Database, plan: FaultPlan): D1Database {
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, property) {
        if (property === bare) return target;
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== "function") return member;
        if (property === "bind") return (...values: ReadonlyArray<unknown>) => wrap(target.bind(...values));
        return (...args: ReadonlyArray<unknown>) =>
          run(plan, `d1.${String(property)}`, () => Reflect.apply(member, target, args) as Promise<unknown>);
      },
    });
  return new Proxy(d1, {
    get(target, property) {
      if (property === "prepare") return (query: string) => wrap(target.prepare(query));
      if (property === "batch") {
        return (statements: ReadonlyArray<D1PreparedStatement & { [bare]?: D1PreparedStatement }>) =>
          run(plan, "d1.batch", () =>
            target.batch(statements.map((statement) => statement[bare] ?? statement)),
          );
      }
      return Reflect.get(target, property) as unknown;
    },
  });
}
