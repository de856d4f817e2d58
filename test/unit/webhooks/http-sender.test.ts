import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

import { Webhook } from "standardwebhooks";
import { afterEach, expect, test, vi } from "vitest";

import { httpSender } from "../../../src/integrations/webhooks/http-sender.ts";
import { composeSecret, signedHeaders } from "../../../src/integrations/webhooks/signature.ts";

const servers: Array<Server> = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(resolve);
        }),
    ),
  );
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

const message = (url: string) => ({ url, headers: { "content-type": "application/json" }, body: "{}" });

test("a receiver made with the standardwebhooks package takes what goes over the wire", async () => {
  const secret = composeSecret(new Uint8Array(32).fill(7));
  const body = JSON.stringify({ type: "order.placed", data: { order: "ord_1", note: "Grüße" } });
  const taken: Array<unknown> = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await textOf(request);
    taken.push(new Webhook(secret).verify(text, request.headers as Record<string, string>));
    expect(() => new Webhook(secret).verify(`${text} `, request.headers as Record<string, string>)).toThrow(
      /signature/,
    );
    response.writeHead(204).end();
  };
  const url = await listen((request, response) => void take(request, response));
  const headers = signedHeaders([secret], "evt_1", Date.now(), body);
  expect(await httpSender.send({ url, headers, body })).toMatchObject({ httpStatus: 204, error: null });
  expect(taken).toEqual([JSON.parse(body)]);
});

test("a redirect is an answer like any other, and is not followed", async () => {
  let visits = 0;
  const inside = await listen((_, response) => {
    visits += 1;
    response.end("secret");
  });
  const url = await listen((_, response) => response.writeHead(302, { location: inside }).end());
  expect(await httpSender.send(message(url))).toMatchObject({ httpStatus: 302 });
  expect(visits).toBe(0);
});

test("of an endless answer only the beginning is read", async () => {
  const url = await listen((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write("x".repeat(1_000)));
    };
    response.on("drain", more);
    more();
  });
  const outcome = await httpSender.send(message(url));
  expect(outcome.response).toBe("x".repeat(1_000));
});

test("says what Retry-After asks for, and nothing where it is not a number of seconds", async () => {
  const answering = (value: string) =>
    listen((_, response) => response.writeHead(503, { "retry-after": value }).end());
  expect((await httpSender.send(message(await answering("120")))).retryAfterMs).toBe(120_000);
  expect((await httpSender.send(message(await answering("tomorrow")))).retryAfterMs).toBe(0);
});

test("nobody there, and nobody answering, are outcomes and not exceptions", async () => {
  const url = await listen(() => {});
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
  expect(await httpSender.send(message(url))).toMatchObject({ httpStatus: null, error: "no answer in time" });
  vi.restoreAllMocks();
  expect(await httpSender.send(message("http://127.0.0.1:1/"))).toMatchObject({
    httpStatus: null,
    error: "no connection (TypeError)",
  });
});
