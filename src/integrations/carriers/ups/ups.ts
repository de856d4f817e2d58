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
  LabelRequest,
  ParcelToShip,
} from "../port.ts";
import { carrierToken, forgetCarrierTokens } from "../tokens.ts";
import {
  checkedSchema,
  failureSchema,
  ratesSchema,
  recoveredSchema,
  shippedSchema,
  trackedSchema,
  voidedSchema,
  type RatedShipment,
} from "./objects.ts";
import { addressRequest, rateRequest, recoveryRequest, shipRequest } from "./requests.ts";
import { updatesOf } from "./tracking.ts";

const API_BASE = "https://onlinetools.ups.com";
const VERSION = "v2409";
/** By service code, from the United States; a code that is missing stands for itself. */
const SERVICES: Readonly<Record<string, string>> = {
  "01": "Next Day Air",
  "02": "2nd Day Air",
  "03": "Ground",
  "07": "Worldwide Express",
  "08": "Worldwide Expedited",
  "11": "Standard",
  "12": "3 Day Select",
  "13": "Next Day Air Saver",
  "14": "Next Day Air Early",
  "54": "Worldwide Express Plus",
  "59": "2nd Day Air A.M.",
  "65": "Worldwide Saver",
  "93": "Ground Saver",
};
/** Address validation knows these (Address Validation API, appendix). */
const CHECKED_COUNTRIES = new Set(["US", "PR"]);
/** The shipment was voided before. */
const VOIDED_BEFORE = new Set(["190117"]);
/** UPS has no label by this name. */
const UNKNOWN_LABEL = new Set(["300014", "300015", "300016", "9300016", "9300017"]);
const VOIDED = "1";

export type UpsSettings = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accountNumber: string;
  /** Another server than UPS's own, for trying things out. */
  readonly apiBase: string | undefined;
  readonly nowMs: () => number;
};

/**
 * UPS itself. It knows no idempotency keys, and keeps labels by the shipper's reference: an attempt after another one
 * asks for the label of that name before it buys.
 */
export function ups(settings: UpsSettings): CarrierPort {
  const api = new UpsApi(settings);
  return {
    carrier: "ups",
    isRepeatable: false,
    knowsTracking: true,
    rates: (parcel) => api.rates(parcel),
    buyLabel: (request) => api.buyLabel(request),
    findLabel: async ({ reference }) => api.recover({ reference }),
    voidLabel: (label) => api.voidLabel(label),
    track: (label) => api.track(label),
    checkAddress: (address) => api.checkAddress(address),
  };
}

class UpsApi {
  readonly #settings: UpsSettings;

  constructor(settings: UpsSettings) {
    this.#settings = settings;
  }

  async rates(parcel: ParcelToShip): Promise<Result<ReadonlyArray<Rate>, CarrierFailure>> {
    const { accountNumber } = this.#settings;
    const path = `/api/rating/${VERSION}/Shop?additionalinfo=timeintransit`;
    const reply = await this.#call("POST", path, rateRequest(accountNumber, parcel));
    if (!reply.ok) return reply;
    const read = readReply(reply.value, ratesSchema, codeOf);
    return read.ok ? ok(read.value.RateResponse.RatedShipment.map(rateOf)) : read;
  }

  async buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>> {
    if (request.askedSinceMs !== null) {
      const found = await this.recover({ reference: request.reference });
      if (!found.ok || found.value !== null) return found.ok ? ok(found.value as Label) : found;
    }
    const offered = await this.rates(request);
    if (!offered.ok) return offered;
    const rate = chooseRate(offered.value, request.choice);
    if (rate === null) return err({ code: "refused", reason: "UPS offers no service" });
    const body = shipRequest(this.#settings.accountNumber, request, rate.id);
    const reply = await this.#call("POST", `/api/shipments/${VERSION}/ship`, body);
    if (!reply.ok) return reply;
    const shipped = readReply(reply.value, shippedSchema, codeOf);
    if (!shipped.ok) return shipped;
    const { ShipmentIdentificationNumber: shipment, PackageResults } =
      shipped.value.ShipmentResponse.ShipmentResults;
    const trackingNumber = PackageResults[0]?.TrackingNumber ?? shipment;
    const label = await this.recover({ trackingNumber });
    if (!label.ok) return label;
    if (label.value === null) return err({ code: "unavailable", reason: "the label is not made yet" });
    return ok({ ...label.value, trackingNumber, carrierReference: shipment, service: `UPS ${rate.service}` });
  }

  /** UPS prints labels as PDF only when it is asked for one again. Null where there is none. */
  async recover(
    by: { readonly trackingNumber: string } | { readonly reference: string },
  ): Promise<Result<Label | null, CarrierFailure>> {
    const body = recoveryRequest(this.#settings.accountNumber, by);
    const reply = await this.#call("POST", "/api/labels/v1/recovery", body);
    if (!reply.ok) return reply;
    if (UNKNOWN_LABEL.has(codeOf(reply.value.body))) return ok(null);
    const read = readReply(reply.value, recoveredSchema, codeOf);
    if (!read.ok) return read;
    const { LabelResults, ShipmentIdentificationNumber } = read.value.LabelRecoveryResponse;
    const image = LabelResults[0]?.LabelImage?.GraphicImage ?? "";
    const trackingNumber = LabelResults[0]?.TrackingNumber ?? ShipmentIdentificationNumber ?? "";
    if (trackingNumber === "") return ok(null);
    const content = labelOf(Buffer.from(image, "base64"));
    if (!content.ok) return content;
    return ok({
      trackingNumber,
      carrierReference: ShipmentIdentificationNumber ?? trackingNumber,
      service: "UPS",
      format: "pdf",
      content: content.value,
    });
  }

  async voidLabel({ trackingNumber, carrierReference }: BoughtLabel): Promise<Result<null, CarrierFailure>> {
    const shipment = encodeURIComponent(carrierReference ?? trackingNumber);
    const reply = await this.#call("DELETE", `/api/shipments/${VERSION}/void/cancel/${shipment}`);
    if (!reply.ok) return reply;
    if (VOIDED_BEFORE.has(codeOf(reply.value.body))) return ok(null);
    const read = readReply(reply.value, voidedSchema, codeOf);
    if (!read.ok) return read;
    return read.value.VoidShipmentResponse.SummaryResult.Status.Code === VOIDED
      ? ok(null)
      : err({ code: "refused", reason: "UPS did not void the shipment" });
  }

  async track({ trackingNumber }: BoughtLabel) {
    const path = `/api/track/v1/details/${encodeURIComponent(trackingNumber)}?locale=en_US`;
    const reply = await this.#call("GET", path);
    if (!reply.ok) return reply;
    // Nobody has scanned it yet.
    if (reply.value.status === 404) return ok([]);
    const read = readReply(reply.value, trackedSchema, codeOf);
    if (!read.ok) return read;
    const parcels = read.value.trackResponse.shipment.flatMap((shipment) => shipment.package ?? []);
    const ours = parcels.find((parcel) => parcel.trackingNumber === trackingNumber) ?? parcels[0];
    return ok(updatesOf(ours?.activity ?? []));
  }

  async checkAddress(address: Address): Promise<Result<AddressCheck, CarrierFailure>> {
    if (!CHECKED_COUNTRIES.has(address.country)) {
      return ok({ verdict: "unchecked", suggestion: null, messages: [] });
    }
    const reply = await this.#call("POST", "/api/addressvalidation/v2/1", addressRequest(address));
    if (!reply.ok) return reply;
    const read = readReply(reply.value, checkedSchema, codeOf);
    return read.ok ? ok(checkOf(address, read.value.XAVResponse)) : read;
  }

  async #call(
    method: CarrierRequest["method"],
    path: string,
    body?: unknown,
  ): Promise<Result<Reply, CarrierFailure>> {
    const { clientId, clientSecret, accountNumber, apiBase = API_BASE, nowMs } = this.#settings;
    const token = await carrierToken(
      {
        method: "POST",
        url: `${apiBase}/security/v1/oauth/token`,
        headers: {
          authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
          "x-merchant-id": accountNumber,
        },
        form: { grant_type: "client_credentials" },
      },
      nowMs(),
    );
    if (!token.ok) return token;
    const reply = await askCarrier({
      method,
      url: `${apiBase}${path}`,
      headers: {
        authorization: `Bearer ${token.value}`,
        transId: crypto.randomUUID(),
        transactionSrc: "holdfast",
      },
      body,
    });
    if (reply.ok && reply.value.status === 401) forgetCarrierTokens();
    return reply;
  }
}

function codeOf(body: unknown): string {
  return failureSchema.safeParse(body).data?.response.errors[0]?.code ?? "";
}

export function rateOf(rated: RatedShipment): Rate {
  const { Service, TotalCharges, NegotiatedRateCharges, GuaranteedDelivery, TimeInTransit } = rated;
  const charge = NegotiatedRateCharges?.TotalCharge ?? TotalCharges;
  const days =
    TimeInTransit?.ServiceSummary?.EstimatedArrival?.TotalTransitDays ??
    GuaranteedDelivery?.BusinessDaysInTransit;
  return {
    id: Service.Code,
    carrier: "UPS",
    service: SERVICES[Service.Code] ?? Service.Code,
    amount: minorUnits(charge.MonetaryValue, charge.CurrencyCode),
    currency: charge.CurrencyCode,
    deliveryDays: /^\d{1,3}$/.test(days ?? "") ? Number(days) : null,
  };
}

function checkOf(
  asked: Address,
  answer: ReturnType<typeof checkedSchema.parse>["XAVResponse"],
): AddressCheck {
  const candidate = answer.Candidate?.[0]?.AddressKeyFormat;
  if (answer.NoCandidatesIndicator !== undefined || candidate === undefined) {
    return { verdict: "undeliverable", suggestion: null, messages: ["no address is like it"] };
  }
  const extension = candidate.PostcodeExtendedLow ?? "";
  const suggestion = {
    line1: candidate.AddressLine?.[0] ?? asked.line1,
    city: candidate.PoliticalDivision2 ?? asked.city,
    region: candidate.PoliticalDivision1 ?? asked.region,
    postal_code: `${candidate.PostcodePrimaryLow ?? ""}${extension === "" ? "" : `-${extension}`}`,
  };
  if (answer.AmbiguousAddressIndicator !== undefined) {
    return { verdict: "undeliverable", suggestion, messages: ["more than one address is like it"] };
  }
  const isSame =
    (asked.postal_code ?? "") === suggestion.postal_code &&
    (asked.line1 ?? "").toUpperCase() === suggestion.line1?.toUpperCase();
  return {
    verdict: isSame ? "deliverable" : "corrected",
    suggestion: isSame ? null : suggestion,
    messages: [],
  };
}
