import { beforeAll, describe, expect, test } from "vitest";

import { scopes } from "../../src/contract/operation.ts";
import { operations } from "../../src/contract/operations.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { pathOf, requestOf } from "../support/operation-requests.ts";

/** Written out, so that opening one more to the public is a decision. */
const PAGE_OPERATIONS = [
  "takeHold",
  "getAvailability",
  "getHold",
  "releaseHold",
  "extendHold",
  "checkoutHold",
  "joinWaitlist",
  "getWaitlistEntry",
  "leaveWaitlist",
  "getShow",
  "getDraw",
  "watchShow",
  "watchSkus",
  "placeOrder",
  "listDeliveryOptions",
];

const secretWith = (scope: string) => `sk_test_only-${scope.replace(":", "-")}`;
const secretWithout = (scope: string) => `sk_test_all-but-${scope.replace(":", "-")}`;

beforeAll(async () => {
  await seedKey("pk_test_matrix");
  for (const scope of scopes) {
    await seedKey(secretWith(scope), [scope]);
    await seedKey(
      secretWithout(scope),
      scopes.filter((other) => other !== scope),
    );
  }
});

async function statusOf(
  operation: (typeof operations)[number],
  key: string | null,
  headers: Record<string, string> = {},
): Promise<number> {
  const init = requestOf(operation);
  const reply = await apiClient(key).send(operation.method, pathOf(operation), {
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...headers },
  });
  expect(reply.status, operation.id).toBeLessThan(500);
  return reply.status;
}

const turnedAway = [401, 403];

const open = operations.filter(({ access }) => access === "public");
test.each(open.map((operation) => [operation.id, operation] as const))(
  "%s answers everyone",
  async (_, operation) => {
    expect(await statusOf(operation, null)).toBe(200);
    expect(await statusOf(operation, "sk_test_nobody-has-this")).toBe(200);
  },
);

const guarded = operations.flatMap((operation) =>
  operation.access === "public" ? [] : [[operation.id, operation, operation.access] as const],
);
describe.each(guarded)("%s", (_, operation, { scope }) => {
  test("needs a key that exists", async () => {
    expect(await statusOf(operation, null)).toBe(401);
    expect(await statusOf(operation, "sk_test_nobody-has-this")).toBe(401);
    expect(await statusOf(operation, null, { authorization: "Basic c2s6" })).toBe(401);
  });

  test("needs its scope, and no other will do", async () => {
    expect(await statusOf(operation, secretWithout(scope))).toBe(403);
    expect(turnedAway).not.toContain(await statusOf(operation, secretWith(scope)));
  });

  test("refuses a secret key that comes from a page", async () => {
    expect(await statusOf(operation, secretWith(scope), { origin: "https://shop.example" })).toBe(403);
  });
});

const forPages = guarded.filter(([, , access]) => access.publishable === true);
test.each(forPages)("%s lets in a publishable key", async (_, operation) => {
  expect(turnedAway).not.toContain(await statusOf(operation, "pk_test_matrix"));
});

const forServers = guarded.filter(([, , access]) => access.publishable !== true);
test.each(forServers)("%s refuses a publishable key", async (_, operation) => {
  expect(await statusOf(operation, "pk_test_matrix")).toBe(403);
});

test("a page can do what pages are for, and nothing else", () => {
  expect(forPages.map(([id]) => id)).toEqual(PAGE_OPERATIONS);
});
