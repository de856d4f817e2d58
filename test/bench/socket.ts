import { connect } from "node:net";

import { findFrame, textFrame } from "./frames.ts";

/** One WebSocket. What arrives is handed to `onText`; asking and answering is up to the caller. */
export type LiveSocket = {
  readonly send: (text: string) => void;
  readonly isClosed: () => boolean;
  readonly close: () => void;
};

export type SocketOptions = {
  readonly port: number;
  readonly path: string;
  /** Each with its line end. */
  readonly headers: string;
  readonly onText: (text: string) => void;
  readonly onClose?: (reason: string) => void;
};

/** The server does not take WebSockets at this path. */
export class NotUpgraded extends Error {}

const [CLOSE, PING] = [0x8, 0x9];
const PONG = Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0);
/** RFC 6455 §1.3; nothing here depends on its being random. */
const HANDSHAKE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const HEAD_END = "\r\n\r\n";
const decoder = new TextDecoder();

/** Speaks just enough of RFC 6455 to cost the client little, as `openConnection` does for HTTP. */
export function openSocket(options: SocketOptions): Promise<LiveSocket> {
  const { port, path, headers, onText, onClose } = options;
  return new Promise((opened, failed) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let received: Uint8Array = new Uint8Array();
    let isOpen = false;
    const end = (error: Error) => {
      failed(error);
      onClose?.(error.message);
      socket.destroy();
    };
    socket.on("error", end);
    socket.on("close", () => end(new Error("the server closed the socket")));
    socket.on("data", (chunk) => {
      received = joined(received, chunk as unknown as Uint8Array);
      let at = 0;
      if (!isOpen) {
        const head = new TextDecoder("latin1").decode(received);
        at = head.indexOf(HEAD_END) + HEAD_END.length;
        if (at < HEAD_END.length) return;
        if (!head.startsWith("HTTP/1.1 101")) return end(new NotUpgraded(head.slice(0, 400)));
        isOpen = true;
        opened({
          send: (text) => socket.write(textFrame(text)),
          isClosed: () => socket.destroyed,
          close: () => socket.destroy(),
        });
      }
      for (let frame = findFrame(received, at); frame !== null; frame = findFrame(received, at)) {
        at = frame.end;
        const body = received.subarray(frame.start, frame.end);
        if (frame.opcode === PING) socket.write(PONG);
        else if (frame.opcode === CLOSE) return end(new Error(`closed: ${decoder.decode(body.subarray(2))}`));
        else onText(decoder.decode(body));
      }
      received = received.subarray(at);
    });
    socket.once("connect", () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
          `sec-websocket-version: 13\r\nsec-websocket-key: ${HANDSHAKE_KEY}\r\n${headers}\r\n`,
      ),
    );
  });
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
