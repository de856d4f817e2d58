import type { Viewer } from "./seen-stock.ts";

/** A bucket of messages: so many at once, and then so many a second. */
export type RateLimit = { readonly burst: number; readonly perSecond: number };

/** A page is one buyer with two hands; a server speaks for a crowd, and is held back by the length of the queue instead. */
export const messageRates: Readonly<Record<Viewer, RateLimit>> = {
  publishable: { burst: 20, perSecond: 10 },
  secret: { burst: 20_000, perSecond: 10_000 },
};

export type Bucket = { messages: number; sinceMs: number };

export function fullBucket({ burst }: RateLimit, nowMs: number): Bucket {
  return { messages: burst, sinceMs: nowMs };
}

/** Takes one message out of the bucket; false where there is none left. */
export function takeMessage(bucket: Bucket, limit: RateLimit, nowMs: number): boolean {
  // A clock that jumps back must not lock anybody out.
  const elapsedMs = Math.max(0, nowMs - bucket.sinceMs);
  bucket.messages = Math.min(limit.burst, bucket.messages + (elapsedMs * limit.perSecond) / 1000);
  bucket.sinceMs = nowMs;
  if (bucket.messages < 1) return false;
  bucket.messages -= 1;
  return true;
}
