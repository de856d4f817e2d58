import { createHash } from "node:crypto";

import type { HumanAction, Operation } from "../../contract/operation.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import type { TokenBuyer } from "./buyer-token.ts";
import { isOriginRegistered } from "./origin.ts";
import { PAGE_LIMIT_SECONDS } from "./page-limits.ts";
import type { Principal } from "./principal.ts";

/**
 * What stands between pages and the engine, from what costs nothing to what costs a call: the page's origin, how often
 * it asks, and whom it speaks for. Secret keys pass; a token that they send is read all the same.
 *
 * @param token - Of the buyer; null where the page sent none.
 * @returns The buyer whom the token names; null where there is none and none is needed.
 */
export async function admitPage(
  services: Pick<Services, "pageLimits" | "buyerTokens">,
  principal: Principal,
  request: Request,
  { token, isForBuyer }: { readonly token: string | null; readonly isForBuyer: boolean },
): Promise<Result<TokenBuyer | null, Problem>> {
  if (principal.kind === "publishable") {
    const origin = request.headers.get("origin");
    if (origin !== null && !isOriginRegistered(principal.allowedOrigins, origin, request.url)) {
      return err(problem("forbidden", { detail: "This key is not registered for pages of this origin." }));
    }
    if (!(await services.pageLimits.admit(principal.id, addressOf(request)))) {
      return err(problem("rate_limited", { retry_after_seconds: PAGE_LIMIT_SECONDS }));
    }
  }
  if (!isForBuyer) return ok(null);
  if (token === null) {
    return principal.requiresBuyerToken ? err(problem("buyer_token_required")) : ok(null);
  }
  const named = await services.buyerTokens?.read(token);
  return named === undefined || named === null ? err(problem("buyer_token_invalid")) : ok(named);
}

/**
 * Asks, where a check is configured, whether a person is behind a page's request. A check that does not answer lets
 * nobody in: whoever can make it fail would otherwise pass.
 *
 * @param proof - What the page sent for it; null where it sent nothing.
 * @param requestKey - The same for every repeat of one request.
 */
export async function checkHuman(
  { humanCheck }: Pick<Services, "humanCheck">,
  principal: Principal,
  request: Request,
  { action, proof, requestKey }: { action: HumanAction; proof: string | null; requestKey: string },
): Promise<Problem | null> {
  if (humanCheck === null || principal.kind !== "publishable") return null;
  if (proof === null) return problem("human_check_required");
  const said = await humanCheck.verify({
    token: proof,
    action,
    hostnames: [...principal.allowedOrigins.map(hostOf), new URL(request.url).hostname],
    requestId: uuidOf(`${principal.id}\n${requestKey}\n${proof}`),
    address: addressOf(request),
  });
  if (said.ok) return null;
  if (said.error.code === "refused") return problem("human_check_failed");
  console.error(JSON.stringify({ message: "human check did not answer", reason: said.error.reason }));
  return problem("unavailable");
}

export const BUYER_HEADER = "holdfast-buyer";
const HUMAN_HEADER = "holdfast-turnstile";

/** {@link checkHuman} for an operation over HTTP. */
export function checkHumanOf(
  services: Pick<Services, "humanCheck">,
  declared: Operation,
  principal: Principal | null,
  request: Request,
): Promise<Problem | null> {
  const { humanAction: action } = declared;
  if (action === undefined || principal === null) return Promise.resolve(null);
  return checkHuman(services, principal, request, {
    action,
    proof: request.headers.get(HUMAN_HEADER) ?? inQuery(declared, request, "turnstile"),
    requestKey: request.headers.get("idempotency-key") ?? "",
  });
}

/** What a page cannot send as a header with a WebSocket. */
export function inQuery({ keyInQuery }: Operation, request: Request, name: string): string | null {
  return keyInQuery === true ? new URL(request.url).searchParams.get(name) : null;
}

/** Set by the platform, which overwrites what a caller sends. */
export function addressOf(request: Request): string | null {
  return request.headers.get("cf-connecting-ip");
}

function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, "").replace(/:.*$/, "");
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
