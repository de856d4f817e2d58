import { problem, type Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { TokenBuyer } from "./buyer-token.ts";

/** What a request may say of who wants something, and where. */
type Wish = {
  readonly buyer?: BuyerKey | undefined;
  readonly device?: string | undefined;
  readonly show?: string | undefined;
};

/**
 * Whom a request is for. A token's word goes before the request's own, which may repeat it but not contradict it.
 *
 * @param token - Whom the token names; null where none was sent.
 */
export function actingBuyer<Wished extends Wish>(
  token: TokenBuyer | null,
  wish: Wished,
): Result<Wished & { readonly buyer: BuyerKey }, Problem> {
  if (token === null) {
    const { buyer } = wish;
    return buyer === undefined
      ? err(problem("request_invalid", { errors: [{ pointer: "/buyer", detail: "is required" }] }))
      : ok({ ...wish, buyer });
  }
  if (wish.buyer !== undefined && wish.buyer !== token.buyer) {
    return err(problem("forbidden", { detail: "The token names another buyer." }));
  }
  if (token.show !== null && wish.show !== token.show) {
    return err(problem("forbidden", { detail: "The token is good in another show only." }));
  }
  const device = token.device ?? wish.device;
  return ok({ ...wish, buyer: token.buyer, ...(device === undefined ? {} : { device }) });
}

/** Whose things a request may touch; null: those of everybody whose id it knows. */
export function ownerOf({ buyer }: { readonly buyer: TokenBuyer | null }): BuyerKey | null {
  return buyer?.buyer ?? null;
}
