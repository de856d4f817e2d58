import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { createApp } from "../../src/worker/app.ts";

const app = createApp();

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks into messages, and fails where they are not as it says
export type LiveMessage = any;

export type LiveClient = {
  /** Everything that came and was not taken out by `next`. */
  readonly inbox: ReadonlyArray<LiveMessage>;
  /** The next message that fits, taken out of the inbox; those before it stay. */
  readonly next: (fits: (message: LiveMessage) => boolean) => Promise<LiveMessage>;
  readonly ofType: (type: string) => Promise<LiveMessage>;
  /** Sends, and waits for the answer to this `ref`. */
  readonly ask: (message: object) => Promise<LiveMessage>;
  readonly send: (message: unknown) => void;
  readonly sendRaw: (message: string | ArrayBuffer) => void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly close: () => void;
};

export async function upgrade(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`https://holdfast.test${path}`, {
    headers: { upgrade: "websocket", ...headers },
  });
  return app.fetch(request, env, createExecutionContext());
}

let refs = 0;

/** A socket as a client has it. */
export async function openLive(path: string, headers: Record<string, string> = {}): Promise<LiveClient> {
  const response = await upgrade(path, headers);
  const { webSocket: ws } = response;
  if (ws === null) throw new Error(`not opened: ${response.status} ${await response.text()}`);
  const inbox: Array<LiveMessage> = [];
  const waiting = new Set<() => void>();
  ws.addEventListener("message", ({ data }) => {
    inbox.push(JSON.parse(data as string));
    for (const look of waiting) look();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  ws.accept();
  const next = (fits: (message: LiveMessage) => boolean) =>
    new Promise<LiveMessage>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`no such message among ${JSON.stringify(inbox).slice(0, 2_000)}`));
      }, 90_000);
      const look = () => {
        const index = inbox.findIndex(fits);
        if (index < 0) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve(inbox.splice(index, 1)[0]);
      };
      waiting.add(look);
      look();
    });
  const send = (message: unknown) => ws.send(JSON.stringify(message));
  return {
    inbox,
    next,
    ofType: (type) => next((message) => message.type === type),
    ask: (message) => {
      refs += 1;
      const ref = String(refs);
      send({ ...message, ref });
      return next((answer) => answer.ref === ref);
    },
    send,
    sendRaw: (message) => ws.send(message),
    closed,
    close: () => ws.close(1000, "done"),
  };
}
