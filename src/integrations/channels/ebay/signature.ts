import type { Json } from "../reading.ts";
import { at, parseExact, textAt } from "../reading.ts";
import { concatBytes, decodeBase64 } from "../signature.ts";

/** What `X-EBAY-SIGNATURE` holds. */
export type SignatureHeader = { readonly keyId: string; readonly signature: Uint8Array<ArrayBuffer> };

export function readSignatureHeader(header: string): SignatureHeader | null {
  const decoded = decodeBase64(header);
  const json: Json = decoded === null ? undefined : parseExact(new TextDecoder().decode(decoded));
  const keyId = textAt(json, "kid");
  const signature = decodeBase64(textAt(json, "signature") ?? "");
  if (keyId === null || !/^[A-Za-z0-9-]{1,64}$/.test(keyId) || signature === null) return null;
  return { keyId, signature };
}

/**
 * ECDSA over P-256 with SHA-1, as eBay signs its notifications. It signs the body as its own serializer writes it; a
 * body that came another way with the same content is verified as that serializer would have written it.
 *
 * @param publicKeyPem - As `GET /commerce/notification/v1/public_key/{kid}` answers it, with or without line breaks.
 */
export async function isSignedByEbay(
  publicKeyPem: string,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const der = decodeBase64(publicKeyPem.replaceAll(/-----[A-Z ]+-----|\s/g, ""));
  const raw = rawSignature(signature);
  if (der === null || raw === null) return false;
  const key = await crypto.subtle
    .importKey("spki", der, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"])
    .catch(() => null);
  if (key === null) return false;
  const algorithm = { name: "ECDSA", hash: "SHA-1" };
  if (await crypto.subtle.verify(algorithm, key, raw, bytes)) return true;
  const parsed = parseExact(new TextDecoder().decode(bytes));
  if (at(parsed, "metadata") === undefined) return false;
  return crypto.subtle.verify(algorithm, key, raw, concatBytes(JSON.stringify(parsed)));
}

const INTEGER_BYTES = 32;

/** ASN.1 DER `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 §2.2.3) as the two numbers side by side, which WebCrypto wants. */
function rawSignature(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (der[0] !== 0x30 || der[1] !== der.byteLength - 2) return null;
  const first = readInteger(der, 2);
  const second = first === null ? null : readInteger(der, first.end);
  if (first === null || second === null || second.end !== der.byteLength) return null;
  return concatBytes(first.value, second.value);
}

function readInteger(
  der: Uint8Array<ArrayBuffer>,
  start: number,
): { readonly value: Uint8Array; readonly end: number } | null {
  const length = der[start + 1] ?? 0;
  const end = start + 2 + length;
  if (der[start] !== 0x02 || length === 0 || end > der.byteLength) return null;
  let digits = der.slice(start + 2, end);
  while (digits.byteLength > INTEGER_BYTES && digits[0] === 0) digits = digits.slice(1);
  if (digits.byteLength > INTEGER_BYTES) return null;
  const value = new Uint8Array(INTEGER_BYTES);
  value.set(digits, INTEGER_BYTES - digits.byteLength);
  return { value, end };
}
