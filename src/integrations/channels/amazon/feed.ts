import { ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply } from "../call.ts";
import type { ChannelAccess, ChannelFailure, PushOutcome, QuantityPush } from "../port.ts";
import { textAt } from "../reading.ts";

type Ask = (path: string, body: unknown) => Promise<Result<ChannelReply, ChannelFailure>>;

/** Amazon works most feeds off within minutes. */
const QUIET_MS = 300_000;
const CONTENT_TYPE = "application/json; charset=UTF-8";

/**
 * Quantities of many listings in one document (JSON_LISTINGS_FEED, version 2.0). Amazon takes it now and works it off
 * later: what it refuses then is found, and told again, by the next comparison.
 */
export async function feedQuantities(
  access: ChannelAccess,
  ask: Ask,
  pushes: ReadonlyArray<QuantityPush>,
  patchesOf: (quantity: number) => ReadonlyArray<unknown>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const { seller_id: sellerId, marketplace_id: marketplace, product_type: productType } = access.settings;
  const made = await ask("/feeds/2021-06-30/documents", { contentType: CONTENT_TYPE });
  if (!made.ok) return made;
  const documentId = textAt(made.value.body, "feedDocumentId");
  const url = (made.value.body as { url?: unknown } | null)?.url;
  if (documentId === null || typeof url !== "string")
    return { ok: false, error: { code: "unavailable", reason: "gave no address for a feed" } };
  const feed = {
    header: { sellerId: String(sellerId), version: "2.0", issueLocale: "en_US" },
    messages: pushes.map(({ listing, quantity }, index) => ({
      messageId: index + 1,
      sku: listing,
      operationType: "PATCH",
      productType: String(productType),
      patches: patchesOf(quantity),
    })),
  };
  const headers = { "content-type": CONTENT_TYPE };
  const stored = await call(access, { method: "PUT", url, headers, body: feed });
  if (!stored.ok) return stored;
  if (!isDone(stored.value)) return { ok: false, error: refusedWith(stored.value) };
  const begun = await ask("/feeds/2021-06-30/feeds", {
    feedType: "JSON_LISTINGS_FEED",
    marketplaceIds: [String(marketplace)],
    inputFeedDocumentId: documentId,
  });
  if (!begun.ok) return begun;
  return ok(pushes.map(() => ({ status: "set", quietMs: QUIET_MS })));
}
