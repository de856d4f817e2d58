import { beforeAll, describe, expect, test } from "vitest";

import { scopes } from "../../src/contract/operation.ts";
import { operations } from "../../src/contract/operations.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { pathOf, requestOf } from "../support/operation-requests.ts";

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

describe.each(operations.map((operation) => [operation.id, operation] as const))("%s", (_, operation) => {
  const call = async (key: string | null, headers: Record<string, string> = {}) => {
    const init = requestOf(operation);
    const reply = await apiClient(key).send(operation.method, pathOf(operation), {
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...headers },
    });
    expect(reply.status).toBeLessThan(500);
    return reply.status;
  };
  const { access } = operation;

  if (access === "public") {
    test("answers everyone", async () => {
      expect(await call(null)).toBe(200);
      expect(await call("sk_test_nobody-has-this")).toBe(200);
    });
    return;
  }

  test("needs a key that exists", async () => {
    expect(await call(null)).toBe(401);
    expect(await call("sk_test_nobody-has-this")).toBe(401);
    expect(await call(null, { authorization: "Basic c2s6" })).toBe(401);
  });

  test("needs its scope, and no other will do", async () => {
    expect(await call(secretWithout(access.scope))).toBe(403);
    expect([401, 403]).not.toContain(await call(secretWith(access.scope)));
  });

  test("refuses a secret key that comes from a page", async () => {
    expect(await call(secretWith(access.scope), { origin: "https://shop.example" })).toBe(403);
  });

  test(`${access.publishable === true ? "lets in" : "refuses"} a publishable key`, async () => {
    const status = await call("pk_test_matrix");
    if (access.publishable === true) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  });
});
