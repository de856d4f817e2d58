import { encodeBytes } from "../../domain/ids.ts";
import { digest } from "./keeper.ts";

const SEED_BYTES = 32;

/** The secret of a draw, and the digest that is published before it. */
export function makeSeed() {
  const bytes = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const seed = encodeBytes(bytes, 51);
  return { seed, seedHash: digest(seed) };
}
