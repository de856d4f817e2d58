import * as z from "zod";

import { operation } from "./operation.ts";
import { buyerSchema, showCodeSchema, skuSchema } from "./primitives.ts";

/** SKUs that one socket may watch without a show. */
const WATCHED_SKUS_MAX = 50;

const who = {
  key: z
    .string()
    .max(200)
    .optional()
    .describe("The key, because a page cannot send headers with a WebSocket. It is never logged."),
  buyer: buyerSchema
    .optional()
    .describe(
      "Whom the socket is for, for as long as it is open. Servers may leave it out and name one on each message.",
    ),
  token: z
    .string()
    .max(2_048)
    .optional()
    .describe("A buyer token, in place of the header `Holdfast-Buyer`: it says who the buyer is."),
  turnstile: z
    .string()
    .max(2_048)
    .optional()
    .describe("The proof of a person, in place of the header `Holdfast-Turnstile`, where a check is set up."),
};

const protocol =
  "Messages are JSON texts, described in docs/live-protocol.md. The first one from here is a `snapshot`; every `snapshot` and `stock` " +
  "message has the next `seq`. A `check` must be answered by `checked`, so that it is known that you read.";

const live = {
  method: "GET",
  tag: "Live",
  access: { scope: "holds:write", publishable: true },
  idempotency: "none",
  keyInQuery: true,
  isForBuyer: true,
  humanAction: "hold",
  success: { status: 101, description: "The WebSocket is open." },
} as const;

export const liveOperations = {
  watchShow: operation({
    ...live,
    id: "watchShow",
    path: "/v1/shows/{code}/live",
    summary: "A WebSocket on a show: stock as it changes, holds, places in line, offers",
    description: protocol,
    params: z.strictObject({ code: showCodeSchema }),
    query: z.strictObject(who),
    problems: ["upgrade_required", "show_unknown", "sku_unknown", "unavailable"],
  }),
  watchSkus: operation({
    ...live,
    id: "watchSkus",
    path: "/v1/live",
    summary: "The same WebSocket without a show, on SKUs of your choice",
    description: protocol,
    query: z.strictObject({
      ...who,
      skus: z
        .string()
        .max(4_000)
        .describe(`Up to ${WATCHED_SKUS_MAX} SKUs, with commas between them.`)
        .meta({ example: "MUG-BLUE,MUG-RED" })
        .transform((text) => [...new Set(text.split(","))])
        .pipe(z.array(skuSchema).min(1).max(WATCHED_SKUS_MAX)),
    }),
    problems: ["upgrade_required", "sku_unknown", "unavailable"],
  }),
};
