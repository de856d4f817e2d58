import { gateName, type Region } from "../../domain/live/gate-choice.ts";
import { callObject } from "../shared/call.ts";
import { objectName } from "../shared/object-name.ts";
import type { GateDurableObject } from "./gate-do.ts";
import { OPEN_SOCKET_HEADER, type GatePort } from "./port.ts";

/** Which gate is meant. */
export type GateAddress = {
  /** Null: the gates of the catalogue. */
  readonly show: string | null;
  readonly region: Region | null;
  /** The buyer, or whoever speaks for many. */
  readonly caller: string;
};

/** The gate that this caller goes through, for every tab and every retry. Nothing is sent until a method is called. */
export function gateClient(
  env: Pick<Env, "GATE" | "GATES_PER_REGION" | "HOLDFAST_JURISDICTION">,
  { show, region, caller }: GateAddress,
): GatePort {
  const name = objectName("gate", gateName(show, region, caller, gatesPerRegion(env)));
  const stub = () => gateNamed(env, name, region);
  return {
    takeHolds: (claims) => callObject(() => stub().takeHolds(claims)),
    open: (socket) =>
      callObject(() =>
        stub().fetch("https://gate/", {
          headers: { upgrade: "websocket", [OPEN_SOCKET_HEADER]: JSON.stringify(socket) },
        }),
      ),
  };
}

/** The gate of this name. Where the law says where objects stand, nobody is asked to put one near its callers. */
export function gateNamed(
  env: Pick<Env, "GATE" | "HOLDFAST_JURISDICTION">,
  name: string,
  region: Region | null = null,
): DurableObjectStub<GateDurableObject> {
  const jurisdiction = env.HOLDFAST_JURISDICTION as string;
  if (jurisdiction !== "") {
    return env.GATE.jurisdiction(jurisdiction as DurableObjectJurisdiction).getByName(name);
  }
  return env.GATE.getByName(name, region === null ? {} : { locationHint: region });
}

/** How many gates share the crowd of a region. */
export function gatesPerRegion(env: Pick<Env, "GATES_PER_REGION">): number {
  const gates = Number(env.GATES_PER_REGION);
  return Number.isInteger(gates) && gates > 0 ? gates : 1;
}
