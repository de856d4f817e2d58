import { expect, test } from "vitest";

import { parseAnswer } from "../bench/connection.ts";

const sized = "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n";
const chunked = "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n";

test.each([
  ["a head that is not there in full", "HTTP/1.1 200 OK\r\nContent-", null],
  ["a body that is not there in full", `${sized}{"ok":`, null],
  ["a sized body", `${sized}{"ok":true}`, { status: 201, body: '{"ok":true}' }],
  ["chunks that are not there in full", `${chunked}5\r\nhello\r\n`, null],
  ["chunks", `${chunked}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, { status: 409, body: "hello world" }],
])("the load generator reads %s", (_name, received, answer) => {
  expect(parseAnswer(received)).toEqual(answer);
});
