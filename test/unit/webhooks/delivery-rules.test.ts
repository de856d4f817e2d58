import { expect, test } from "vitest";

import { GIVE_UP_AFTER_MS, nextAttemptAtMs, RETRY_DELAYS_MS } from "../../../src/domain/webhooks/schedule.ts";
import { liveSecrets, rotateSecrets } from "../../../src/domain/webhooks/secret.ts";
import { EVENT_PATTERN, isSubscribed } from "../../../src/domain/webhooks/subscription.ts";
import { signedHeaders } from "../../../src/integrations/webhooks/signature.ts";

test.each([
  [["*"], "order.placed", true],
  [["order.*"], "order.placed", true],
  [["order.*"], "orders.placed", false],
  [["order.placed"], "order.placed", true],
  [["order.placed"], "order.placed_twice", false],
  [["payment.*", "order.canceled"], "order.canceled", true],
  [[], "order.placed", false],
  [["*", "webhook.*"], "webhook.test", false],
])("%j hears of %s: %s", (patterns, type, isHeard) => {
  expect(isSubscribed(patterns, type)).toBe(isHeard);
});

test.each(["", "order", "order.*.x", "Order.placed", "**", "*.placed", "order.", "a b", "order.*\n"])(
  "%j is no pattern unless it is a plain type",
  (pattern) => {
    expect(EVENT_PATTERN.test(pattern)).toBe(pattern === "order");
  },
);

test("an endpoint that stays dead is tried ten times over three days, each wait within its share of chance", () => {
  for (const random of [0, 0.5, 0.999]) {
    let nowMs = 0;
    let attempts = 1;
    for (;;) {
      const nextMs = nextAttemptAtMs({ attempts, startedAtMs: 0 }, nowMs, 0, random);
      if (nextMs === null) break;
      const wait = nextMs - nowMs;
      const planned = RETRY_DELAYS_MS[attempts - 1] ?? 0;
      expect(wait).toBeGreaterThanOrEqual(planned);
      expect(wait).toBeLessThanOrEqual(planned * 1.1 + 1);
      nowMs = nextMs;
      attempts += 1;
    }
    expect(attempts).toBe(10);
    expect(nowMs).toBeGreaterThan(72 * 3_600_000);
    expect(nowMs).toBeLessThanOrEqual(GIVE_UP_AFTER_MS);
  }
});

test("a receiver may ask for a longer wait, not for a shorter one, and not for ever", () => {
  const at = (askedForMs: number) => nextAttemptAtMs({ attempts: 1, startedAtMs: 0 }, 1_000, askedForMs, 0);
  expect(at(0)).toBe(6_000);
  expect(at(1)).toBe(6_000);
  expect(at(60_000)).toBe(61_000);
  expect(at(Number.MAX_SAFE_INTEGER)).toBe(1_000 + 24 * 3_600_000);
});

test("what has waited too long is given up, however few attempts it had", () => {
  expect(nextAttemptAtMs({ attempts: 1, startedAtMs: 0 }, GIVE_UP_AFTER_MS, 0, 0)).toBeNull();
});

test("after a rotation both secrets sign until the old one ends; a third rotation ends the oldest", () => {
  const first = [{ secret: "whsec_MQ==", createdAtMs: 0, expiresAtMs: null }];
  const rotated = rotateSecrets(first, "whsec_Mg==", 1_000, 100);
  expect(liveSecrets(rotated, 500).map(({ secret }) => secret)).toEqual(["whsec_Mg==", "whsec_MQ=="]);
  expect(liveSecrets(rotated, 1_100).map(({ secret }) => secret)).toEqual(["whsec_Mg=="]);
  // A long overlap does not lengthen the life of one that is ending already.
  const again = rotateSecrets(rotated, "whsec_Mw==", 50_000, 200);
  expect(again.map(({ expiresAtMs }) => expiresAtMs)).toEqual([null, 50_200, 1_100]);
  expect(rotateSecrets(again, "whsec_NA==", 50_000, 300)).toHaveLength(3);
  expect(rotateSecrets(first, "whsec_Mg==", 0, 100)).toHaveLength(1);
});

test("signs as the specification's example does", () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const headers = signedHeaders(
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330_000,
    '{"test": 2432232314}',
  );
  expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});
