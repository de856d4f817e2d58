import * as z from "zod";

import { operation } from "./operation.ts";
import { buyerSchema, deviceSchema, showCodeSchema, timestampSchema } from "./primitives.ts";

export const BUYER_TOKEN_TTL_SECONDS_DEFAULT = 3600;
export const BUYER_TOKEN_TTL_SECONDS_MAX = 86_400;

const buyerTokenBodySchema = z.strictObject({
  buyer: buyerSchema,
  ttl_seconds: z
    .int()
    .min(60)
    .max(BUYER_TOKEN_TTL_SECONDS_MAX)
    .default(BUYER_TOKEN_TTL_SECONDS_DEFAULT)
    .describe("How long the token is good."),
  device: deviceSchema.optional(),
  show: showCodeSchema.optional().describe("With it, the token is good in this show only."),
});

export const buyerTokenOperations = {
  createBuyerToken: operation({
    id: "createBuyerToken",
    method: "POST",
    path: "/v1/buyer-tokens",
    tag: "Buyers",
    summary: "Sign a token that says who the buyer of a page is",
    description:
      "A page sends the token as `Holdfast-Buyer` with every call, in place of the `buyer` field. It then acts for that " +
      "buyer only: holds and places in line of others are not there for it. Nothing is stored, so a repeat needs no key.",
    access: { scope: "buyers:write" },
    idempotency: "none",
    body: buyerTokenBodySchema,
    success: {
      status: 201,
      schema: z
        .object({ token: z.string(), buyer: z.string(), expires_at: timestampSchema })
        .meta({ id: "BuyerToken" }),
    },
    problems: ["buyer_tokens_not_configured"],
  }),
};
