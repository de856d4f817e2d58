import { timingSafeEqual } from "node:crypto";

import * as z from "zod";

import { err, ok } from "../../../domain/result.ts";
import type { ChannelAdapter } from "../port.ts";
import { readCsvOrders } from "./orders.ts";

const settings = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .describe("Of orders whose rows name none."),
});
const secrets = z.strictObject({
  webhook_secret: z.string().min(16).max(500).describe("What whoever drops a file sends as `x-api-key`."),
});

/**
 * A partner without an API: order files are dropped at the connection's webhook address, and it fetches what to show and
 * what has left as files. Nothing is called, so nothing can be down.
 */
export const csv: ChannelAdapter = {
  platform: "csv",
  settings,
  secrets,
  pushMax: 100,
  revisionsPerDay: null,
  async verify({ headers }, access) {
    const given = headers.get("x-api-key");
    if (given === null) return err("signature_missing");
    const expected = Buffer.from(access.secrets["webhook_secret"] ?? "");
    const found = Buffer.from(given);
    const isSame = found.byteLength === expected.byteLength && timingSafeEqual(found, expected);
    return isSame ? ok(null) : err("signature_wrong");
  },
  read: ({ bytes }, access) => ({ kind: "orders", orders: readCsvOrders(bytes, access) }),
  test: () => Promise.resolve(ok({ account: "files" })),
  readListings: () => Promise.resolve(ok({ items: [], next: null })),
  fetchOrder: () => Promise.resolve(ok(null)),
  changedOrders: () => Promise.resolve(ok({ items: [], next: null })),
  // What is wanted stands in the file that is fetched.
  setQuantities: (_access, pushes) => Promise.resolve(ok(pushes.map(() => ({ status: "set" as const })))),
  readQuantities: () => Promise.resolve(ok(new Map())),
  tellShipped: () => Promise.resolve(ok(null)),
  tellCanceled: () => Promise.resolve(ok(null)),
};
