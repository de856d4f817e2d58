import { X509Certificate } from "node:crypto";
import { crc32 } from "node:zlib";

import { err, ok, type Result } from "../../domain/result.ts";

const TIMEOUT_MS = 8_000;
/** A certificate has about 2 kB, and PayPal has one or two at a time. */
const CERTIFICATE_BYTES_MAX = 16_384;
const CERTIFICATES_MAX = 8;

export type PayPalSignatureConfig = {
  /** PayPal's id of the webhook, which is signed with the message. */
  readonly webhookId: string;
  readonly apiBase: string;
  readonly fetch: typeof fetch;
};

type Certificate = { readonly key: CryptoKey; readonly fromMs: number; readonly toMs: number };

/** By address: PayPal signs with the same one for months. */
const certificates = new Map<string, Certificate>();

/**
 * Whether PayPal signed these bytes for this webhook: RSA and SHA-256 over the ids, the time and the bytes' CRC-32, with the
 * certificate that the message names. It is PayPal's because it comes from PayPal's own host over TLS; any other address is a
 * forgery, and is not even asked.
 *
 * @see https://developer.paypal.com/api/rest/webhooks/rest/ ("Self verification method")
 * @returns `unavailable` where the certificate could not be read, so that nobody knows.
 */
export async function verifyPayPalSignature(
  config: PayPalSignatureConfig,
  bytes: Uint8Array,
  headers: Headers,
  nowMs: number,
): Promise<Result<null, { readonly code: "forged" | "unavailable" }>> {
  const [algorithm, url, id, signature, time] = [
    "auth-algo",
    "cert-url",
    "transmission-id",
    "transmission-sig",
    "transmission-time",
  ].map((name) => headers.get(`paypal-${name}`) ?? "") as [string, string, string, string, string];
  const given = decodeBase64(signature);
  if (algorithm !== "SHA256withRSA" || id === "" || time === "" || given === null)
    return err({ code: "forged" });
  if (!isOwnAddress(url, config.apiBase)) return err({ code: "forged" });
  const certificate = await certificateAt(config, url);
  if (certificate === null) return err({ code: "unavailable" });
  if (nowMs < certificate.fromMs || nowMs > certificate.toMs) return err({ code: "forged" });
  const signed = new TextEncoder().encode(`${id}|${time}|${config.webhookId}|${crc32(bytes)}`);
  const isGenuine = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", certificate.key, given, signed);
  return isGenuine ? ok(null) : err({ code: "forged" });
}

/** PayPal's hosts, and the server that stands in for PayPal while somebody tries things out. */
function isOwnAddress(address: string, apiBase: string): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== "" || url.password !== "") return false;
  if (url.origin === new URL(apiBase).origin) return true;
  return url.protocol === "https:" && url.port === "" && url.hostname.endsWith(".paypal.com");
}

async function certificateAt({ fetch }: PayPalSignatureConfig, url: string): Promise<Certificate | null> {
  const known = certificates.get(url);
  if (known !== undefined) return known;
  try {
    // Following a redirect would leave PayPal's host.
    const reply = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = reply.status === 200 ? await reply.text() : "";
    if (text === "" || text.length > CERTIFICATE_BYTES_MAX) return null;
    const read = await readCertificate(text);
    if (certificates.size >= CERTIFICATES_MAX) certificates.clear();
    certificates.set(url, read);
    return read;
  } catch {
    return null;
  }
}

/** @throws Error for what is no certificate of an RSA key. The first of a chain is the one that signs. */
async function readCertificate(pem: string): Promise<Certificate> {
  const certificate = new X509Certificate(pem);
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  const key = await crypto.subtle.importKey(
    "spki",
    new Uint8Array(spki),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["verify"],
  );
  return { key, fromMs: Date.parse(certificate.validFrom), toMs: Date.parse(certificate.validTo) };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return text === "" ? null : Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
