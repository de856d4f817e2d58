import { connect } from "node:net";

export type RawAnswer = { readonly status: number; readonly body: string };

/** One kept-alive HTTP/1.1 connection with one request in flight. */
export type Connection = {
  readonly send: (method: string, path: string, headers: string, body: string) => Promise<RawAnswer>;
  readonly isClosed: () => boolean;
  readonly close: () => void;
};

/**
 * Speaks just enough HTTP to cost the client little: the server is what is measured.
 *
 * Answers are read as Latin-1, which finds lengths and codes; text beyond ASCII is not decoded.
 */
export function openConnection(port: number): Promise<Connection> {
  return new Promise((opened, failed) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let waiting: { resolve: (answer: RawAnswer) => void; reject: (error: Error) => void } | null = null;
    let received = "";

    const fail = (error: Error) => {
      failed(error);
      waiting?.reject(error);
      waiting = null;
    };
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the server closed the connection")));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      received += String(chunk);
      const answer = parseAnswer(received);
      if (answer === null || waiting === null) return;
      const { resolve } = waiting;
      waiting = null;
      received = "";
      resolve(answer);
    });
    socket.once("connect", () =>
      opened({
        send: (method, path, headers, body) =>
          new Promise((resolve, reject) => {
            // Nothing is said of what is written to a connection that is gone: it would be waited for until the end.
            if (socket.destroyed) return reject(new Error("the connection is closed"));
            waiting = { resolve, reject };
            socket.write(
              `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers}` +
                `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
            );
            return undefined;
          }),
        isClosed: () => socket.destroyed,
        close: () => socket.destroy(),
      }),
    );
  });
}

/** @returns null while the answer is not there in full. */
export function parseAnswer(received: string): RawAnswer | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = received.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const length = /content-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const body = received.slice(headEnd + 4);
    return body.length < Number(length) ? null : { status, body };
  }
  if (!/transfer-encoding: *chunked/i.test(head)) return { status, body: "" };
  return readChunks(received, headEnd + 4, status);
}

function readChunks(received: string, start: number, status: number): RawAnswer | null {
  let body = "";
  let at = start;
  for (;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(received.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (received.length < next) return null;
    if (size === 0) return { status, body };
    body += received.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}
