import * as z from "zod";

import { operation } from "./operation.ts";
import { connectionCodeSchema, timestampSchema } from "./primitives.ts";

const shared = {
  method: "GET",
  tag: "Channels",
  access: { scope: "channels:read" },
  idempotency: "none",
  params: z.strictObject({ code: connectionCodeSchema }),
  success: { status: 200, contentType: "text/csv; charset=utf-8" },
  problems: ["not_found"],
} as const;

export const channelFileOperations = {
  getChannelQuantities: operation({
    ...shared,
    id: "getChannelQuantities",
    path: "/v1/channels/{code}/files/quantities",
    summary: "What a channel is to show, as CSV: one row for each SKU",
    description:
      "`sku,quantity`, by the connection's rule. A listing that was mapped by hand stands under its own name.",
  }),
  getChannelShipments: operation({
    ...shared,
    id: "getChannelShipments",
    path: "/v1/channels/{code}/files/shipments",
    summary: "What became of a channel's orders, as CSV: what left, and what was canceled",
    description: "`order_id,status,sku,quantity,carrier,tracking_number,at`, the oldest first.",
    query: z.strictObject({
      since: timestampSchema.optional().describe("By default the last seven days."),
    }),
  }),
};
