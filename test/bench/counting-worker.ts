import HoldfastWorker, {
  ConnectionDurableObject as RealConnectionDurableObject,
  GateDurableObject as RealGateDurableObject,
  OrderDeskDurableObject as RealOrderDeskDurableObject,
  SkuDurableObject as RealSkuDurableObject,
} from "../../src/worker/index.ts";
import { type Bill, emptyBill, tallyBindings, tallyStorage } from "./tally.ts";

/*
 * The engine with a tally of what the platform would bill, which `GET /bench/bill` tells. All objects live in one
 * isolate here, so they share it. Never part of a deployment.
 */
const bill: Bill = emptyBill();
const readers: Array<() => void> = [];

export class SkuDurableObject extends RealSkuDurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    readers.push(tallyStorage(ctx.storage, bill));
    super(ctx, tallyBindings(env, bill));
  }
}

export class OrderDeskDurableObject extends RealOrderDeskDurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    readers.push(tallyStorage(ctx.storage, bill));
    super(ctx, tallyBindings(env, bill));
  }
}

export class GateDurableObject extends RealGateDurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    readers.push(tallyStorage(ctx.storage, bill));
    super(ctx, tallyBindings(env, bill));
  }
}

export class ConnectionDurableObject extends RealConnectionDurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, tallyBindings(env, bill));
  }
}

export default class CountingWorker extends HoldfastWorker {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, tallyBindings(env, bill));
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/bench/bill") {
      bill.workerRequests += 1;
      return super.fetch(request);
    }
    for (const read of readers) read();
    return Response.json(bill);
  }
}
