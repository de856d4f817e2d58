import { callObject } from "../shared/call.ts";
import { objectName } from "../shared/object-name.ts";
import type { LiveBoard } from "./live-board.ts";
import { topicName, type BoardPort, type BoardTopic } from "./port.ts";

type Bindings = Pick<Env, "BOARD" | "HOLDFAST_JURISDICTION">;

/** The board of a topic. Nothing is sent until a method is called. */
export function boardClient(env: Bindings, topic: BoardTopic): BoardPort {
  return {
    open: () =>
      callObject(() => boardStub(env, topic).fetch("https://board/", { headers: { upgrade: "websocket" } })),
  };
}

/** Tells the board of what is going on how many sockets a gate has. */
export async function tellSockets(env: Bindings, gate: string, sockets: number): Promise<void> {
  await callObject(() => boardStub(env, { kind: "now" }).tellSockets({ gate, sockets }));
}

function boardStub(env: Bindings, topic: BoardTopic): DurableObjectStub<LiveBoard> {
  const jurisdiction = env.HOLDFAST_JURISDICTION as string;
  const boards =
    jurisdiction === "" ? env.BOARD : env.BOARD.jurisdiction(jurisdiction as DurableObjectJurisdiction);
  return boards.getByName(objectName("board", topicName(topic))) as unknown as DurableObjectStub<LiveBoard>;
}
