import { describe, expect, test } from "vitest";

import type { Platform } from "../../src/domain/channels/channel-order.ts";
import { mutationsOf } from "../support/mutations.ts";
import { conformanceWorld, payloadsOf, platforms, type Payload } from "./channel-payloads.ts";

const PAYLOADS_MAX = 12;
const MUTATIONS_MAX = 400;

const mutated = (Object.keys(platforms) as Array<Platform>)
  .map((platform) => [platform, payloadsOf(platform)] as const)
  .filter(([, payloads]) => payloads.length > 0);

describe.skipIf(mutated.length === 0)("each field of real payloads", () => {
  test.each(mutated)(
    "of %s gone, of another type, or hostile: taken, or refused with a reason",
    async (platform, payloads) => {
      const engine = await conformanceWorld(platform);
      for (const { body } of payloads)
        for (const [, sku = ""] of body.matchAll(
          /"(?:sku|sellerSku|seller_sku)":"([A-Za-z0-9][A-Za-z0-9._:-]{0,63})"/g,
        ))
          engine.know(sku);
      const failures: Array<string> = [];
      let count = 0;
      for (const payload of diverse(payloads)) {
        for (const [name, body] of mutationsOf(payload.body, MUTATIONS_MAX)) {
          count += 1;
          const headers = { ...payload.headers, ...platforms[platform].sign(body) };
          const status = await engine
            .deliver({ name, body, headers })
            .catch((error: unknown) => `threw ${(error as Error).stack?.slice(0, 600)}`);
          if (status !== "accepted") failures.push(`${payload.name} ${name}: ${status}`);
        }
      }
      console.log(platform, count, "mutations", failures.length, "failures");
      expect(failures.slice(0, 5)).toEqual([]);
      const speechless = engine
        .state()
        .taken.filter((row) => row["outcome"] === "refused" && String(row["detail"]).length < 6);
      expect(speechless).toEqual([]);
    },
  );
});

/** Payloads that differ in shape, the richest first. */
function diverse(payloads: ReadonlyArray<Payload>): ReadonlyArray<Payload> {
  const byShape = new Map<string, Payload>();
  for (const payload of payloads) {
    const shape = `${JSON.stringify(payload.headers["x-shopify-topic"] ?? "")} ${[
      ...payload.body.matchAll(/"(\w+)":/g),
    ]
      .map(([, key]) => key)
      .toSorted((a = "", b = "") => a.localeCompare(b))
      .join()}`;
    if (!byShape.has(shape)) byShape.set(shape, payload);
  }
  return [...byShape.values()].sort((a, b) => b.body.length - a.body.length).slice(0, PAYLOADS_MAX);
}
