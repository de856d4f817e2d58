import type { Bill } from "./tally.ts";

/**
 * List prices in dollars a million, beyond what is included:
 * developers.cloudflare.com/workers/platform/pricing and durable-objects, d1, queues beside it.
 */
const PRICES = {
  workerRequests: 0.3,
  objectRequests: 0.15,
  objectRowsWritten: 1,
  alarmsSet: 1,
  databaseRowsWritten: 1,
  databaseRowsRead: 0.001,
  /** Written, read, deleted. */
  queueMessages: 3 * 0.4,
} as const satisfies Record<keyof Bill, number>;

const CPU_PRICE_PER_MS = 0.02;
/** A second of an object's 128 MB. */
const OBJECT_PRICE_PER_SECOND = 12.5 * 0.128;
/** Incoming messages of a socket are counted twenty to a request; outgoing ones are free. */
export const MESSAGES_PER_REQUEST = 20;

/** What one thing of a kind uses: counted, beside the CPU time and the object's time, which are taken as bounds. */
export type Usage = {
  readonly bill: Bill;
  readonly cpuMs: number;
  readonly objectSeconds: number;
};

/** @returns Dollars for a million of them. */
export function pricePerMillion({ bill, cpuMs, objectSeconds }: Usage): number {
  const counted = Object.entries(PRICES).reduce(
    (sum, [meter, price]) => sum + bill[meter as keyof Bill] * price,
    0,
  );
  return counted + cpuMs * CPU_PRICE_PER_MS + objectSeconds * OBJECT_PRICE_PER_SECOND;
}
