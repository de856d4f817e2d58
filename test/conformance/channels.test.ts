/* oxlint-disable typescript/no-explicit-any -- payloads of others are read as they come */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { buildClientSchema, parse, validate, type IntrospectionQuery } from "graphql";
import { describe, expect, test } from "vitest";

import type { Platform } from "../../src/domain/channels/channel-order.ts";
import { isSignedByEbay, readSignatureHeader } from "../../src/integrations/channels/ebay/signature.ts";
import type { ChannelAccess } from "../../src/integrations/channels/port.ts";
import { channelAdapter } from "../../src/integrations/channels/registry.ts";
import * as shopifyDocuments from "../../src/integrations/channels/shopify/documents.ts";
import { bytesOf, conformanceWorld, data, payloadsOf, platforms, read } from "./channel-payloads.ts";

/** As a stream of its own for each seed, so that a failure can be run again. */
function shuffled<Item>(items: ReadonlyArray<Item>, seed: number): Array<Item> {
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const withPayloads = (Object.keys(platforms) as Array<Platform>)
  .map((platform) => [platform, payloadsOf(platform)] as const)
  .filter(([, payloads]) => payloads.length > 0);

if (withPayloads.length === 0) {
  console.log(
    `SKIPPED: no payloads of sales channels under ${data}; set HOLDFAST_DATA to a folder that has shopify/ and others.`,
  );
}

describe.skipIf(withPayloads.length === 0)("real payloads", () => {
  test.each(withPayloads)("of %s go in: captured, or refused with a reason", async (platform, payloads) => {
    const engine = await conformanceWorld(platform);
    for (const payload of payloads) expect(await engine.deliver(payload), payload.name).toBe("accepted");
    const { taken } = engine.state();
    const speechless = taken.filter(
      (row) => row["outcome"] === "refused" && String(row["detail"]).length < 6,
    );
    expect(speechless).toEqual([]);
    const counts = Object.groupBy(taken, (row) =>
      `${String(row["outcome"])} ${String(row["reason"] ?? "")}`.trim(),
    );
    console.log(
      platform,
      payloads.length,
      Object.fromEntries(Object.entries(counts).map(([key, rows]) => [key, rows?.length])),
    );
  });

  test.each(withPayloads)("of %s, twice and shuffled, come to the same", async (platform, payloads) => {
    const skus = payloads.flatMap(({ body }) =>
      [
        ...body.matchAll(
          /"(?:sku|sellerSku|seller_sku|catalog_object_id)":"([A-Za-z0-9][A-Za-z0-9._:-]{0,63})"/g,
        ),
      ].map(([, sku = ""]) => sku),
    );
    const states: Array<unknown> = [];
    for (const seed of [1, 2, 3]) {
      const engine = await conformanceWorld(platform);
      for (const sku of skus) engine.know(sku);
      for (const payload of shuffled([...payloads, ...payloads], seed)) await engine.deliver(payload);
      states.push(engine.state());
    }
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    console.log(platform, JSON.stringify((states[0] as { orders: Array<unknown> }).orders.length), "orders");
  });

  test.each(withPayloads)("of %s are refused with one bit of them changed", async (platform, payloads) => {
    const engine = await conformanceWorld(platform);
    for (const payload of payloads.slice(0, 20)) {
      if (platform === "amazon") continue;
      expect(await engine.deliver({ ...payload, body: `${payload.body} ` })).toBe("forged");
    }
    expect(engine.state().taken).toEqual([]);
  });
});

const vectorFile = path.join(data, "signature-vectors", "vectors.json");
describe.skipIf(!existsSync(vectorFile))("signature vectors", () => {
  const vectors = existsSync(vectorFile) ? (read(vectorFile).json as Array<any>) : [];
  const accessFor = (settings: object, secrets: object) =>
    ({
      connection: "c",
      settings,
      secrets,
      fetch: async () => new Response("", { status: 500 }),
      nowMs: () => 0,
    }) as unknown as ChannelAccess;

  test.each([
    ["shopify", (each: any) => accessFor({}, { webhook_secret: each.secret })],
    ["woocommerce", (each: any) => accessFor({}, { webhook_secret: each.secret })],
    ["square", (each: any) => accessFor({ notification_url: each.url }, { signature_key: each.secret })],
    ["tiktok", (each: any) => accessFor({}, { app_key: each.app_key, app_secret: each.secret })],
  ] as const)("of %s are right, and wrong with another body or secret", async (platform, access) => {
    const found = vectors.filter((each) => each.platform === platform);
    expect(found.length).toBeGreaterThan(0);
    const adapter = channelAdapter(platform);
    for (const vector of found) {
      const delivery = (body: string) => ({
        url: vector.url ?? "",
        headers: new Headers(vector.headers),
        bytes: bytesOf(body),
      });
      expect((await adapter?.verify(delivery(vector.body), access(vector)))?.ok).toBe(true);
      expect((await adapter?.verify(delivery(`${vector.body} `), access(vector)))?.ok).toBe(false);
      expect(
        (await adapter?.verify(delivery(vector.body), access({ ...vector, secret: `${vector.secret}x` })))
          ?.ok,
      ).toBe(false);
      expect(
        (await adapter?.verify({ ...delivery(vector.body), headers: new Headers() }, access(vector)))?.ok,
      ).toBe(false);
    }
  });

  test("of eBay's notifications, its own right and wrong ones", async () => {
    const file = path.join(data, "ebay", "notification_signature_vectors.json");
    const cases = existsSync(file) ? (read(file).json as Record<string, any>) : {};
    for (const [name, each] of Object.entries(cases)) {
      const header = readSignatureHeader(each.signature ?? "");
      const key = each.response?.key;
      if (header === null || typeof key !== "string") continue;
      const isRight = await isSignedByEbay(key, header.signature, bytesOf(JSON.stringify(each.message)));
      expect(isRight, name).toBe(name === "VALID");
    }
    expect(Object.keys(cases)).toContain("VALID");
  });

  test("of eBay's challenge", () => {
    const vector = vectors.find((each) => each.platform === "ebay-challenge");
    const access = accessFor(
      { endpoint: vector.endpoint },
      { verification_token: vector.verification_token },
    );
    const url = new URL(`https://holdfast.example/webhooks/e?challenge_code=${vector.challenge_code}`);
    expect(JSON.parse(channelAdapter("ebay")?.challenge?.(url, access) ?? "null")).toEqual({
      challengeResponse: vector.expected,
    });
  });
});

const introspections = jsonGz(path.join(data, "shopify"));
function jsonGz(folder: string): Array<string> {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith("introspection.json.gz"));
}

describe.skipIf(introspections.length === 0)("Shopify's schema", () => {
  test.each(introspections)("takes every document of ours: %s", (name) => {
    const { data: introspection } = JSON.parse(
      new TextDecoder().decode(gunzipSync(readFileSync(path.join(data, "shopify", name)))),
    ) as {
      data: IntrospectionQuery;
    };
    const schema = buildClientSchema(introspection, { assumeValid: true });
    for (const [key, document] of Object.entries(shopifyDocuments)) {
      if (key === "API_VERSION") continue;
      // The runtime wants this directive, and the schema does not show it.
      const shown = document.replace(" @idempotent(key: $key)", "").replace(", $key: String!", "");
      expect(
        validate(schema, parse(shown)).map(({ message }) => message),
        key,
      ).toEqual([]);
    }
  });
});
