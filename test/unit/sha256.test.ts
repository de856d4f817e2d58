import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { sha256 } from "../../src/domain/sha256.ts";

function reference(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test.each([
  ["nothing", ""],
  ["FIPS 180-4, one block", "abc"],
  ["FIPS 180-4, two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"],
  [
    "every length around a block's end",
    Array.from({ length: 70 }, (_, length) => "x".repeat(length + 50)).join("\n"),
  ],
  ["a long text in other scripts", "Größe ✓ 漢字 🧾\n".repeat(500)],
])("%s is digested as the runtime digests it", (_name, text) => {
  for (const each of [text, ...text.split("\n")]) {
    expect(Buffer.from(sha256(each)).toString("hex")).toBe(reference(each));
  }
});

test("any text is digested as the runtime digests it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      expect(Buffer.from(sha256(text)).toString("hex")).toBe(reference(text));
    }),
    { numRuns: 500 },
  );
});
