import type { LiveHoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";

export async function listLiveHolds(
  services: Pick<Services, "sku">,
  sku: Sku,
  asked: { readonly show: string | null; readonly limit: number },
): Promise<Result<{ data: Array<LiveHoldView> }, Problem>> {
  const holds = await services.sku(sku).liveHolds(asked);
  if (holds === null) return err(problem("sku_unknown", { sku }));
  return ok({
    data: holds.map((hold) => ({
      sku,
      buyer: hold.buyer,
      quantity: hold.quantity,
      status: hold.status,
      secured: hold.isSecured,
      created_at: new Date(hold.createdAtMs).toISOString(),
      ends_at: new Date(hold.endsAtMs).toISOString(),
    })),
  });
}
