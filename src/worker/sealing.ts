import { concatBytes, decodeBase64 } from "../integrations/channels/signature.ts";

/** Encrypts what must not be read from the database. */
export type Sealing = {
  /** @param owner - What the secret belongs to; it opens only there. */
  readonly seal: (plain: string, owner: string) => Promise<string>;
  /** @returns null where it was sealed for another owner or under another key, or was changed. */
  readonly open: (sealed: string, owner: string) => Promise<string | null>;
};

const VERSION = "v1.";
const IV_BYTES = 12;

/**
 * AES-256-GCM under a key that stands only in a Worker secret.
 *
 * @param secret - 32 characters or more of randomness.
 * @returns null where there is no such secret: then nothing that is secret can be kept.
 */
export function sealingWith(secret: string | undefined): Sealing | null {
  if (secret === undefined || secret.length < 32) return null;
  const encoder = new TextEncoder();
  const importKey = async () =>
    crypto.subtle.importKey(
      "raw",
      await crypto.subtle.digest("SHA-256", encoder.encode(secret)),
      "AES-GCM",
      false,
      ["encrypt", "decrypt"],
    );
  return {
    seal: async (plain, owner) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const box = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: encoder.encode(owner) },
        await importKey(),
        encoder.encode(plain),
      );
      return `${VERSION}${encodeBase64(concatBytes(iv, new Uint8Array(box)))}`;
    },
    open: async (sealed, owner) => {
      const bytes = sealed.startsWith(VERSION) ? decodeBase64(sealed.slice(VERSION.length)) : null;
      if (bytes === null || bytes.byteLength <= IV_BYTES) return null;
      try {
        const plain = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: bytes.slice(0, IV_BYTES), additionalData: encoder.encode(owner) },
          await importKey(),
          bytes.slice(IV_BYTES),
        );
        return new TextDecoder().decode(plain);
      } catch {
        return null;
      }
    },
  };
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
