import { expect, test } from "vitest";

import { isOriginRegistered, pageMethods } from "../../../src/worker/http/origin.ts";
import { networkOf, platformLimits } from "../../../src/worker/http/page-limits.ts";

const registered = ["https://shop.example", "https://shop.example:8443", "http://localhost:*"];
const us = "https://stock.example/v1/holds";

test.each([
  ["https://shop.example", true],
  ["https://shop.example:8443", true],
  ["http://localhost", true],
  ["http://localhost:5173", true],
  ["https://stock.example", true],
  ["https://shop.example:8444", false],
  ["http://shop.example", false],
  ["https://shop.example.evil.example", false],
  ["https://evil-shop.example", false],
  ["http://localhost.evil.example:80", false],
  ["http://localhost:80@evil.example", false],
  ["https://localhost:5173", false],
  ["null", false],
  ["", false],
])("a page of %s is registered: %s", (origin, expected) => {
  expect(isOriginRegistered(registered, origin, us)).toBe(expected);
});

test("what pages may call is what the operations say", () => {
  expect(pageMethods("/v1/holds")).toEqual(["POST"]);
  expect(pageMethods("/v1/holds/hold_1")).toEqual(["GET", "DELETE"]);
  expect(pageMethods("/v1/keys")).toEqual([]);
  expect(pageMethods("/healthz")).toEqual([]);
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:DB8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::9", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const limit = (success: boolean) => {
  const keys: Array<string> = [];
  return { keys, limit: async ({ key }: { key: string }) => (keys.push(key), { success }) };
};
const broken = { limit: () => Promise.reject(new Error("no answer")) };

test.each([
  ["both let in", limit(true), limit(true), true],
  ["the key asked too often", limit(false), limit(true), false],
  ["the address asked too often", limit(true), limit(false), false],
  ["nobody can count", broken, limit(true), true],
])("pages are counted by key and address: %s", async (_, byKey, byAddress, expected) => {
  expect(await platformLimits(byKey, byAddress).admit("key_1", "203.0.113.7")).toBe(expected);
});

test("an address is counted for each key by itself, and one that is not known is not counted", async () => {
  const [byKey, byAddress] = [limit(true), limit(true)];
  const limits = platformLimits(byKey, byAddress);
  await limits.admit("key_1", "203.0.113.7");
  await limits.admit("key_2", null);
  expect(byKey.keys).toEqual(["key_1", "key_2"]);
  expect(byAddress.keys).toEqual(["key_1 203.0.113.7"]);
});
