import { objectName } from "../../src/durable-objects/shared/object-name.ts";
import HoldfastWorker, { SkuDurableObject as RealSkuDurableObject } from "../../src/worker/index.ts";

export {
  ConnectionDurableObject,
  GateDurableObject,
  OrderDeskDurableObject,
} from "../../src/worker/index.ts";

export type WriteCounts = { readonly rows: number; readonly alarms: number };

/** The object of a SKU, with a tally of what the platform would bill. Never part of a deployment. */
export class SkuDurableObject extends RealSkuDurableObject {
  readonly #countWrites: () => WriteCounts;

  constructor(ctx: DurableObjectState, env: Env) {
    const countWrites = tally(ctx.storage);
    super(ctx, env);
    this.#countWrites = countWrites;
  }

  countWrites(): WriteCounts {
    return this.#countWrites();
  }
}

/** A cursor knows what it wrote only once it was read to its end, so the cursors are kept and asked later. */
function tally(storage: DurableObjectStorage): () => WriteCounts {
  const cursors: Array<{ readonly rowsWritten: number }> = [];
  let alarms = 0;
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
      alarms += 1;
      return setAlarm(at);
    },
  });
  return () => ({ rows: cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0), alarms });
}

export default class CountingWorker extends HoldfastWorker {
  override async fetch(request: Request): Promise<Response> {
    const sku = /^\/bench\/writes\/(.+)$/.exec(new URL(request.url).pathname)?.[1];
    if (sku === undefined) return super.fetch(request);
    const namespace = this.env.SKU as unknown as DurableObjectNamespace<SkuDurableObject>;
    return Response.json(await namespace.getByName(objectName("sku", sku)).countWrites());
  }
}
