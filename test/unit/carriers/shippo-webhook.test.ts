import { createHmac } from "node:crypto";

import { expect, test } from "vitest";

import { shippoWebhookReader } from "../../../src/integrations/carriers/shippo/tracking.ts";

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const event = (change: object = {}) =>
  new TextEncoder().encode(
    JSON.stringify({
      event: "track_updated",
      test: false,
      carrier: "usps",
      data: {
        tracking_number: "9400",
        tracking_status: {
          status: "TRANSIT",
          substatus: { code: "out_for_delivery" },
          status_details: "Out",
          status_date: "2026-11-24T08:00:00Z",
        },
        tracking_history: [
          { status: "UNKNOWN", status_details: "Label", status_date: "2026-11-22T08:00:00Z" },
          { status: "TRANSIT", substatus: null, status_details: "Left", status_date: "2026-11-23T08:00:00Z" },
          { status: "TRANSIT", status_details: "no time", status_date: null },
          { status: "SOMETHING_NEW", status_date: "2026-11-23T09:00:00Z" },
        ],
      },
      ...change,
    }),
  );
const reader = (secrets: Partial<Parameters<typeof shippoWebhookReader>[0]> = {}) =>
  shippoWebhookReader(
    { tokens: ["new", "old"], hmacSecret: undefined, isLive: true, ...secrets },
    () => NOW_MS,
  );
const url = (token: string) => `https://holdfast.example/webhooks/shippo?token=${token}`;
const plain = { bytes: event(), headers: new Headers() };

test("tells what happened, oldest first, in our words, with the newest even where the history lacks it", () => {
  const news = reader()({ ...plain, url: url("old") });
  expect(news).toMatchObject({ ok: true, value: { trackingNumber: "9400" } });
  expect(news.ok && news.value?.updates.map(({ status }) => status)).toEqual([
    "in_transit",
    "out_for_delivery",
  ]);
});

test.each([["other"], [""], ["new "]])("with the token %j it is forged", (token) => {
  expect(reader()({ ...plain, url: url(encodeURIComponent(token)) })).toMatchObject({
    error: { code: "forged" },
  });
});

test("of a test parcel, or about something else, it is of no interest to a live account", () => {
  const given = (change: object) => ({ ...plain, bytes: event(change), url: url("new") });
  expect(reader()(given({ test: true }))).toEqual({ ok: true, value: null });
  expect(reader({ isLive: false })(given({ test: true }))).toMatchObject({
    value: { trackingNumber: "9400" },
  });
  expect(reader()(given({ event: "transaction_created" }))).toEqual({ ok: true, value: null });
  expect(reader()({ ...plain, bytes: new TextEncoder().encode("{"), url: url("new") })).toMatchObject({
    error: { code: "malformed" },
  });
});

test("where a signature was arranged it has to fit the bytes and the time, beside the token", () => {
  const seconds = NOW_MS / 1_000;
  const signed = (secret: string, atSeconds: number, body: Uint8Array) => {
    const digest = createHmac("sha256", secret).update(`${atSeconds}.`).update(body).digest("hex");
    return new Headers({ "shippo-auth-signature": `t=${atSeconds},v1=${digest}` });
  };
  const read = reader({ hmacSecret: "agreed" });
  const of = (headers: Headers, token = "new") => read({ bytes: plain.bytes, headers, url: url(token) }).ok;
  expect(of(signed("agreed", seconds, plain.bytes))).toBe(true);
  expect(of(signed("agreed", seconds, plain.bytes), "stolen")).toBe(false);
  expect(of(signed("agreed", seconds - 301, plain.bytes))).toBe(false);
  expect(of(signed("guessed", seconds, plain.bytes))).toBe(false);
  expect(of(signed("agreed", seconds, event({ test: true })))).toBe(false);
  expect(of(new Headers())).toBe(false);
});
