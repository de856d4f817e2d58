import { createHash } from "node:crypto";

/** A UUID that follows from what a call is about, so that a repeat of the same call is recognised. */
export function callKey(...about: ReadonlyArray<string>): string {
  const hex = createHash("sha256").update(about.join("\n")).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}
