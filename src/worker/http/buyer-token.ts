import { sign, verify } from "hono/jwt";
import * as z from "zod";

import { buyerSchema, deviceSchema, showCodeSchema } from "../../contract/primitives.ts";
import type { BuyerKey } from "../../domain/brand.ts";

/** Whom a token names. */
export type TokenBuyer = {
  readonly buyer: BuyerKey;
  readonly device: string | null;
  /** The only show the token is good in; null: everywhere. */
  readonly show: string | null;
};

export type BuyerTokens = {
  readonly issue: (named: TokenBuyer, issuedAtMs: number, expiresAtMs: number) => Promise<string>;
  /** @returns null for a token that is expired, malformed, or that none of our secrets signed. */
  readonly read: (token: string) => Promise<TokenBuyer | null>;
};

/** HMAC-SHA-256 wants a key no shorter than its output, RFC 7518 §3.2. */
const SECRET_LENGTH_MIN = 32;
const TOKEN_LENGTH_MAX = 2048;
const ALGORITHM = "HS256";
const ISSUER = "holdfast";
/** So that no other JWT that is signed with the same secret passes for a buyer token. */
const AUDIENCE = "holdfast-buyer";

const claimsSchema = z.object({
  sub: buyerSchema,
  exp: z.int(),
  device: deviceSchema.optional(),
  show: showCodeSchema.optional(),
});

/**
 * Tokens that say who the buyer of a page is, signed by the merchant's server through us.
 *
 * @param secrets - The first signs. All are accepted, so that a secret can be replaced while old tokens live.
 * @returns null where the first is missing or too short to be one.
 */
export function createBuyerTokens(secrets: ReadonlyArray<string | undefined>): BuyerTokens | null {
  const [current, ...former] = secrets;
  if (!isSecret(current)) return null;
  const accepted = [current, ...former.filter(isSecret)];
  return {
    issue: ({ buyer, device, show }, issuedAtMs, expiresAtMs) =>
      sign(
        {
          iss: ISSUER,
          aud: AUDIENCE,
          sub: buyer,
          iat: Math.floor(issuedAtMs / 1000),
          exp: Math.floor(expiresAtMs / 1000),
          ...(device === null ? {} : { device }),
          ...(show === null ? {} : { show }),
        },
        current,
        ALGORITHM,
      ),
    read: async (token) => {
      if (token.length > TOKEN_LENGTH_MAX) return null;
      for (const secret of accepted) {
        const claims = claimsSchema.safeParse(await claimsOf(token, secret));
        if (!claims.success) continue;
        const { sub, device, show } = claims.data;
        return { buyer: sub, device: device ?? null, show: show ?? null };
      }
      return null;
    },
  };
}

function isSecret(value: string | undefined): value is string {
  return value !== undefined && value.length >= SECRET_LENGTH_MIN;
}

async function claimsOf(token: string, secret: string): Promise<unknown> {
  try {
    // Another machine signed it, and its clock may be a little ahead: only the end is compared with ours.
    return await verify(token, secret, { alg: ALGORITHM, iss: ISSUER, aud: AUDIENCE, iat: false });
  } catch {
    // Malformed, expired or forged: to the outside all the same.
    return null;
  }
}
