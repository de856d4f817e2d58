import { openConnection } from "./connection.ts";
import { portOf, withEngine } from "./engines.ts";
import { HEADERS } from "./holdfast.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { openSocket } from "./socket.ts";

const ENTRY = "floor-worker.ts";

/** What the runtime does with a request that needs no thought. */
export function measureHttpFloor(visits: number, secondsMax: number): Promise<LoadResult> {
  return withEngine({ entry: ENTRY }, (engine) =>
    runLoad({
      open: () => openConnection(portOf(engine)),
      lanes: 256,
      visits,
      secondsMax,
      visit: async (connection, index) => {
        await connection.send(
          "POST",
          "/v1/holds",
          `${HEADERS}idempotency-key: f-${index}\r\n`,
          claimOf(index),
        );
        return { kind: "accepted", decisions: 1, accepted: 1 };
      },
    }),
  );
}

/** What the runtime does with a message on a hibernating socket that is only sent back. */
export function measureSocketFloor(visits: number, secondsMax: number): Promise<LoadResult> {
  return withEngine({ entry: ENTRY }, (engine) =>
    runLoad({
      open: async () => {
        let heard: (() => void) | null = null;
        const socket = await openSocket({
          port: portOf(engine),
          path: "/echo",
          headers: HEADERS,
          onText: () => heard?.(),
        });
        const ask = (text: string) =>
          new Promise<void>((resolve) => {
            heard = resolve;
            socket.send(text);
          });
        return { ...socket, ask };
      },
      lanes: 256,
      visits,
      secondsMax,
      visit: async (socket, index) => {
        await socket.ask(claimOf(index));
        return { kind: "accepted", decisions: 1, accepted: 1 };
      },
    }),
  );
}

/** As long as a hold's request. */
function claimOf(index: number): string {
  return JSON.stringify({ lines: [{ sku: "FLOOR", quantity: 1 }], buyer: `b-${index}`, ttl_seconds: 900 });
}
