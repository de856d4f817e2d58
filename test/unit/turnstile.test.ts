import { expect, test } from "vitest";

import type { HumanProof } from "../../src/integrations/human-checks/port.ts";
import { turnstileCheck } from "../../src/integrations/human-checks/turnstile.ts";

const proof: HumanProof = {
  token: "a-token",
  action: "hold",
  hostnames: ["shop.example", "stock.example"],
  requestId: "00000000-0000-5000-8000-000000000000",
  address: "203.0.113.7",
};
const good = {
  success: true,
  hostname: "shop.example",
  action: "hold",
  challenge_ts: "2026-11-24T20:00:00Z",
};

/** A service that gives these answers one after the other, the last one for ever. */
function service(...answers: ReadonlyArray<unknown>) {
  const asked: Array<Record<string, unknown>> = [];
  const send = (async (_url: string, init: RequestInit) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(JSON.parse(init.body as string) as Record<string, unknown>);
    if (answer instanceof Error) throw answer;
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
  }) as typeof fetch;
  return { asked, check: turnstileCheck("the-secret", send) };
}

test("a token that was made here, for this, is accepted, and the service is told which request it is", async () => {
  const { asked, check } = service(good);
  expect(await check.verify(proof)).toEqual({ ok: true, value: null });
  expect(asked).toEqual([
    {
      secret: "the-secret",
      response: "a-token",
      remoteip: "203.0.113.7",
      idempotency_key: proof.requestId,
    },
  ]);
});

test.each([
  ["not successful", { success: false, "error-codes": ["invalid-input-response"] }],
  ["used before", { success: false, "error-codes": ["timeout-or-duplicate"] }],
  ["made for another action", { ...good, action: "waitlist" }],
  ["made for no action", { success: true, hostname: "shop.example" }],
  ["made on another site", { ...good, hostname: "evil.example" }],
  ["made on no site", { success: true, action: "hold" }],
])("a token that is %s is refused, and asked about once", async (_, answer) => {
  const { asked, check } = service(answer);
  expect(await check.verify(proof)).toMatchObject({ ok: false, error: { code: "refused" } });
  expect(asked).toHaveLength(1);
});

test.each([
  ["does not answer", new DOMException("timed out", "TimeoutError")],
  ["answers in other words", "<html>"],
  ["answers without end", `"${"x".repeat(20_000)}"`],
  ["answers nothing", ""],
  ["has an error of its own", { success: false, "error-codes": ["internal-error"] }],
  ["does not know our secret", { success: false, "error-codes": ["invalid-input-secret"] }],
  ["says yes to a question it does not repeat", []],
])("a service that %s lets nobody in, after one more try", async (_, answer) => {
  const { asked, check } = service(answer);
  expect(await check.verify(proof)).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(asked).toHaveLength(2);
});

test("a service that answers at the second try is believed", async () => {
  const { check } = service(new TypeError("network"), good);
  expect((await check.verify(proof)).ok).toBe(true);
});

test("what cannot be a token is not even asked about", async () => {
  const { asked, check } = service(good);
  for (const token of ["", "x".repeat(2049)]) {
    expect(await check.verify({ ...proof, token })).toMatchObject({ ok: false, error: { code: "refused" } });
  }
  expect(asked).toEqual([]);
});
