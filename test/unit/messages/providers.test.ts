import { createHmac } from "node:crypto";

import { describe, expect, test, vi } from "vitest";

import { cloudflareMail, type EmailBinding } from "../../../src/integrations/mail/cloudflare-mail.ts";
import { logMail } from "../../../src/integrations/mail/log-mail.ts";
import type { Mail } from "../../../src/integrations/mail/port.ts";
import { postmarkMail, readPostmarkEvent } from "../../../src/integrations/mail/postmark.ts";
import { mailOf, mailWebhookNamed } from "../../../src/integrations/mail/registry.ts";
import { readResendEvent, resendMail } from "../../../src/integrations/mail/resend.ts";

const mail: Mail = {
  key: "msg_1.1",
  from: { email: "orders@shop.example.com", name: 'Lumen "&" Co.' },
  to: "ada@example.com",
  replyTo: "help@shop.example.com",
  subject: "Your order",
  html: "<p>Hello</p>",
  text: "Hello",
  headers: { "List-Unsubscribe": "<https://shop.example.com/u>" },
  tag: "order_confirmation",
  isRepeat: false,
};

type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | Error;

/** A provider that answers as told, and remembers what it was asked. */
function provider(...replies: ReadonlyArray<Reply>) {
  const asked: Array<{ url: string; init: RequestInit }> = [];
  const left = [...replies];
  const send = (async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const reply = left.shift() ?? new Error("asked too often");
    if (reply instanceof Error) throw reply;
    return new Response(JSON.stringify(reply.body ?? {}), {
      status: reply.status,
      headers: reply.headers ?? {},
    });
  }) as unknown as typeof fetch;
  return {
    send,
    asked,
    bodyOf: (index: number) => JSON.parse(asked[index]?.init.body as string) as Record<string, unknown>,
  };
}

describe("Resend", () => {
  const port = (world: { send: typeof fetch }) => resendMail({ apiKey: "re_secret" }, world.send);

  test("gets the mail under our key, and again where its answer was lost", async () => {
    const world = provider(new TypeError("connection reset"), { status: 200, body: { id: "49a3999c" } });
    expect(await port(world).send(mail)).toEqual({ ok: true, value: "49a3999c" });
    expect(world.asked).toHaveLength(2);
    for (const { url, init } of world.asked) {
      expect(url).toBe("https://api.resend.com/emails");
      expect(init.headers).toMatchObject({ authorization: "Bearer re_secret", "idempotency-key": "msg_1.1" });
      expect(init.redirect).toBe("manual");
    }
    expect(world.bodyOf(1)).toMatchObject({
      from: '"Lumen \\"&\\" Co." <orders@shop.example.com>',
      to: ["ada@example.com"],
      reply_to: "help@shop.example.com",
      headers: mail.headers,
      tags: [{ name: "template", value: "order_confirmation" }],
    });
  });

  test.each([
    [{ status: 500 }, { status: 503 }, "unavailable"],
    [{ status: 429, headers: { "retry-after": "7" } }, null, "unavailable"],
    [{ status: 409, body: { name: "concurrent_idempotent_requests" } }, null, "unavailable"],
    [{ status: 401, body: { name: "missing_api_key" } }, null, "misconfigured"],
    [
      { status: 403, body: { name: "validation_error", message: "domain is not verified" } },
      null,
      "misconfigured",
    ],
    [{ status: 422, body: { name: "validation_error", message: "bad ada@example.com" } }, null, "rejected"],
    [{ status: 302, headers: { location: "https://evil.example" } }, null, "rejected"],
  ] as const)("that answers %j means what it says", async (first, second, code) => {
    const world = provider(...[first, second].filter((reply) => reply !== null));
    const sent = await port(world).send(mail);
    expect(sent).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(sent)).not.toContain("ada@example.com");
  });

  test("waits as long as it asks for", async () => {
    const world = provider({ status: 429, headers: { "retry-after": "7" } });
    expect(await port(world).send(mail)).toMatchObject({ error: { retryAfterMs: 7_000 } });
  });

  const secret = `whsec_${Buffer.from("a secret of the tests").toString("base64")}`;
  const signed = (text: string, atSeconds = 1_700_000_000) => ({
    bytes: new TextEncoder().encode(text),
    headers: new Headers({
      "svix-id": "msg_a",
      "svix-timestamp": String(atSeconds),
      "svix-signature": `v1,bm90IHRoaXM= v1,${createHmac("sha256", "a secret of the tests").update(`msg_a.${atSeconds}.${text}`).digest("base64")}`,
    }),
  });
  const read = readResendEvent(secret);
  const nowMs = 1_700_000_000_000;

  test("tells of bounces and complaints, signed and not long ago", () => {
    const event = (type: string, more: object = {}) =>
      signed(JSON.stringify({ type, data: { email_id: "49a3999c", to: ["ada@example.com"], ...more } }));
    const said = (type: string, more?: object) => {
      const { bytes, headers } = event(type, more);
      return read(bytes, headers, nowMs);
    };
    expect(said("email.bounced", { bounce: { type: "Permanent" } })).toEqual({
      ok: true,
      value: { reference: "49a3999c", outcome: "bounced" },
    });
    expect(said("email.bounced", { bounce: { type: "Transient" } })).toEqual({ ok: true, value: null });
    expect(said("email.complained")).toMatchObject({ value: { outcome: "complained" } });
    expect(said("email.opened")).toEqual({ ok: true, value: null });
    const { bytes, headers } = event("email.bounced");
    expect(read(bytes, headers, nowMs + 400_000)).toEqual({ ok: false, error: { code: "forged" } });
    expect(read(new TextEncoder().encode("{}"), headers, nowMs)).toMatchObject({ error: { code: "forged" } });
    expect(read(bytes, new Headers(), nowMs)).toMatchObject({ error: { code: "forged" } });
    const broken = signed("not json");
    expect(read(broken.bytes, broken.headers, nowMs)).toMatchObject({ error: { code: "malformed" } });
  });
});

describe("Postmark", () => {
  const port = (world: { send: typeof fetch }) => postmarkMail({ serverToken: "token" }, world.send);

  test("gets the mail with our key on it, once: what nobody answered is not asked again at once", async () => {
    const world = provider({ status: 200, body: { ErrorCode: 0, MessageID: "883953f4" } });
    expect(await port(world).send(mail)).toEqual({ ok: true, value: "883953f4" });
    expect(world.bodyOf(0)).toMatchObject({ To: "ada@example.com", Metadata: { "holdfast-key": "msg_1.1" } });
    const silent = provider(new TypeError("reset"));
    expect(await port(silent).send(mail)).toMatchObject({ error: { code: "unavailable" } });
    expect(silent.asked).toHaveLength(1);
  });

  test("is asked for the mail before it gets it a second time", async () => {
    const found = provider({ status: 200, body: { Messages: [{ MessageID: "883953f4" }] } });
    expect(await port(found).send({ ...mail, isRepeat: true })).toEqual({ ok: true, value: "883953f4" });
    expect(found.asked.map(({ url }) => url)).toEqual([
      "https://api.postmarkapp.com/messages/outbound?count=1&offset=0&metadata_holdfast-key=msg_1.1",
    ]);
    const missing = provider(
      { status: 200, body: { TotalCount: 0, Messages: [] } },
      { status: 200, body: { ErrorCode: 0, MessageID: "new" } },
    );
    expect(await port(missing).send({ ...mail, isRepeat: true })).toEqual({ ok: true, value: "new" });
  });

  test.each([
    [
      { status: 422, body: { ErrorCode: 406, Message: "Found inactive addresses: ada@example.com." } },
      "suppressed",
    ],
    [{ status: 422, body: { ErrorCode: 300, Message: "Invalid email request" } }, "rejected"],
    [{ status: 422, body: { ErrorCode: 400, Message: "Sender signature not found" } }, "misconfigured"],
    [{ status: 401, body: { ErrorCode: 10, Message: "Bad token" } }, "misconfigured"],
    [{ status: 422, body: { ErrorCode: 100, Message: "Maintenance" } }, "unavailable"],
    [{ status: 500 }, "unavailable"],
  ] as const)("that answers %j means what it says", async (reply, code) => {
    const sent = await port(provider(reply)).send(mail);
    expect(sent).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(sent)).not.toContain("ada@example.com");
  });

  test("tells of bounces with the password that its webhook was given", () => {
    const read = readPostmarkEvent("a password");
    const said = (event: object, password = "a password") =>
      read(
        new TextEncoder().encode(JSON.stringify(event)),
        new Headers({ authorization: `Basic ${btoa(`holdfast:${password}`)}` }),
        0,
      );
    const bounce = { RecordType: "Bounce", MessageID: "883953f4", Inactive: true, Email: "ada@example.com" };
    expect(said(bounce)).toEqual({ ok: true, value: { reference: "883953f4", outcome: "bounced" } });
    expect(said({ ...bounce, Inactive: false })).toEqual({ ok: true, value: null });
    expect(said({ ...bounce, RecordType: "SpamComplaint" })).toMatchObject({
      value: { outcome: "complained" },
    });
    expect(said(bounce, "another")).toMatchObject({ error: { code: "forged" } });
    expect(said({ RecordType: "Bounce", Inactive: true })).toMatchObject({ error: { code: "malformed" } });
  });
});

describe("Cloudflare", () => {
  test("gets the mail by its binding", async () => {
    const sent: Array<unknown> = [];
    const binding: EmailBinding = {
      send: async (given) => {
        sent.push(given);
        return { messageId: "cf-1" };
      },
    };
    expect(await cloudflareMail(binding).send(mail)).toEqual({ ok: true, value: "cf-1" });
    expect(sent).toEqual([
      {
        from: mail.from,
        to: mail.to,
        replyTo: mail.replyTo,
        subject: mail.subject,
        html: mail.html,
        text: mail.text,
        headers: mail.headers,
      },
    ]);
  });

  test.each([
    ["E_RECIPIENT_SUPPRESSED", "suppressed"],
    ["E_SENDER_NOT_VERIFIED", "misconfigured"],
    ["E_VALIDATION_ERROR", "rejected"],
    ["E_HEADER_NOT_ALLOWED", "rejected"],
    ["E_RATE_LIMIT_EXCEEDED", "unavailable"],
    ["E_SOMETHING_NEW", "unavailable"],
    [undefined, "unavailable"],
  ])("that fails with %s means %s", async (code, kind) => {
    const error = Object.assign(new Error("no mail to ada@example.com"), code === undefined ? {} : { code });
    const binding: EmailBinding = { send: () => Promise.reject(error) };
    const sent = await cloudflareMail(binding).send(mail);
    expect(sent).toMatchObject({ ok: false, error: { code: kind } });
    expect(JSON.stringify(sent)).not.toContain("ada@example.com");
  });
});

test("the log names no one", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  expect(await logMail.send(mail)).toEqual({ ok: true, value: null });
  expect(JSON.stringify(log.mock.calls)).not.toMatch(/ada|Hello|Your order/);
  expect(JSON.stringify(log.mock.calls)).toContain("msg_1.1");
  log.mockRestore();
});

test("a provider that is not set up is none", () => {
  for (const name of ["none", "resend", "postmark", "cloudflare", "constructor"]) {
    expect([name, mailOf(name, {})]).toEqual([name, null]);
  }
  expect(mailOf("resend", { RESEND_API_KEY: "re_1" })?.provider).toBe("resend");
  expect(mailWebhookNamed("resend", {})).toBeNull();
  expect(mailWebhookNamed("postmark", { POSTMARK_WEBHOOK_PASSWORD: "" })).toBeNull();
});
