import { chooseRate, type Rate } from "../../../domain/fulfillment/choose-rate.ts";
import type { Address } from "../../../domain/orders/order.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import {
  askCarrier,
  downloadLabel,
  minorUnits,
  readReply,
  type CarrierRequest,
  type Reply,
} from "../http.ts";
import type {
  AddressCheck,
  BoughtLabel,
  CarrierFailure,
  CarrierPort,
  Label,
  LabelRequest,
  ParcelToShip,
} from "../port.ts";
import {
  addressSchema,
  failureSchema,
  shipmentSchema,
  trackersSchema,
  type EasyPostAddress,
  type EasyPostRate,
  type EasyPostShipment,
} from "./objects.ts";
import { updatesOf } from "./tracking.ts";

const API_BASE = "https://api.easypost.com";
/** EasyPost weighs in ounces. */
const GRAMS_PER_OUNCE = 28.349_523_125;
/** EasyPost says this of a shipment that was bought before. */
const BOUGHT_BEFORE = new Set(["SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.POSTAGE.ALREADY_PURCHASED"]);
/** Given back, or about to be. A refusal to refund leaves the label valid. */
const GIVEN_BACK = new Set(["submitted", "refunded"]);

export type EasyPostSettings = {
  readonly apiKey: string;
  /** Another server than EasyPost's own, for trying things out. */
  readonly apiBase: string | undefined;
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
    isRepeatable: false,
    knowsTracking: true,
    rates: (parcel) => api.rates(parcel),
    buyLabel: (request) => api.buyLabel(request),
    findLabel: ({ reference }) => api.findLabel(reference),
    voidLabel: (label) => api.voidLabel(label),
    track: async ({ trackingNumber }) => {
      const tracker = await api.findTracker(trackingNumber);
      return tracker.ok ? ok(tracker.value === null ? [] : updatesOf(tracker.value)) : tracker;
    },
    checkAddress: (address) => api.checkAddress(address),
  };
}

class EasyPostApi {
  readonly #settings: EasyPostSettings;

  constructor(settings: EasyPostSettings) {
    this.#settings = settings;
  }

  async rates(parcel: ParcelToShip): Promise<Result<ReadonlyArray<Rate>, CarrierFailure>> {
    const made = await this.#create(parcel, {});
    return made.ok ? ok(ratesOf(made.value)) : made;
  }

  async buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>> {
    const { reference, orderNumber } = request;
    const found = await this.#findShipment(reference);
    if (!found.ok) return found;
    const options = { label_format: "PDF", label_size: "4x6", invoice_number: String(orderNumber) };
    const shipment =
      found.value === null ? await this.#create(request, { reference, options }) : ok(found.value);
    if (!shipment.ok) return shipment;
    const isBought = hasPostage(shipment.value);
    const bought = isBought ? shipment : await this.#buy(shipment.value, request);
    return bought.ok ? this.#labelOf(bought.value) : bought;
  }

  async findLabel(reference: string): Promise<Result<BoughtLabel | null, CarrierFailure>> {
    const found = await this.#findShipment(reference);
    if (!found.ok) return found;
    const code = found.value?.tracking_code ?? null;
    return ok(
      code === null || found.value === null
        ? null
        : { trackingNumber: code, carrierReference: found.value.id },
    );
  }

  /** By our own name for it, which EasyPost takes in the place of its id. */
  async #findShipment(reference: string): Promise<Result<EasyPostShipment | null, CarrierFailure>> {
    const reply = await this.#call("GET", `/v2/shipments/${encodeURIComponent(reference)}`);
    if (!reply.ok) return reply;
    if (reply.value.status === 404) return ok(null);
    const found = readReply(reply.value, shipmentSchema, codeOf);
    // A label that was given back is no label: the parcel is made again.
    if (found.ok && GIVEN_BACK.has(found.value.refund_status ?? "")) return ok(null);
    return found;
  }

  async #create(
    { from, to, weightGrams }: ParcelToShip,
    rest: Readonly<Record<string, unknown>>,
  ): Promise<Result<EasyPostShipment, CarrierFailure>> {
    const reply = await this.#call("POST", "/v2/shipments", {
      shipment: {
        ...rest,
        from_address: addressOf(from),
        to_address: addressOf(to),
        parcel: { weight: Math.max(0.1, Math.round((weightGrams / GRAMS_PER_OUNCE) * 10) / 10) },
      },
    });
    return reply.ok ? readReply(reply.value, shipmentSchema, codeOf) : reply;
  }

  async #buy(
    shipment: EasyPostShipment,
    { choice }: LabelRequest,
  ): Promise<Result<EasyPostShipment, CarrierFailure>> {
    const rate = chooseRate(ratesOf(shipment), choice);
    if (rate === null) return err({ code: "refused", reason: "no carrier offers a rate" });
    const path = `/v2/shipments/${encodeURIComponent(shipment.id)}`;
    const reply = await this.#call("POST", `${path}/buy`, { rate: { id: rate.id } });
    if (!reply.ok) return reply;
    if (!BOUGHT_BEFORE.has(codeOf(reply.value.body))) return readReply(reply.value, shipmentSchema, codeOf);
    const again = await this.#call("GET", path);
    return again.ok ? readReply(again.value, shipmentSchema, codeOf) : again;
  }

  async #labelOf(shipment: EasyPostShipment): Promise<Result<Label, CarrierFailure>> {
    const { tracking_code: trackingNumber, selected_rate: rate, postage_label: postage } = shipment;
    const url = postage?.label_pdf_url ?? postage?.label_url ?? null;
    if (trackingNumber === null || trackingNumber === undefined || url === null) {
      return err({ code: "unavailable", reason: "bought without a label" });
    }
    const content = await downloadLabel(url, this.#settings.apiBase !== undefined);
    if (!content.ok) return content;
    const service = rate === null || rate === undefined ? "unknown" : `${rate.carrier} ${rate.service}`;
    return ok({
      trackingNumber,
      carrierReference: shipment.id,
      service,
      format: "pdf",
      content: content.value,
    });
  }

  async voidLabel({ trackingNumber, carrierReference }: BoughtLabel): Promise<Result<null, CarrierFailure>> {
    const named = carrierReference === null ? await this.#shipmentOf(trackingNumber) : ok(carrierReference);
    if (!named.ok) return named;
    if (named.value === null) return err({ code: "refused", reason: "no shipment has this tracking number" });
    const path = `/v2/shipments/${encodeURIComponent(named.value)}`;
    const found = await this.#call("GET", path);
    if (!found.ok) return found;
    const shipment = readReply(found.value, shipmentSchema, codeOf);
    if (!shipment.ok) return shipment;
    if (GIVEN_BACK.has(shipment.value.refund_status ?? "")) return ok(null);
    const reply = await this.#call("POST", `${path}/refund`);
    if (!reply.ok) return reply;
    const refunded = readReply(reply.value, shipmentSchema, codeOf);
    return refunded.ok ? ok(null) : refunded;
  }

  /** Of labels from before their shipment was kept with them. */
  async #shipmentOf(trackingNumber: string): Promise<Result<string | null, CarrierFailure>> {
    const tracker = await this.findTracker(trackingNumber);
    return tracker.ok ? ok(tracker.value?.shipment_id ?? null) : tracker;
  }

  async checkAddress(address: Address): Promise<Result<AddressCheck, CarrierFailure>> {
    const reply = await this.#call("POST", "/v2/addresses", {
      address: { ...addressOf(address), verify: ["delivery"] },
    });
    if (!reply.ok) return reply;
    const read = readReply(reply.value, addressSchema, codeOf);
    return read.ok ? ok(checkOf(address, read.value)) : read;
  }

  async findTracker(trackingNumber: string) {
    const query = new URLSearchParams({ tracking_code: trackingNumber });
    const reply = await this.#call("GET", `/v2/trackers?${query.toString()}`);
    if (!reply.ok) return reply;
    const found = readReply(reply.value, trackersSchema, codeOf);
    return found.ok ? ok(found.value.trackers[0] ?? null) : found;
  }

  #call(
    method: CarrierRequest["method"],
    path: string,
    body?: unknown,
  ): Promise<Result<Reply, CarrierFailure>> {
    const { apiKey, apiBase = API_BASE } = this.#settings;
    const authorization = `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
    return askCarrier({ method, url: `${apiBase}${path}`, headers: { authorization }, body });
  }
}

function codeOf(body: unknown): string {
  return failureSchema.safeParse(body).data?.error.code ?? "";
}

function hasPostage({ tracking_code: code, postage_label: label }: EasyPostShipment): boolean {
  return (code ?? null) !== null && (label ?? null) !== null;
}

function ratesOf({ rates }: EasyPostShipment): Array<Rate> {
  return (rates ?? []).map(rateOf);
}

export function rateOf(rate: EasyPostRate): Rate {
  return {
    id: rate.id,
    carrier: rate.carrier,
    service: rate.service,
    amount: minorUnits(rate.rate, rate.currency),
    currency: rate.currency,
    deliveryDays: rate.delivery_days ?? null,
  };
}

function checkOf(asked: Address, answer: EasyPostAddress): AddressCheck {
  const delivery = answer.verifications?.delivery;
  const messages = (delivery?.errors ?? []).flatMap(({ code }) => (code ? [code] : []));
  if (delivery === null || delivery === undefined)
    return { verdict: "unchecked", suggestion: null, messages };
  if (!delivery.success) return { verdict: "undeliverable", suggestion: null, messages };
  const suggestion = {
    line1: answer.street1 ?? asked.line1,
    city: answer.city ?? asked.city,
    region: answer.state ?? asked.region,
    postal_code: answer.zip ?? asked.postal_code,
  };
  const isSame =
    suggestion.postal_code === asked.postal_code &&
    suggestion.line1?.toUpperCase() === (asked.line1 ?? "").toUpperCase();
  return { verdict: isSame ? "deliverable" : "corrected", suggestion: isSame ? null : suggestion, messages };
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
