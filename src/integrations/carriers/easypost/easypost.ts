import type * as z from "zod";

import { chooseRate, type Rate, type RatePreference } from "../../../domain/fulfillment/choose-rate.ts";
import type { Address } from "../../../domain/orders/order.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import type { CarrierFailure, CarrierPort, Label, LabelRequest } from "../port.ts";
import {
  failureSchema,
  shipmentSchema,
  trackersSchema,
  type EasyPostShipment,
  type rateSchema,
} from "./objects.ts";
import { updatesOf } from "./tracking.ts";

const API_BASE = "https://api.easypost.com";
/** EasyPost weighs in ounces. */
const GRAMS_PER_OUNCE = 28.349_523_125;
/** One of several calls of a purchase, which has ten seconds as a whole. */
const CALL_MS_MAX = 8_000;
const LABEL_BYTES_MAX = 2_000_000;
/** EasyPost says this of a shipment that was bought before. */
const BOUGHT_BEFORE = new Set(["SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.POSTAGE.ALREADY_PURCHASED"]);

export type EasyPostSettings = {
  readonly apiKey: string;
  /** Another server than EasyPost's own, for trying things out. */
  readonly apiBase: string | undefined;
  readonly preference: RatePreference;
};

/**
 * EasyPost, which buys at many carriers. It knows no idempotency keys, so every purchase begins by looking for the parcel
 * under our own name: what was made is not made again, and what was paid for is not paid for again, wherever the last
 * attempt lost its answer.
 */
export function easyPost(settings: EasyPostSettings): CarrierPort {
  const api = new EasyPostApi(settings);
  return {
    carrier: "easypost",
    buyLabel: (request) => api.buyLabel(request),
    voidLabel: (trackingNumber) => api.voidLabel(trackingNumber),
    track: async (trackingNumber) => {
      const tracker = await api.findTracker(trackingNumber);
      return tracker.ok ? ok(tracker.value === null ? [] : updatesOf(tracker.value)) : tracker;
    },
  };
}

type Failed = { readonly ok: false; readonly error: CarrierFailure };
type Reply = { readonly status: number; readonly body: unknown };

class EasyPostApi {
  readonly #settings: EasyPostSettings;

  constructor(settings: EasyPostSettings) {
    this.#settings = settings;
  }

  async buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>> {
    const found = await this.#findShipment(request.shipmentId);
    if (!found.ok) return found;
    const shipment = found.value === null ? await this.#create(request) : ok(found.value);
    if (!shipment.ok) return shipment;
    const isBought = hasPostage(shipment.value);
    const bought = isBought ? shipment : await this.#buy(shipment.value, request.service);
    return bought.ok ? this.#labelOf(bought.value) : bought;
  }

  /** By our own name for it, which EasyPost takes in the place of its id. */
  async #findShipment(reference: string): Promise<Result<EasyPostShipment | null, CarrierFailure>> {
    const reply = await this.#call("GET", `/v2/shipments/${encodeURIComponent(reference)}`);
    if (!reply.ok) return reply;
    if (reply.value.status === 404) return ok(null);
    const found = read(reply.value, shipmentSchema);
    // A label that was given back is no label: the parcel is made again.
    if (found.ok && (found.value.refund_status ?? null) !== null) return ok(null);
    return found;
  }

  async #create(request: LabelRequest): Promise<Result<EasyPostShipment, CarrierFailure>> {
    const reply = await this.#call("POST", "/v2/shipments", {
      shipment: {
        reference: request.shipmentId,
        from_address: addressOf(request.from),
        to_address: addressOf(request.to),
        parcel: { weight: Math.max(0.1, Math.round((request.weightGrams / GRAMS_PER_OUNCE) * 10) / 10) },
        options: { label_format: "PDF", label_size: "4x6", invoice_number: String(request.orderNumber) },
      },
    });
    return reply.ok ? read(reply.value, shipmentSchema) : reply;
  }

  async #buy(
    shipment: EasyPostShipment,
    service: string | null,
  ): Promise<Result<EasyPostShipment, CarrierFailure>> {
    const rate = chooseRate(ratesOf(shipment), service, this.#settings.preference);
    if (rate === null) return err({ code: "refused", reason: "no carrier offers a rate" });
    const path = `/v2/shipments/${encodeURIComponent(shipment.id)}`;
    const reply = await this.#call("POST", `${path}/buy`, { rate: { id: rate.id } });
    if (!reply.ok) return reply;
    if (!BOUGHT_BEFORE.has(codeOf(reply.value))) return read(reply.value, shipmentSchema);
    const again = await this.#call("GET", path);
    return again.ok ? read(again.value, shipmentSchema) : again;
  }

  async #labelOf(shipment: EasyPostShipment): Promise<Result<Label, CarrierFailure>> {
    const { tracking_code: trackingNumber, selected_rate: rate, postage_label: postage } = shipment;
    const url = postage?.label_pdf_url ?? postage?.label_url ?? null;
    if (trackingNumber === null || trackingNumber === undefined || url === null) {
      return err({ code: "unavailable", reason: "bought without a label" });
    }
    const content = await this.#download(url);
    if (!content.ok) return content;
    const service = rate === null || rate === undefined ? "unknown" : `${rate.carrier} ${rate.service}`;
    return ok({ trackingNumber, service, format: "pdf", content: content.value });
  }

  async #download(url: string): Promise<Result<Uint8Array, CarrierFailure>> {
    const isTrusted = url.startsWith("https://") || this.#settings.apiBase !== undefined;
    if (!isTrusted) return err({ code: "unavailable", reason: "the label is not offered securely" });
    try {
      const signal = AbortSignal.timeout(CALL_MS_MAX);
      const response = await fetch(url, { redirect: "manual", signal });
      if (!response.ok) {
        return err({ code: "unavailable", reason: `the label's address answered ${response.status}` });
      }
      const content = new Uint8Array(await response.arrayBuffer());
      const isLabel = content.byteLength > 0 && content.byteLength <= LABEL_BYTES_MAX;
      return isLabel ? ok(content) : err({ code: "unavailable", reason: "the label has no sensible size" });
    } catch (error) {
      return err({ code: "unavailable", reason: `threw ${(error as Error).name}` });
    }
  }

  async voidLabel(trackingNumber: string): Promise<Result<null, CarrierFailure>> {
    const tracker = await this.findTracker(trackingNumber);
    if (!tracker.ok) return tracker;
    const id = tracker.value?.shipment_id ?? null;
    if (id === null) return err({ code: "refused", reason: "no shipment has this tracking number" });
    const reply = await this.#call("POST", `/v2/shipments/${encodeURIComponent(id)}/refund`);
    if (!reply.ok) return reply;
    const refunded = read(reply.value, shipmentSchema);
    return refunded.ok ? ok(null) : refunded;
  }

  async findTracker(trackingNumber: string) {
    const query = new URLSearchParams({ tracking_code: trackingNumber });
    const reply = await this.#call("GET", `/v2/trackers?${query.toString()}`);
    if (!reply.ok) return reply;
    const found = read(reply.value, trackersSchema);
    return found.ok ? ok(found.value.trackers[0] ?? null) : found;
  }

  async #call(method: "GET" | "POST", path: string, body?: unknown): Promise<Result<Reply, CarrierFailure>> {
    const { apiKey, apiBase = API_BASE } = this.#settings;
    const headers: Record<string, string> = {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`,
      "user-agent": "Holdfast",
    };
    const init: RequestInit = {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(CALL_MS_MAX),
    };
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    try {
      const response = await fetch(`${apiBase}${path}`, init);
      const { status } = response;
      if (status === 429 || status >= 500) return err({ code: "unavailable", reason: `answered ${status}` });
      return ok({ status, body: (await response.json()) as unknown });
    } catch (error) {
      // Its text may quote the request, which carries an address and a key: only its kind is kept.
      return err({ code: "unavailable", reason: `threw ${(error as Error).name}` });
    }
  }
}

/** What an answer says, or why it says no. */
function read<Schema extends z.ZodType>(
  { status, body }: Reply,
  schema: Schema,
): Result<z.output<Schema>, CarrierFailure> | Failed {
  if (status >= 400) {
    const code = codeOf({ status, body });
    // A wrong key is ours to mend, and nothing about the parcel: the connection is what does not work.
    const isOurs = status === 401 || status === 403;
    return err({ code: isOurs ? "unavailable" : "refused", reason: `answered ${status} ${code}`.trim() });
  }
  const parsed = schema.safeParse(body);
  return parsed.success
    ? ok(parsed.data)
    : err({ code: "unavailable", reason: "answered what nobody expects" });
}

function codeOf({ body }: Reply): string {
  return failureSchema.safeParse(body).data?.error.code ?? "";
}

function hasPostage({ tracking_code: code, postage_label: label }: EasyPostShipment): boolean {
  return (code ?? null) !== null && (label ?? null) !== null;
}

function ratesOf({ rates }: EasyPostShipment): Array<Rate> {
  return (rates ?? []).map(rateOf);
}

/** Their amounts are decimal texts with two places. */
function rateOf(rate: z.infer<typeof rateSchema>): Rate {
  return {
    id: rate.id,
    carrier: rate.carrier,
    service: rate.service,
    amount: Math.round(Number(rate.rate) * 100),
    currency: rate.currency,
    deliveryDays: rate.delivery_days ?? null,
  };
}

function addressOf(address: Address) {
  return {
    name: address.name,
    street1: address.line1,
    street2: address.line2,
    city: address.city,
    state: address.region,
    zip: address.postal_code,
    country: address.country,
    phone: address.phone,
  };
}
