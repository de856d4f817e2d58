import { type Api, expectSuccess } from "../api.ts";

const CODE = "SATURDAY-LIVE";

/** A show to play with on the show page: one drop that is wanted by many, one of which few are left, and a lottery. */
export async function openShowPage(merchant: Api): Promise<{ readonly code: string }> {
  const drops = [
    { sku: "TEE-HARBOUR-M", quantity: 25, policy: "hold_on_claim", buyer_limit: 2, ttl_seconds: 600 },
    { sku: "MUG-SLATE", quantity: 6, policy: "hold_on_claim", buyer_limit: 1, ttl_seconds: 120 },
    { sku: "POSTER-NIGHTLINE", quantity: 3, policy: "lottery" },
  ];
  await expectSuccess(
    merchant("PUT", `/v1/shows/${CODE}`, { body: { title: "Saturday live: the studio sale", drops } }),
  );
  await expectSuccess(merchant("POST", `/v1/shows/${CODE}/open`, { idempotencyKey: "show-page-open" }));
  return { code: CODE };
}
