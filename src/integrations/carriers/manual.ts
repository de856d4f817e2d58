import { createHash } from "node:crypto";

import { decodeTimeMs } from "../../domain/ids.ts";
import { err, ok } from "../../domain/result.ts";
import { drawLabel } from "./label-pdf.ts";
import type { CarrierPort } from "./port.ts";

/** Two letters, twelve digits of the shipment's digest, one check digit. */
const PREFIX = "HF";
const DIGITS = 12;
const SERVICE_DEFAULT = "standard";

/**
 * Weights 3 and 1 from the right, as GS1 and the postal carriers do it: it finds every single wrong digit and most
 * neighbours that were swapped.
 */
export function checkDigitOf(digits: string): number {
  let sum = 0;
  for (const [index, digit] of digits.split("").toReversed().entries())
    sum += Number(digit) * (index % 2 === 0 ? 3 : 1);
  return (10 - (sum % 10)) % 10;
}

/** The same reference always has the same number, so that a repeated purchase finds its first label. */
export function trackingNumberOf(reference: string): string {
  const digest = createHash("sha256").update(reference).digest("hex");
  const number = BigInt(`0x${digest.slice(0, 16)}`) % 10n ** BigInt(DIGITS);
  const digits = number.toString().padStart(DIGITS, "0");
  return `${PREFIX}${digits}${checkDigitOf(digits)}`;
}

export function isTrackingNumber(text: string): boolean {
  const match = /^HF(\d{12})(\d)$/.exec(text);
  return match !== null && checkDigitOf(match[1] ?? "") === Number(match[2]);
}

/**
 * The carrier that is always there: a courier of one's own, or the counter of a post office. It makes real labels and
 * numbers, asks nobody, and hears of parcels only what people report.
 */
export const manualCarrier: CarrierPort = {
  carrier: "manual",
  isRepeatable: true,
  knowsTracking: false,
  async rates() {
    return ok([]);
  },
  async buyLabel({ reference, orderNumber, from, to, weightGrams, choice }) {
    const trackingNumber = trackingNumberOf(reference);
    const chosen = choice.service ?? SERVICE_DEFAULT;
    const content = await drawLabel({
      carrier: "Holdfast",
      service: chosen,
      orderNumber,
      weightGrams,
      trackingNumber,
      from,
      to,
      createdAt: new Date(createdAtMsOf(reference)),
    });
    return ok({ trackingNumber, carrierReference: reference, service: chosen, format: "pdf", content });
  },
  // Numbers are made of the reference: nothing has to be looked for.
  async findLabel() {
    return ok(null);
  },
  async voidLabel({ trackingNumber }) {
    return isTrackingNumber(trackingNumber) ? ok(null) : err(unknownNumber);
  },
  async track({ trackingNumber }) {
    return isTrackingNumber(trackingNumber) ? ok([]) : err(unknownNumber);
  },
  async checkAddress() {
    return ok({ verdict: "unchecked", suggestion: null, messages: [] });
  },
};

const unknownNumber = { code: "refused", reason: "not a tracking number of this carrier" } as const;

/** The time in the parcel's id, so that a repeat draws the same bytes. */
function createdAtMsOf(reference: string): number {
  const timeMs = decodeTimeMs(reference.slice("shp_".length, "shp_".length + 10));
  return Number.isNaN(timeMs) ? 0 : timeMs;
}
