import { sign } from "hono/jwt";
import { expect, test } from "vitest";

import type { BuyerKey } from "../../../src/domain/brand.ts";
import { actingBuyer } from "../../../src/worker/http/acting-buyer.ts";
import { createBuyerTokens, type TokenBuyer } from "../../../src/worker/http/buyer-token.ts";

const SECRET = "a".repeat(32);
const OTHER = "b".repeat(32);
const ada = "ada" as BuyerKey;
const named = (rest: Partial<TokenBuyer> = {}): TokenBuyer => ({
  buyer: ada,
  device: null,
  show: null,
  ...rest,
});
const inAnHour = () => Date.now() + 3_600_000;
const tokensOf = (...secrets: ReadonlyArray<string | undefined>) => {
  const tokens = createBuyerTokens(secrets);
  if (tokens === null) throw new Error("not configured");
  return tokens;
};

test("a token says again what it was given, and nothing more", async () => {
  const tokens = tokensOf(SECRET);
  for (const given of [named(), named({ device: "phone-1" }), named({ show: "friday" })]) {
    expect(await tokens.read(await tokens.issue(given, Date.now(), inAnHour()))).toEqual(given);
  }
});

test("a new secret signs, and the former one still opens what it signed", async () => {
  const old = await tokensOf(OTHER).issue(named(), Date.now(), inAnHour());
  const rotated = tokensOf(SECRET, OTHER);
  expect(await rotated.read(old)).toEqual(named());
  const fresh = await rotated.issue(named(), Date.now(), inAnHour());
  expect(await tokensOf(SECRET).read(fresh)).toEqual(named());
  expect(await tokensOf(OTHER).read(fresh)).toBeNull();
});

test.each([[undefined], [""], ["short"], ["x".repeat(31)]])("%s is no secret", (secret) => {
  expect(createBuyerTokens([secret, SECRET])).toBeNull();
});

const claims = { iss: "holdfast", aud: "holdfast-buyer", sub: "ada", exp: 32_503_680_000 };
const unsigned = (header: object, payload: object) =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");

test.each<readonly [string, () => Promise<string>]>([
  ["signed with another secret", () => sign(claims, OTHER, "HS256")],
  ["expired", () => sign({ ...claims, exp: 1_000 }, SECRET, "HS256")],
  ["without an end", () => sign({ ...claims, exp: undefined } as never, SECRET, "HS256")],
  ["that ends in words", () => sign({ ...claims, exp: "never" } as never, SECRET, "HS256")],
  ["for another audience", () => sign({ ...claims, aud: "shop" }, SECRET, "HS256")],
  ["of another issuer", () => sign({ ...claims, iss: "shop" }, SECRET, "HS256")],
  ["for nobody", () => sign({ ...claims, sub: "" }, SECRET, "HS256")],
  ["for a name that is no buyer key", () => sign({ ...claims, sub: "ada lovelace" }, SECRET, "HS256")],
  ["with a device that is no key", () => sign({ ...claims, device: { a: 1 } }, SECRET, "HS256")],
  ["in another algorithm", () => sign(claims, SECRET, "HS512")],
  ["not signed at all", async () => `${unsigned({ alg: "none", typ: "JWT" }, claims)}.`],
  ["too long", async () => `${"a".repeat(3000)}.b.c`],
  ["empty", async () => ""],
  ["that is noise", async () => "a.b.c"],
])("a token %s is none", async (_, make) => {
  expect(await tokensOf(SECRET).read(await make())).toBeNull();
});

test("a token whose content was changed is none", async () => {
  const [header = "", , signature = ""] = (await sign(claims, SECRET, "HS256")).split(".");
  const body = Buffer.from(JSON.stringify({ ...claims, sub: "eve" })).toString("base64url");
  expect(await tokensOf(SECRET).read(`${header}.${body}.${signature}`)).toBeNull();
});

test.each([
  ["a name alone", null, { buyer: ada }, { buyer: ada }],
  ["a token alone", named(), {}, { buyer: ada }],
  ["both, agreeing", named(), { buyer: ada }, { buyer: ada }],
  ["a token with a device", named({ device: "d1" }), { device: "mine" }, { buyer: ada, device: "d1" }],
  ["a token of the show asked for", named({ show: "fri" }), { show: "fri" }, { buyer: ada, show: "fri" }],
])("who acts is clear from %s", (_, token, wish, expected) => {
  expect(actingBuyer(token, wish)).toEqual({ ok: true, value: expected });
});

test.each([
  ["nobody is named", null, {}, "request_invalid"],
  ["the token names another", named(), { buyer: "eve" as BuyerKey }, "forbidden"],
  ["the token is for another show", named({ show: "fri" }), { show: "sat" }, "forbidden"],
  ["the token is for a show, the wish for none", named({ show: "fri" }), {}, "forbidden"],
])("nobody acts where %s", (_, token, wish, code) => {
  expect(actingBuyer(token, wish)).toMatchObject({ ok: false, error: { code } });
});
