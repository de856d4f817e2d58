import type { Address } from "../../../domain/orders/order.ts";
import type { LabelRequest, ParcelToShip } from "../port.ts";

/** Customer-supplied packaging. */
const PACKAGING = { Code: "02" };
const NAME_MAX = 35;
const LINE_MAX = 35;
const CITY_MAX = 30;
/** Charged to the shipper's own account. */
const TRANSPORTATION = "01";
/** Anything but documents. */
const NON_DOCUMENT = "03";
const GRAMS_PER_POUND = 453.592_37;
/** Where UPS weighs in pounds. */
const POUND_COUNTRIES = new Set(["US", "PR"]);

export function rateRequest(accountNumber: string, parcel: ParcelToShip) {
  return {
    RateRequest: {
      Request: { RequestOption: "Shop" },
      Shipment: {
        Shipper: { ...party(parcel.from), ShipperNumber: accountNumber },
        ShipTo: party(parcel.to),
        ShipFrom: party(parcel.from),
        PaymentDetails: {
          ShipmentCharge: [{ Type: TRANSPORTATION, BillShipper: { AccountNumber: accountNumber } }],
        },
        ShipmentRatingOptions: { NegotiatedRatesIndicator: "Y" },
        DeliveryTimeInformation: { PackageBillType: NON_DOCUMENT, Pickup: { Date: dateOf(parcel.shipAtMs) } },
        Package: [{ PackagingType: PACKAGING, PackageWeight: weightOf(parcel) }],
      },
    },
  };
}

export function shipRequest(accountNumber: string, request: LabelRequest, serviceCode: string) {
  return {
    ShipmentRequest: {
      // The address was checked by itself; a parcel is not refused over its spelling.
      Request: { RequestOption: "nonvalidate", TransactionReference: { CustomerContext: request.reference } },
      Shipment: {
        Description: `Order ${request.orderNumber}`,
        Shipper: { ...reachable(request.from), ShipperNumber: accountNumber },
        ShipTo: reachable(request.to),
        ShipFrom: reachable(request.from),
        PaymentInformation: {
          ShipmentCharge: [{ Type: TRANSPORTATION, BillShipper: { AccountNumber: accountNumber } }],
        },
        ShipmentRatingOptions: { NegotiatedRatesIndicator: "Y" },
        Service: { Code: serviceCode },
        // By this the label is found again. Within the United States it stands on the package, elsewhere on the shipment.
        ...(isDomestic(request) ? {} : { ReferenceNumber: [{ Value: request.reference }] }),
        Package: [
          {
            Packaging: PACKAGING,
            PackageWeight: weightOf(request),
            ...(isDomestic(request) ? { ReferenceNumber: [{ Value: request.reference }] } : {}),
          },
        ],
      },
      LabelSpecification: {
        LabelImageFormat: { Code: "ZPL" },
        LabelStockSize: { Height: "6", Width: "4" },
      },
    },
  };
}

/** The label as PDF, of a tracking number or by our own name for it. */
export function recoveryRequest(
  accountNumber: string,
  by: { readonly trackingNumber: string } | { readonly reference: string },
) {
  return {
    LabelRecoveryRequest: {
      Request: {},
      LabelSpecification: { LabelImageFormat: { Code: "PDF" } },
      ...("trackingNumber" in by
        ? { TrackingNumber: by.trackingNumber }
        : {
            ReferenceValues: { ReferenceNumber: { Value: by.reference }, ShipperNumber: accountNumber },
          }),
    },
  };
}

export function addressRequest(address: Address) {
  return {
    XAVRequest: {
      AddressKeyFormat: {
        AddressLine: linesOf(address),
        PoliticalDivision2: (address.city ?? "").slice(0, CITY_MAX),
        PoliticalDivision1: address.region ?? "",
        PostcodePrimaryLow: (address.postal_code ?? "").slice(0, 5),
        CountryCode: address.country,
      },
    },
  };
}

function isDomestic({ from, to }: ParcelToShip): boolean {
  return POUND_COUNTRIES.has(from.country) && from.country === to.country;
}

function weightOf({ from, weightGrams }: ParcelToShip) {
  const isPounds = POUND_COUNTRIES.has(from.country);
  const amount = weightGrams / (isPounds ? GRAMS_PER_POUND : 1_000);
  // Rounded up: a parcel that is heavier than it says is charged later.
  const tenths = Math.max(1, Math.ceil(amount * 10)) / 10;
  const unit = isPounds ? { Code: "LBS", Description: "Pounds" } : { Code: "KGS", Description: "Kilograms" };
  return { UnitOfMeasurement: unit, Weight: String(tenths) };
}

function party(address: Address) {
  return {
    Name: (address.name ?? "").slice(0, NAME_MAX),
    Address: {
      AddressLine: linesOf(address),
      City: (address.city ?? "").slice(0, CITY_MAX),
      ...(address.region === undefined ? {} : { StateProvinceCode: address.region.slice(0, 5) }),
      PostalCode: (address.postal_code ?? "").slice(0, 9),
      CountryCode: address.country,
    },
  };
}

/** With a number to ring, which prices do without. */
function reachable(address: Address) {
  const number = (address.phone ?? "").replaceAll(/[^0-9]/g, "").slice(0, 15);
  return { ...party(address), ...(number === "" ? {} : { Phone: { Number: number } }) };
}

function linesOf({ line1 = "", line2 }: Address): Array<string> {
  return [line1, ...(line2 === undefined ? [] : [line2])].map((line) => line.slice(0, LINE_MAX));
}

function dateOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll("-", "");
}
