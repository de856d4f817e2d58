import type { Sku } from "../../domain/brand.ts";
import type { SkuPort } from "../../domain/inventory/sku-port.ts";
import { callObject } from "../shared/call.ts";
import { objectName } from "../shared/object-name.ts";
import { readOutcomes, writeClaims } from "./hold-text.ts";
import type { SkuDurableObject } from "./sku-do.ts";

type SkuStub = SkuPort & Pick<SkuDurableObject, "takeHoldsInText">;

/** The object of one SKU, from anywhere that has the bindings. Nothing is sent until a method is called. */
export function skuClient(env: Pick<Env, "SKU" | "HOLDFAST_JURISDICTION">, sku: Sku): SkuPort {
  const jurisdiction = env.HOLDFAST_JURISDICTION as string;
  const namespace =
    jurisdiction === "" ? env.SKU : env.SKU.jurisdiction(jurisdiction as DurableObjectJurisdiction);
  // The class implements SkuPort; only the disposers that RPC adds to each reply's type are dropped here.
  const stub = () => namespace.getByName(objectName("sku", sku)) as unknown as SkuStub;
  return {
    configure: (command) => callObject(() => stub().configure(command)),
    takeHolds: async (claims) => {
      const text = writeClaims(claims);
      return readOutcomes(await callObject(() => stub().takeHoldsInText(text)), claims, sku);
    },
    readHold: (key) => callObject(() => stub().readHold(key)),
    liveHolds: (asked) => callObject(() => stub().liveHolds(asked)),
    releaseHold: (key) => callObject(() => stub().releaseHold(key)),
    extendHold: (key, ttlSeconds) => callObject(() => stub().extendHold(key, ttlSeconds)),
    startPaying: (key, orderId, storing) => callObject(() => stub().startPaying(key, orderId, storing)),
    stopPaying: (key, orderId) => callObject(() => stub().stopPaying(key, orderId)),
    convertHold: (key, orderId, storing) => callObject(() => stub().convertHold(key, orderId, storing)),
    commit: (command) => callObject(() => stub().commit(command)),
    releaseOrder: (command) => callObject(() => stub().releaseOrder(command)),
    changeOrder: (command) => callObject(() => stub().changeOrder(command)),
    allocate: (command) => callObject(() => stub().allocate(command)),
    deallocate: (command) => callObject(() => stub().deallocate(command)),
    ship: (command) => callObject(() => stub().ship(command)),
    move: (commands) => callObject(() => stub().move(commands)),
    setSafetyStock: (location, quantity) => callObject(() => stub().setSafetyStock(location, quantity)),
    putDrop: (command) => callObject(() => stub().putDrop(command)),
    closeDrop: (show) => callObject(() => stub().closeDrop(show)),
    drawDrop: (show) => callObject(() => stub().drawDrop(show)),
    readDrop: (show, detail) => callObject(() => stub().readDrop(show, detail)),
    readDraw: (show, page) => callObject(() => stub().readDraw(show, page)),
    secureHold: (key) => callObject(() => stub().secureHold(key)),
    joinWaitlist: (command) => callObject(() => stub().joinWaitlist(command)),
    leaveWaitlist: (key) => callObject(() => stub().leaveWaitlist(key)),
    readWaitlist: (key) => callObject(() => stub().readWaitlist(key)),
    watch: (gate) => callObject(() => stub().watch(gate)),
    unwatch: (gate) => callObject(() => stub().unwatch(gate)),
    stock: () => callObject(() => stub().stock()),
    movements: (page) => callObject(() => stub().movements(page)),
    latestMovements: (page) => callObject(() => stub().latestMovements(page)),
    sweep: (command) => callObject(() => stub().sweep(command)),
  };
}
