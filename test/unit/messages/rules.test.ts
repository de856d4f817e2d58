import { describe, expect, test } from "vitest";

import { messageDue, type HeardEvent } from "../../../src/domain/messages/due.ts";
import { deliverableAddress, headLine } from "../../../src/domain/messages/mail-line.ts";
import { quietUntilMs } from "../../../src/domain/messages/quiet-hours.ts";
import { nextSendAtMs } from "../../../src/domain/messages/schedule.ts";
import { trackingLink } from "../../../src/domain/messages/tracking-link.ts";
import { unsubscribeLinks } from "../../../src/worker/unsubscribe-links.ts";
import { asciiDomain } from "../../../src/worker/use-cases/send-message.ts";

describe("what a buyer is told", () => {
  const event = (type: string, more: Partial<HeardEvent> = {}): HeardEvent => ({
    type,
    data: { shipment: "shp_1", return: "ret_1", change: "chg_1", transaction: "txn_1", provider: "manual" },
    order: { status: "placed", externalId: null },
    request: null,
    isPreorder: false,
    ...more,
  });
  const asked = { id: "preq_1", because: "asked", notify: true };

  test.each([
    ["an order", event("order.placed"), "order_confirmation", ""],
    ["units that are not there", event("fulfillment.incomplete"), "backorder", ""],
    ["units with a date", event("fulfillment.incomplete", { isPreorder: true }), "preorder", ""],
    ["a parcel", event("shipment.shipped"), "shipped", "shp_1"],
    ["a return", event("return.approved"), "return_approved", "ret_1"],
    ["a refund that was asked for", event("payment.refunded", { request: asked }), "refund", "preq_1"],
    ["a refund that somebody made at the provider", event("payment.refunded"), "refund", "txn_1"],
    ["a change", event("order.changed"), "order_changed", "chg_1"],
  ])("%s", (_name, heard, template, about) => {
    expect(messageDue(heard)).toEqual({ template, about });
  });

  test.each([
    ["nothing of what nobody asked to hear", event("fulfillment.picked")],
    [
      "nothing of another system's orders",
      event("order.placed", { order: { status: "placed", externalId: "1" } }),
    ],
    ["nothing where that was said", event("order.canceled", { data: { notify: false } })],
    [
      "no refund that was not to be told",
      event("payment.refunded", { request: { ...asked, notify: false } }),
    ],
    [
      "no refund of a return: the return tells it",
      event("payment.refunded", { request: { ...asked, because: "returned" } }),
    ],
    [
      "no refund of a cancel: the cancel tells it",
      event("payment.refunded", { order: { status: "canceled", externalId: null } }),
    ],
    ["no money that moves within the shop", event("payment.refunded", { data: { provider: "exchange" } })],
    ["nothing of a name that every object has", event("constructor")],
  ])("%s", (_name, heard) => {
    expect(messageDue(heard)).toBeNull();
  });
});

describe("quiet hours", () => {
  const night = { from: "21:00", to: "08:00" };
  const at = (text: string) => Date.parse(text);
  test.each([
    ["in the evening", night, "Europe/Berlin", "2026-11-23T20:30:15Z", "2026-11-24T07:00:00Z"],
    ["after midnight", night, "Europe/Berlin", "2026-11-24T02:00:00Z", "2026-11-24T07:00:00Z"],
    ["at noon", night, "Europe/Berlin", "2026-11-24T11:00:00Z", null],
    ["at the minute it ends", night, "Europe/Berlin", "2026-11-24T07:00:00Z", null],
    ["at the minute it begins", night, "Europe/Berlin", "2026-11-23T20:00:00Z", "2026-11-24T07:00:00Z"],
    ["elsewhere", night, "Asia/Tokyo", "2026-11-23T13:00:00Z", "2026-11-23T23:00:00Z"],
    ["within a day", { from: "12:00", to: "14:00" }, "UTC", "2026-11-23T13:59:59Z", "2026-11-23T14:00:00Z"],
    ["of no length", { from: "08:00", to: "08:00" }, "UTC", "2026-11-23T08:00:00Z", null],
    ["none", null, "UTC", "2026-11-23T02:00:00Z", null],
  ])("%s", (_name, quiet, zone, now, until) => {
    expect(quietUntilMs(quiet, zone, at(now))).toBe(until === null ? null : at(until));
  });
});

describe("an address", () => {
  test.each([
    ["ada@example.com", "ada@example.com"],
    ["ada+orders@EXAMPLE.com", "ada+orders@example.com"],
    ["ada@münchen.example", "ada@xn--mnchen-3ya.example"],
    ["ada@例え.jp", "ada@xn--r8jz45g.jp"],
    ["jörg@example.com", null],
    ["ada@example.com\r\nBcc: eve@example.com", null],
    ["ada@example.com, eve@example.com", null],
    ["Ada <ada@example.com>", null],
    ["ada@[127.0.0.1]", null],
    ["ada@localhost", null],
    ["ada@example.com:25", null],
    ["ada@example.com/path", null],
    ["..ada@example.com", null],
    ["@example.com", null],
    ["ada", null],
  ])("%j", (given, sent) => {
    expect(deliverableAddress(given, asciiDomain)).toBe(sent);
  });

  test("in the head of a mail nothing begins another line", () => {
    expect(headLine("Ada\r\nBcc: eve\u2028x\u0000y")).toBe("Ada Bcc: eve x y");
    expect(headLine("\u202Eabc")).toBe("abc");
    expect(headLine("x".repeat(1_000))).toHaveLength(160);
    expect(Array.from(headLine("👩‍🚀".repeat(200)))).toHaveLength(160);
    expect(headLine("\ud800x")).toBe("\ufffdx");
  });
});

test("a failing provider is asked for about a day, patiently, and as late as it wishes", () => {
  let nowMs = 0;
  let attempts = 0;
  for (let next: number | null = 0; next !== null; next = nextSendAtMs(attempts, nowMs, 0, 0)) {
    nowMs = next;
    attempts += 1;
  }
  expect(attempts).toBe(8);
  expect(nowMs / 3_600_000).toBeGreaterThan(20);
  expect(nextSendAtMs(1, 0, 600_000, 0)).toBe(600_000);
  expect(nextSendAtMs(1, 0, Number.MAX_SAFE_INTEGER, 0)).toBe(24 * 3_600_000);
});

test("a tracking link leads to the carrier, whatever stands in the number", () => {
  expect(trackingLink("easypost", "USPS Priority", "94 00/1?x=1")).toBe(
    "https://tools.usps.com/go/TrackConfirmAction?tLabels=94%2000%2F1%3Fx%3D1",
  );
  expect(trackingLink("manual", null, "1")).toBeNull();
});

describe("a link by which messages are refused", () => {
  const links = unsubscribeLinks("s".repeat(32), "https://stock.example.com/");
  const claim = { customerId: "cus_1", brand: "main", language: "de" } as const;
  const token = links?.linkFor(claim).split("/").at(-1) ?? "";

  test("opens for whom it was made, and nobody else", () => {
    expect(links?.linkFor(claim)).toMatch(/^https:\/\/stock\.example\.com\/unsubscribe\/[\w-]+\.[\w-]+$/);
    expect(links?.read(token)).toEqual(claim);
    const [body = "", signature = ""] = token.split(".");
    const other = Buffer.from("cus_2 main de").toString("base64url");
    for (const forged of [
      `${other}.${signature}`,
      `${body}.`,
      body,
      `${body}.${"A".repeat(27)}`,
      "",
      "x".repeat(500),
    ]) {
      expect(links?.read(forged)).toBeNull();
    }
    expect(unsubscribeLinks("t".repeat(32), "https://stock.example.com")?.read(token)).toBeNull();
  });

  test("is not made where it could not be signed or reached", () => {
    expect(unsubscribeLinks("short", "https://stock.example.com")).toBeNull();
    expect(unsubscribeLinks(undefined, "https://stock.example.com")).toBeNull();
    expect(unsubscribeLinks("s".repeat(32), "")).toBeNull();
    expect(unsubscribeLinks("s".repeat(32), "javascript:alert(1)")).toBeNull();
  });
});
