import type { Address } from "../../../domain/orders/order.ts";
import type { LabelQuery, LabelRequest, ParcelToShip } from "../port.ts";

const DAY_MS = 86_400_000;
const LINE_MAX = 35;
const PICKUP = "USE_SCHEDULED_PICKUP";
const PACKAGING = "YOUR_PACKAGING";
/** FedEx wants a number on every label; it rings nowhere. */
const PHONE_MISSING = "0000000000";

export function rateRequest(accountNumber: string, parcel: ParcelToShip) {
  return {
    accountNumber: { value: accountNumber },
    rateRequestControlParameters: { returnTransitTimes: true },
    requestedShipment: {
      shipper: { address: placeOf(parcel.from) },
      recipient: { address: placeOf(parcel.to) },
      pickupType: PICKUP,
      rateRequestType: ["ACCOUNT"],
      shipDateStamp: dateOf(parcel.shipAtMs),
      packagingType: PACKAGING,
      requestedPackageLineItems: [{ weight: weightOf(parcel) }],
    },
  };
}

export function shipRequest(accountNumber: string, request: LabelRequest, serviceType: string) {
  const account = { value: accountNumber };
  return {
    labelResponseOptions: "LABEL",
    accountNumber: account,
    requestedShipment: {
      shipDatestamp: dateOf(request.shipAtMs),
      shipper: partyOf(request.from),
      recipients: [partyOf(request.to)],
      pickupType: PICKUP,
      serviceType,
      packagingType: PACKAGING,
      totalWeight: weightOf(request).value,
      shippingChargesPayment: {
        paymentType: "SENDER",
        payor: { responsibleParty: { accountNumber: account } },
      },
      labelSpecification: { imageType: "PDF", labelStockType: "PAPER_4X6" },
      requestedPackageLineItems: [
        {
          weight: weightOf(request),
          customerReferences: [
            { customerReferenceType: "CUSTOMER_REFERENCE", value: referenceOf(request.reference) },
            { customerReferenceType: "INVOICE_NUMBER", value: String(request.orderNumber) },
          ],
        },
      ],
    },
  };
}

export function cancelRequest(accountNumber: string, trackingNumber: string) {
  return {
    accountNumber: { value: accountNumber },
    deletionControl: "DELETE_ALL_PACKAGES",
    trackingNumber,
  };
}

export function trackRequest(trackingNumber: string) {
  return { includeDetailedScans: true, trackingInfo: [{ trackingNumberInfo: { trackingNumber } }] };
}

/** What was shipped under our own name for it. */
export function referenceRequest(accountNumber: string, query: LabelQuery) {
  return {
    includeDetailedScans: false,
    referencesInformation: {
      type: "CUSTOMER_REFERENCE",
      value: referenceOf(query.reference),
      accountNumber,
      shipDateBegin: dateOf(query.askedSinceMs - DAY_MS),
      shipDateEndDate: dateOf(query.shipAtMs + DAY_MS),
    },
  };
}

export function addressRequest(address: Address) {
  return { addressesToValidate: [{ address: streetOf(address) }] };
}

/** Express keeps thirty characters of a reference. */
function referenceOf(reference: string): string {
  return reference.replace(/^shp_/, "").slice(0, 30);
}

function placeOf({ city, region, postal_code: postalCode, country }: Address) {
  return {
    ...(city === undefined ? {} : { city: city.slice(0, LINE_MAX) }),
    ...(region === undefined ? {} : { stateOrProvinceCode: region }),
    postalCode: postalCode ?? "",
    countryCode: country,
  };
}

function streetOf(address: Address) {
  const { line1 = "", line2 } = address;
  return {
    streetLines: [line1, ...(line2 === undefined ? [] : [line2])].map((line) => line.slice(0, LINE_MAX)),
    ...placeOf(address),
  };
}

function partyOf(address: Address) {
  const phone = (address.phone ?? "").replaceAll(/[^0-9]/g, "").slice(0, 15);
  return {
    address: { city: "", ...streetOf(address) },
    contact: {
      personName: (address.name ?? "").slice(0, 70),
      phoneNumber: phone === "" ? PHONE_MISSING : phone,
    },
  };
}

function weightOf({ weightGrams }: Pick<ParcelToShip, "weightGrams">) {
  return { units: "KG", value: Math.max(1, Math.ceil(weightGrams / 100)) / 10 };
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
