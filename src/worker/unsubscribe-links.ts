import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { languages, type Language } from "../domain/messages/message.ts";

/** Whom a link is for, and in whose words its page speaks. */
export type UnsubscribeClaim = {
  readonly customerId: string;
  readonly brand: string;
  readonly language: Language;
};

export type UnsubscribeLinks = {
  readonly linkFor: (claim: UnsubscribeClaim) => string;
  /** @returns null for what we did not sign. */
  readonly read: (token: string) => UnsubscribeClaim | null;
};

const SECRET_LENGTH_MIN = 32;
const TOKEN_LENGTH_MAX = 400;
const SIGNATURE_BYTES = 20;

/**
 * Links by which a buyer refuses messages, without a login and without an address in them. They never end: a mail is
 * found again years later, and a link that does nothing is a complaint.
 *
 * @param secret - 32 characters or more of randomness; what is signed here is good for nothing else.
 * @param publicUrl - Where buyers reach the engine.
 * @returns null where either is not set: then nothing may be sent that a buyer could refuse.
 */
export function unsubscribeLinks(
  secret: string | undefined,
  publicUrl: string | undefined,
): UnsubscribeLinks | null {
  if (secret === undefined || secret.length < SECRET_LENGTH_MIN) return null;
  if (publicUrl === undefined || !/^https?:\/\/[^/]+/.test(publicUrl)) return null;
  const base = publicUrl.replace(/\/+$/, "");
  const key = createHash("sha256").update(`holdfast unsubscribe\n${secret}`).digest();
  const signatureOf = (text: string) =>
    Buffer.from(createHmac("sha256", key).update(text).digest().subarray(0, SIGNATURE_BYTES));
  return {
    linkFor: ({ customerId, brand, language }) => {
      const claim = Buffer.from([customerId, brand, language].join(" ")).toString("base64url");
      return `${base}/unsubscribe/${claim}.${signatureOf(claim).toString("base64url")}`;
    },
    read: (token) => {
      if (token.length > TOKEN_LENGTH_MAX) return null;
      const [claim = "", signature = ""] = token.split(".");
      const given = Buffer.from(signature, "base64url");
      if (given.length !== SIGNATURE_BYTES || !timingSafeEqual(given, signatureOf(claim))) return null;
      const [customerId, brand, named] = Buffer.from(claim, "base64url").toString().split(" ");
      const language = languages.find((each) => each === named);
      if (customerId === undefined || brand === undefined || language === undefined) return null;
      return { customerId, brand, language };
    },
  };
}
