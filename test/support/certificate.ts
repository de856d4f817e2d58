/** DER, as far as a certificate needs it (X.690 §8, RFC 5280 §4.1). */
function der(tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array<ArrayBuffer> {
  const content = parts.flatMap((part) => [...part]);
  const bytes = content.length < 128 ? [content.length] : longLength(content.length);
  return Uint8Array.from([tag, ...bytes, ...content]);
}

function longLength(length: number): Array<number> {
  const digits = length < 256 ? [length] : [length >> 8, length & 255];
  return [0x80 | digits.length, ...digits];
}

const [INTEGER, BIT_STRING, OID, UTF8, UTC_TIME, SEQUENCE, SET] = [2, 3, 6, 12, 23, 48, 49] as const;
const text = (value: string) => new TextEncoder().encode(value);
const SHA256_WITH_RSA = der(
  SEQUENCE,
  der(OID, Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)),
  der(5),
);

/** A certificate by which a key vouches for itself, good for 2020 to 2049 unless `validity` says otherwise (as `YYMMDDHHMMSSZ`). */
export async function selfSigned(
  { publicKey, privateKey }: CryptoKeyPair,
  name: string,
  validity: readonly [string, string] = ["200101000000Z", "491231235959Z"],
): Promise<string> {
  const commonName = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(OID, Uint8Array.of(0x55, 4, 3)), der(UTF8, text(name)))),
  );
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer);
  const tbs = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Uint8Array.of(2))),
    der(INTEGER, Uint8Array.of(1)),
    SHA256_WITH_RSA,
    commonName,
    der(SEQUENCE, ...validity.map((time) => der(UTC_TIME, text(time)))),
    commonName,
    spki,
  );
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, tbs));
  const certificate = der(SEQUENCE, tbs, SHA256_WITH_RSA, der(BIT_STRING, Uint8Array.of(0), signature));
  const lines = btoa(String.fromCharCode(...certificate)).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
