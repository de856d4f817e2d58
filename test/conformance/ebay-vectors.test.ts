/* oxlint-disable typescript/no-explicit-any -- vectors of others are read as they come */
import { existsSync } from "node:fs";
import path from "node:path";

import { expect, test } from "vitest";

import type { ChannelAccess } from "../../src/integrations/channels/port.ts";
import { channelAdapter } from "../../src/integrations/channels/registry.ts";
import { bytesOf, data, read } from "./channel-payloads.ts";

const file = path.join(data, "ebay", "notification_signature_vectors.json");

test.skipIf(!existsSync(file))(
  "eBay's vectors are believed or not as they should be, with their key asked for at eBay",
  async () => {
    const cases = Object.entries(read(file).json as Record<string, any>).filter(
      ([, each]) => typeof each.response?.key === "string" && typeof each.signature === "string",
    );
    expect(cases.length).toBeGreaterThan(0);
    for (const [name, each] of cases) {
      const asked: Array<string> = [];
      const fetch = async (request: Request) => {
        asked.push(new URL(request.url).pathname);
        return request.url.includes("/oauth2/token")
          ? Response.json({ access_token: "t", expires_in: 7_200 })
          : Response.json(each.response);
      };
      const access = {
        connection: `ebay-${name}`,
        settings: { endpoint: "https://holdfast.example/webhooks/e", language: "en-US" },
        secrets: { client_id: "i", client_secret: "s", refresh_token: "r", verification_token: "t" },
        fetch,
        nowMs: () => 1_790_000_000_000,
      } as unknown as ChannelAccess;
      const verified = await channelAdapter("ebay")?.verify(
        {
          url: "https://holdfast.example/webhooks/e",
          headers: new Headers({ "x-ebay-signature": each.signature }),
          bytes: bytesOf(JSON.stringify(each.message)),
        },
        access,
      );
      console.log(name, verified?.ok, asked);
      expect(verified?.ok, name).toBe(name === "VALID");
    }
  },
);
