import { createHmac } from "node:crypto";

const SECRET_PREFIX = "whsec_";

/** @param key - 24 to 64 random bytes. */
export function composeSecret(key: Uint8Array): string {
  return `${SECRET_PREFIX}${Buffer.from(key).toString("base64")}`;
}

/**
 * The headers of Standard Webhooks (specification of 2023, `v1`: HMAC-SHA256 over id, timestamp and body). A receiver
 * takes a message if one of the signatures fits, so that a secret can be changed without losing any.
 *
 * @param id - The event's: the same for each attempt, which is how a receiver knows a repeat.
 * @param sentAtMs - Of this attempt: a receiver refuses what is five minutes old.
 */
export function signedHeaders(
  secrets: ReadonlyArray<string>,
  id: string,
  sentAtMs: number,
  body: string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(sentAtMs / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return {
    "content-type": "application/json",
    "user-agent": "Holdfast-Webhooks/1",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}
