const encoder = new TextEncoder();

export type SignatureRefusal = "signature_missing" | "signature_wrong";

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Bytes of base64, standard or URL-safe; null where the text is neither. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.trim().replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

export function decodeHex(text: string): Uint8Array<ArrayBuffer> | null {
  const hex = text.trim();
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

export function concatBytes(...parts: ReadonlyArray<string | Uint8Array>): Uint8Array<ArrayBuffer> {
  const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const joined = new Uint8Array(all.reduce((length, part) => length + part.byteLength, 0));
  let offset = 0;
  for (const part of all) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}

/** HMAC-SHA256 over raw bytes, compared in constant time by the platform's own verify. */
export async function isHmacSha256(
  secret: string | Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer> | null,
): Promise<boolean> {
  const keyBytes = typeof secret === "string" ? bytesOf(secret) : secret;
  if (signature === null || keyBytes.byteLength === 0) return false;
  const key = await crypto.subtle.importKey("raw", keyBytes, { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  return crypto.subtle.verify("HMAC", key, signature, signed);
}
