import { chooseRate, type Rate } from "../../../domain/fulfillment/choose-rate.ts";
import type { Address } from "../../../domain/orders/order.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import { askCarrier, labelOf, minorUnits, readReply, type CarrierRequest, type Reply } from "../http.ts";
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
import { carrierToken, forgetCarrierTokens } from "../tokens.ts";
import {
  canceledSchema,
  checkedSchema,
  failureSchema,
  ratesSchema,
  shippedSchema,
  trackedSchema,
  type FedExRate,
} from "./objects.ts";
import {
  addressRequest,
  cancelRequest,
  rateRequest,
  referenceRequest,
  shipRequest,
  trackRequest,
} from "./requests.ts";
import { updatesOf } from "./tracking.ts";

const API_BASE = "https://apis.fedex.com";
const CANCELED = "CA";
/** The shipment was canceled before. */
const CANCELED_BEFORE = new Set(["SHIPMENT.ALREADYCANCELLED", "TRACKINGNUMBER.ALREADYCANCELLED"]);
const NOTHING_FOUND = /NOTFOUND|NOT\.FOUND|NO\.?DATA/;
/** `FOUR_DAYS` and the like. */
const DAY_WORDS = [
  "ZERO",
  "ONE",
  "TWO",
  "THREE",
  "FOUR",
  "FIVE",
  "SIX",
  "SEVEN",
  "EIGHT",
  "NINE",
  "TEN",
  "ELEVEN",
  "TWELVE",
  "THIRTEEN",
  "FOURTEEN",
  "FIFTEEN",
  "SIXTEEN",
  "SEVENTEEN",
  "EIGHTEEN",
  "NINETEEN",
  "TWENTY",
];

type Credentials = { readonly clientId: string; readonly clientSecret: string };
type Purpose = "ship" | "track";

export type FedExSettings = Credentials & {
  readonly accountNumber: string;
  /** The Track API lives in a project of its own; without one, parcels are tracked by what people report. */
  readonly tracking: Credentials | null;
  /** Another server than FedEx's own, for trying things out. */
  readonly apiBase: string | undefined;
  readonly nowMs: () => number;
};

/**
 * FedEx itself. It knows no idempotency keys and gives a label out once: an attempt after another one looks for the
 * shipment under our name, cancels what it finds and buys anew, so that one label is left. FedEx charges for parcels
 * that it scans, so a label that is found too late costs nothing.
 */
export function fedEx(settings: FedExSettings): CarrierPort {
  const api = new FedExApi(settings);
  return {
    carrier: "fedex",
    isRepeatable: false,
    knowsTracking: settings.tracking !== null,
    rates: (parcel) => api.rates(parcel),
    buyLabel: (request) => api.buyLabel(request),
    findLabel: (query) => api.findLabel(query),
    voidLabel: (label) => api.voidLabel(label),
    track: (label) => api.track(label),
    checkAddress: (address) => api.checkAddress(address),
  };
}

class FedExApi {
  readonly #settings: FedExSettings;

  constructor(settings: FedExSettings) {
    this.#settings = settings;
  }

  async rates(parcel: ParcelToShip): Promise<Result<ReadonlyArray<Rate>, CarrierFailure>> {
    const body = rateRequest(this.#settings.accountNumber, parcel);
    const reply = await this.#call("ship", "POST", "/rate/v1/rates/quotes", body);
    if (!reply.ok) return reply;
    const read = readReply(reply.value, ratesSchema, codeOf);
    return read.ok ? ok(read.value.output.rateReplyDetails.map(rateOf)) : read;
  }

  async buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>> {
    const { askedSinceMs } = request;
    if (askedSinceMs !== null) {
      const found = await this.findLabel({ ...request, askedSinceMs });
      if (!found.ok) return found;
      const canceled = found.value === null ? ok(null) : await this.voidLabel(found.value);
      if (!canceled.ok) return canceled;
    }
    const offered = await this.rates(request);
    if (!offered.ok) return offered;
    const rate = chooseRate(offered.value, request.choice);
    if (rate === null) return err({ code: "refused", reason: "FedEx offers no service" });
    const body = shipRequest(this.#settings.accountNumber, request, rate.id);
    const reply = await this.#call("ship", "POST", "/ship/v1/shipments", body);
    if (!reply.ok) return reply;
    const read = readReply(reply.value, shippedSchema, codeOf);
    if (!read.ok) return read;
    const shipment = read.value.output.transactionShipments[0];
    const piece = shipment?.pieceResponses[0];
    const document = piece?.packageDocuments?.find(({ encodedLabel }) => (encodedLabel ?? "") !== "");
    const content = labelOf(Buffer.from(document?.encodedLabel ?? "", "base64"));
    if (!content.ok) return content;
    const trackingNumber = piece?.trackingNumber ?? "";
    return ok({
      trackingNumber,
      carrierReference: shipment?.masterTrackingNumber ?? trackingNumber,
      service: `FedEx ${rate.service}`,
      format: "pdf",
      content: content.value,
    });
  }

  async findLabel(query: LabelQuery): Promise<Result<BoughtLabel | null, CarrierFailure>> {
    // Without the project for tracking nothing can be looked for: what was lost is never scanned, and never charged.
    if (this.#settings.tracking === null) return ok(null);
    const body = referenceRequest(this.#settings.accountNumber, query);
    const results = await this.#tracked("/track/v1/referencenumbers", body);
    if (!results.ok) return results;
    const found = results.value.find(
      ({ error, latestStatusDetail: status }) => !error && status?.code !== CANCELED,
    );
    const trackingNumber = found?.trackingNumberInfo?.trackingNumber ?? null;
    return ok(trackingNumber === null ? null : { trackingNumber, carrierReference: trackingNumber });
  }

  async voidLabel({ trackingNumber, carrierReference }: BoughtLabel): Promise<Result<null, CarrierFailure>> {
    const body = cancelRequest(this.#settings.accountNumber, carrierReference ?? trackingNumber);
    const reply = await this.#call("ship", "PUT", "/ship/v1/shipments/cancel", body);
    if (!reply.ok) return reply;
    if (CANCELED_BEFORE.has(codeOf(reply.value.body))) return ok(null);
    const read = readReply(reply.value, canceledSchema, codeOf);
    if (!read.ok) return read;
    return read.value.output.cancelledShipment
      ? ok(null)
      : err({ code: "refused", reason: "FedEx did not cancel the shipment" });
  }

  async track({ trackingNumber }: BoughtLabel) {
    if (this.#settings.tracking === null) return ok([]);
    const results = await this.#tracked("/track/v1/trackingnumbers", trackRequest(trackingNumber));
    return results.ok ? ok(updatesOf(results.value.flatMap(({ scanEvents }) => scanEvents ?? []))) : results;
  }

  async #tracked(path: string, body: unknown) {
    const reply = await this.#call("track", "POST", path, body);
    if (!reply.ok) return reply;
    if (NOTHING_FOUND.test(codeOf(reply.value.body))) return ok([]);
    const read = readReply(reply.value, trackedSchema, codeOf);
    return read.ok
      ? ok(read.value.output.completeTrackResults.flatMap(({ trackResults }) => trackResults))
      : read;
  }

  async checkAddress(address: Address): Promise<Result<AddressCheck, CarrierFailure>> {
    const reply = await this.#call("ship", "POST", "/address/v1/addresses/resolve", addressRequest(address));
    if (!reply.ok) return reply;
    const read = readReply(reply.value, checkedSchema, codeOf);
    return read.ok ? ok(checkOf(address, read.value.output.resolvedAddresses[0])) : read;
  }

  async #call(
    purpose: Purpose,
    method: CarrierRequest["method"],
    path: string,
    body: unknown,
  ): Promise<Result<Reply, CarrierFailure>> {
    const { apiBase = API_BASE, nowMs, tracking } = this.#settings;
    const { clientId, clientSecret } = purpose === "track" && tracking !== null ? tracking : this.#settings;
    const token = await carrierToken(
      {
        method: "POST",
        url: `${apiBase}/oauth/token`,
        headers: {},
        form: { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret },
      },
      nowMs(),
    );
    if (!token.ok) return token;
    const headers = { authorization: `Bearer ${token.value}`, "x-locale": "en_US" };
    const reply = await askCarrier({ method, url: `${apiBase}${path}`, headers, body });
    if (reply.ok && reply.value.status === 401) forgetCarrierTokens();
    return reply;
  }
}

function codeOf(body: unknown): string {
  return failureSchema.safeParse(body).data?.errors[0]?.code ?? "";
}

export function rateOf(offer: FedExRate): Rate {
  const [first] = offer.ratedShipmentDetails;
  const rated = offer.ratedShipmentDetails.find(({ rateType }) => rateType === "ACCOUNT") ?? first;
  const currency = rated?.currency ?? "USD";
  return {
    id: offer.serviceType,
    carrier: "FedEx",
    service: (offer.serviceName ?? offer.serviceType).replace(/^FedEx /, "").replaceAll(/[®™]/g, ""),
    amount: minorUnits(rated?.totalNetCharge ?? 0, currency),
    currency,
    deliveryDays: daysOf(offer),
  };
}

function daysOf({ operationalDetail, commit }: FedExRate): number | null {
  const word = operationalDetail?.transitTime ?? commit?.transitDays?.minimumTransitTime ?? "";
  const days = DAY_WORDS.indexOf(word.replace(/_DAYS?$/, ""));
  return days < 0 ? null : days;
}

type Resolved = ReturnType<typeof checkedSchema.parse>["output"]["resolvedAddresses"][number];

function checkOf(asked: Address, resolved: Resolved | undefined): AddressCheck {
  const is = (name: string) => String(resolved?.attributes?.[name] ?? "").toLowerCase() === "true";
  const messages = (resolved?.customerMessages ?? []).flatMap(({ code }) => (code ? [code] : []));
  if (!is("Resolved")) return { verdict: "undeliverable", suggestion: null, messages };
  // Nothing is known of streets there: no more than the country's form was looked at.
  if (!is("CountrySupported") && resolved?.attributes?.["CountrySupported"] !== undefined) {
    return { verdict: "unchecked", suggestion: null, messages };
  }
  const suggestion = {
    line1: resolved?.streetLinesToken?.[0] ?? asked.line1,
    city: resolved?.city ?? asked.city,
    region: resolved?.stateOrProvinceCode ?? asked.region,
    postal_code: resolved?.postalCode ?? asked.postal_code,
  };
  const isDeliverable = is("DPV") || resolved?.attributes?.["DPV"] === undefined;
  if (!isDeliverable) return { verdict: "undeliverable", suggestion, messages };
  const isSame =
    suggestion.postal_code === asked.postal_code &&
    suggestion.line1?.toUpperCase() === (asked.line1 ?? "").toUpperCase();
  return { verdict: isSame ? "deliverable" : "corrected", suggestion: isSame ? null : suggestion, messages };
}
