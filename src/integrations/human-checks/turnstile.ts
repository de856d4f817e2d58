import * as z from "zod";

import { err, ok, type Result } from "../../domain/result.ts";
import type { HumanCheck, HumanCheckFailure, HumanProof } from "./port.ts";

/** https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ */
const VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/** A buyer waits for this. */
const TIMEOUT_MS = 3_000;
const TRIES_MAX = 2;
const TOKEN_LENGTH_MAX = 2_048;
const ANSWER_LENGTH_MAX = 16_384;

const answerSchema = z.object({
  success: z.boolean(),
  hostname: z.string().optional(),
  action: z.string().optional(),
  "error-codes": z.array(z.string()).optional(),
});

/** Failures of theirs or of our set-up: they say nothing about the page. */
const notAboutThePage = new Set([
  "internal-error",
  "missing-input-secret",
  "invalid-input-secret",
  "bad-request",
]);

/**
 * Cloudflare Turnstile. The answer counts only together with what it was asked for: a token of another site of the
 * same account, or one that was made for another action, is refused.
 *
 * @param send - `fetch`, or what a test puts in its place.
 */
export function turnstileCheck(secret: string, send: typeof fetch): HumanCheck {
  return {
    verify: async (proof) => {
      if (proof.token.length === 0 || proof.token.length > TOKEN_LENGTH_MAX) {
        return err({ code: "refused", reason: "not a token" });
      }
      let failure: HumanCheckFailure = { code: "unavailable", reason: "not asked" };
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        const said = await ask(secret, proof, send);
        if (said.ok || said.error.code === "refused") return said;
        failure = said.error;
      }
      return err(failure);
    },
  };
}

async function ask(
  secret: string,
  proof: HumanProof,
  send: typeof fetch,
): Promise<Result<null, HumanCheckFailure>> {
  try {
    const response = await send(VERIFY_URL, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        secret,
        response: proof.token,
        idempotency_key: proof.requestId,
        ...(proof.address === null ? {} : { remoteip: proof.address }),
      }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (text.length > ANSWER_LENGTH_MAX) return unavailable("a long answer");
    return judge(answerSchema.parse(JSON.parse(text)), proof);
  } catch (error) {
    return unavailable(error instanceof Error ? error.name : "unknown");
  }
}

function judge(answer: z.infer<typeof answerSchema>, proof: HumanProof): Result<null, HumanCheckFailure> {
  if (!answer.success) {
    const codes = answer["error-codes"] ?? [];
    return codes.some((code) => notAboutThePage.has(code))
      ? unavailable(codes.join(" "))
      : err({ code: "refused", reason: codes.join(" ") || "not successful" });
  }
  if (answer.action !== proof.action) return err({ code: "refused", reason: "made for another action" });
  if (answer.hostname === undefined || !proof.hostnames.includes(answer.hostname)) {
    return err({ code: "refused", reason: "made on another site" });
  }
  return ok(null);
}

function unavailable(reason: string): { readonly ok: false; readonly error: HumanCheckFailure } {
  return err({ code: "unavailable", reason });
}
