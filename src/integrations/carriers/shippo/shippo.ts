import { chooseRate, type Rate } from "../../../domain/fulfillment/choose-rate.ts";
import type { Address } from "../../../domain/orders/order.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import { askCarrier, downloadLabel, minorUnits, readReply, refusalOf, type Reply } from "../http.ts";
import type {
  AddressCheck,
  BoughtLabel,
  CarrierFailure,
  CarrierPort,
  Label,
  LabelQuery,
  LabelRequest,
  ParcelToShip,
} from "../port.ts";
import {
  addressSchema,
  rateSchema,
  refundSchema,
  shipmentSchema,
  trackSchema,
  transactionSchema,
  transactionsSchema,
  type ShippoRate,
  type ShippoTransaction,
} from "./objects.ts";
import { updatesOf } from "./tracking.ts";

const API_BASE = "https://api.goshippo.com";
const API_VERSION = "2018-02-08";
/** Shippo wants to know how large a parcel is. Ours are cartons of about this size, in centimetres. */
const PARCEL_CM = { length: "25", width: "20", height: "10" };
/** Newest first, a hundred each; more labels than these are not bought between two attempts at one. */
const PAGES_MAX = 10;
/** Their clock and ours may differ. */
const CLOCK_MARGIN_MS = 300_000;
/** A label that is asked for at once may still be queued. It is looked for again a few times, then by the next attempt. */
const QUEUED = new Set(["QUEUED", "WAITING"]);
const QUEUED_LOOKS_MAX = 4;
const QUEUED_PAUSE_MS = 1_000;
/** No label, or none any more. */
const WITHOUT_LABEL = new Set(["ERROR", "REFUNDED", "REFUNDPENDING"]);

export type ShippoSettings = {
  readonly token: string;
  /** Another server than Shippo's own, for trying things out. */
  readonly apiBase: string | undefined;
  readonly pause: (durationMs: number) => Promise<void>;
};

/**
 * Shippo, which buys at many carriers. It knows no idempotency keys and no names of ours but `metadata`: an attempt
 * after another one looks through the labels that were bought since, before it buys.
 */
export function shippo(settings: ShippoSettings): CarrierPort {
  const api = new ShippoApi(settings);
  return {
    carrier: "shippo",
    isRepeatable: false,
    knowsTracking: true,
    rates: (parcel) => api.rates(parcel),
    buyLabel: (request) => api.buyLabel(request),
    findLabel: (query) => api.findLabel(query),
    voidLabel: (label) => api.voidLabel(label),
    track: (label) => api.track(label),
    checkAddress: (address) => api.checkAddress(address),
  };
}

class ShippoApi {
  readonly #settings: ShippoSettings;

  constructor(settings: ShippoSettings) {
    this.#settings = settings;
  }

  async rates(parcel: ParcelToShip): Promise<Result<ReadonlyArray<Rate>, CarrierFailure>> {
    const offered = await this.#offered(parcel, "");
    return offered.ok ? ok(offered.value.map(rateOf)) : offered;
  }

  async buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>> {
    const { reference, askedSinceMs, choice } = request;
    if (askedSinceMs !== null) {
      const found = await this.#find(reference, askedSinceMs);
      if (!found.ok) return found;
      if (found.value !== null) return this.#labelOf(found.value);
    }
    const offered = await this.#offered(request, reference);
    if (!offered.ok) return offered;
    const rate = chooseRate(offered.value.map(rateOf), choice);
    if (rate === null) return err({ code: "refused", reason: "no carrier offers a rate" });
    const reply = await this.#call("POST", "/transactions/", {
      rate: rate.id,
      label_file_type: "PDF_4x6",
      async: false,
      metadata: reference,
    });
    if (!reply.ok) return reply;
    const bought = readReply(reply.value, transactionSchema, codeOf);
    return bought.ok ? this.#labelOf(bought.value) : bought;
  }

  async findLabel({
    reference,
    askedSinceMs,
  }: LabelQuery): Promise<Result<BoughtLabel | null, CarrierFailure>> {
    const found = await this.#find(reference, askedSinceMs);
    if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
    const carrierReference = await this.#carrierReferenceOf(found.value);
    if (!carrierReference.ok) return carrierReference;
    return ok({
      trackingNumber: found.value.tracking_number ?? "",
      carrierReference: carrierReference.value.reference,
    });
  }

  async #offered(parcel: ParcelToShip, metadata: string): Promise<Result<Array<ShippoRate>, CarrierFailure>> {
    const reply = await this.#call("POST", "/shipments/", {
      address_from: addressOf(parcel.from),
      address_to: addressOf(parcel.to),
      parcels: [
        {
          ...PARCEL_CM,
          distance_unit: "cm",
          weight: String(Math.max(1, parcel.weightGrams)),
          mass_unit: "g",
        },
      ],
      shipment_date: new Date(parcel.shipAtMs).toISOString(),
      async: false,
      metadata,
    });
    if (!reply.ok) return reply;
    const shipment = readReply(reply.value, shipmentSchema, codeOf);
    return shipment.ok ? ok(shipment.value.rates ?? []) : shipment;
  }

  /** The transaction that carries our name, among those made since. */
  async #find(reference: string, sinceMs: number): Promise<Result<ShippoTransaction | null, CarrierFailure>> {
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const reply = await this.#call("GET", `/transactions/?results=100&page=${page}`);
      if (!reply.ok) return reply;
      const listed = readReply(reply.value, transactionsSchema, codeOf);
      if (!listed.ok) return listed;
      const { results, next } = listed.value;
      const ours = results.find(
        ({ metadata, status }) => metadata === reference && !WITHOUT_LABEL.has(status),
      );
      if (ours !== undefined) return ok(ours);
      const isOlder = results.some(({ object_created: at }) => Date.parse(at) < sinceMs - CLOCK_MARGIN_MS);
      if (isOlder || next === null || next === undefined) return ok(null);
    }
    return err({ code: "unavailable", reason: "too many labels to look through" });
  }

  async #labelOf(transaction: ShippoTransaction): Promise<Result<Label, CarrierFailure>> {
    const made = await this.#made(transaction);
    if (!made.ok) return made;
    const { status, tracking_number: trackingNumber, label_url: url, messages } = made.value;
    if (WITHOUT_LABEL.has(status)) {
      const codes = (messages ?? []).flatMap(({ code }) => (code ? [code] : [])).join(" ");
      return err({
        code: "refused",
        reason: `the transaction ended as ${status} ${codes}`.trim().slice(0, 200),
      });
    }
    if (status !== "SUCCESS" || !trackingNumber || !url) {
      return err({ code: "unavailable", reason: "the label is not made yet" });
    }
    const named = await this.#carrierReferenceOf(made.value);
    if (!named.ok) return named;
    const content = await downloadLabel(url, this.#settings.apiBase !== undefined);
    if (!content.ok) return content;
    const { reference: carrierReference, service } = named.value;
    return ok({ trackingNumber, carrierReference, service, format: "pdf", content: content.value });
  }

  async #made(transaction: ShippoTransaction): Promise<Result<ShippoTransaction, CarrierFailure>> {
    let now = transaction;
    for (let look = 0; look < QUEUED_LOOKS_MAX && QUEUED.has(now.status); look += 1) {
      if (look > 0) await this.#settings.pause(QUEUED_PAUSE_MS);
      const reply = await this.#call("GET", `/transactions/${encodeURIComponent(now.object_id)}`);
      if (!reply.ok) return reply;
      const read = readReply(reply.value, transactionSchema, codeOf);
      if (!read.ok) return read;
      now = read.value;
    }
    return ok(now);
  }

  /** The carrier behind the label stands with its rate, and parcels are tracked by it. */
  async #carrierReferenceOf({ object_id: id, rate }: ShippoTransaction) {
    const rateId = typeof rate === "string" ? rate : (rate?.object_id ?? "");
    const reply = await this.#call("GET", `/rates/${encodeURIComponent(rateId)}`);
    if (!reply.ok) return reply;
    const read = readReply(reply.value, rateSchema, codeOf);
    if (!read.ok) return read;
    const { carrier, service } = rateOf(read.value);
    return ok({ reference: `${carrierToken(carrier)}/${id}`, service: `${carrier} ${service}` });
  }

  async voidLabel({ carrierReference }: BoughtLabel): Promise<Result<null, CarrierFailure>> {
    const transaction = carrierReference?.split("/")[1] ?? "";
    if (transaction === "") return err({ code: "refused", reason: "the purchase is not known" });
    const reply = await this.#call("GET", `/transactions/${encodeURIComponent(transaction)}`);
    if (!reply.ok) return reply;
    const found = readReply(reply.value, transactionSchema, codeOf);
    if (!found.ok) return found;
    if (WITHOUT_LABEL.has(found.value.status)) return ok(null);
    const asked = await this.#call("POST", "/refunds/", { transaction, async: false });
    if (!asked.ok) return asked;
    const refund = readReply(asked.value, refundSchema, codeOf);
    if (!refund.ok) return refund;
    return refund.value.status === "ERROR"
      ? err({ code: "refused", reason: "the label was not taken back" })
      : ok(null);
  }

  async track({ trackingNumber, carrierReference }: BoughtLabel) {
    const carrier = carrierReference?.split("/")[0] ?? "";
    if (carrier === "") return err({ code: "refused", reason: "the carrier is not known" } as const);
    const reply = await this.#call("GET", `/tracks/${carrier}/${encodeURIComponent(trackingNumber)}`);
    if (!reply.ok) return reply;
    // Nobody has scanned it yet.
    if (reply.value.status === 404) return ok([]);
    const read = readReply(reply.value, trackSchema, codeOf);
    return read.ok ? ok(updatesOf(read.value)) : read;
  }

  async checkAddress(address: Address): Promise<Result<AddressCheck, CarrierFailure>> {
    const reply = await this.#call("POST", "/addresses/", { ...addressOf(address), validate: true });
    if (!reply.ok) return reply;
    if (reply.value.status === 400) {
      const { reason } = refusalOf(reply.value, codeOf) as { readonly reason: string };
      return ok({ verdict: "undeliverable", suggestion: null, messages: [reason] });
    }
    const read = readReply(reply.value, addressSchema, codeOf);
    return read.ok ? ok(checkOf(address, read.value)) : read;
  }

  #call(method: "GET" | "POST", path: string, body?: unknown): Promise<Result<Reply, CarrierFailure>> {
    const { token, apiBase = API_BASE } = this.#settings;
    return askCarrier({
      method,
      url: `${apiBase}${path}`,
      headers: { authorization: `ShippoToken ${token}`, "shippo-api-version": API_VERSION },
      body,
    });
  }
}

/** Shippo's errors are lists of texts by field, which may quote what was sent: the fields are enough. */
function codeOf(body: unknown): string {
  return typeof body === "object" && body !== null && !Array.isArray(body)
    ? Object.keys(body).slice(0, 5).join(" ")
    : "";
}

export function rateOf(rate: ShippoRate): Rate {
  return {
    id: rate.object_id,
    carrier: rate.provider,
    service: rate.servicelevel.name ?? rate.servicelevel.token ?? "",
    amount: minorUnits(rate.amount, rate.currency),
    currency: rate.currency,
    deliveryDays: rate.estimated_days ?? rate.days ?? null,
  };
}

/** `DHL Express` is `dhl_express` in their addresses. */
function carrierToken(provider: string): string {
  return provider.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
}

function addressOf(address: Address) {
  return {
    name: address.name ?? "",
    street1: address.line1 ?? "",
    street2: address.line2 ?? "",
    city: address.city ?? "",
    state: address.region ?? "",
    zip: address.postal_code ?? "",
    country: address.country,
    phone: address.phone ?? "",
  };
}

function checkOf(asked: Address, answer: ReturnType<typeof addressSchema.parse>): AddressCheck {
  const { is_valid: isValid, messages } = answer.validation_results ?? {};
  const codes = (messages ?? []).flatMap(({ code }) => (code ? [code] : []));
  if (isValid === null || isValid === undefined)
    return { verdict: "unchecked", suggestion: null, messages: codes };
  if (!isValid) return { verdict: "undeliverable", suggestion: null, messages: codes };
  const suggestion = {
    line1: answer.street1 ?? asked.line1,
    city: answer.city ?? asked.city,
    region: answer.state ?? asked.region,
    postal_code: answer.zip ?? asked.postal_code,
  };
  const isSame = suggestion.postal_code === asked.postal_code && suggestion.line1 === asked.line1;
  return {
    verdict: isSame ? "deliverable" : "corrected",
    suggestion: isSame ? null : suggestion,
    messages: codes,
  };
}
