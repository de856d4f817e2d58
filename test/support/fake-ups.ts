import { CarrierServer } from "./carrier-server.ts";

type Parcel = { readonly number: string; readonly reference: string; isVoided: boolean };

const RATES = [
  ["03", "11.20", "4"],
  ["02", "24.90", "2"],
  ["01", "58.00", "1"],
] as const;

/** UPS as its specifications describe it, for as much of it as an engine buys labels with. */
export class FakeUps extends CarrierServer {
  readonly parcels: Array<Parcel> = [];
  tokens = 0;

  get liveLabels(): ReadonlyArray<string> {
    return this.parcels.filter(({ isVoided }) => !isVoided).map(({ number }) => number);
  }

  protected answer({ method, url, headers, body }: Parameters<CarrierServer["answer"]>[0]): Response {
    if (url.pathname === "/security/v1/oauth/token") return this.#token(headers);
    if (headers.get("authorization") !== `Bearer token${this.tokens}`) return failure(401, "250002");
    const sent = (body === "" ? {} : JSON.parse(body)) as Record<string, unknown>;
    if (url.pathname.startsWith("/api/rating/")) return this.#rate(sent);
    if (url.pathname.endsWith("/ship")) return this.#ship(sent);
    if (url.pathname.endsWith("/recovery")) return this.#recover(sent);
    if (method === "DELETE") return this.#void(url.pathname.split("/").at(-1) ?? "");
    return failure(404, "TV1002");
  }

  #token(headers: Headers): Response {
    if (headers.get("authorization") !== `Basic ${btoa("id:secret")}`) return failure(401, "10401");
    this.tokens += 1;
    // UPS sends its numbers as texts.
    return Response.json({ access_token: `token${this.tokens}`, expires_in: "14399", status: "approved" });
  }

  #rate({ RateRequest: request }: Record<string, unknown>): Response {
    const { Shipment: shipment } = request as { Shipment: { ShipTo: { Address: { PostalCode: string } } } };
    if (shipment.ShipTo.Address.PostalCode === "00000") return failure(400, "111210");
    const rated = RATES.map(([code, amount, days]) => ({
      Service: { Code: code },
      TotalCharges: { CurrencyCode: "USD", MonetaryValue: amount },
      GuaranteedDelivery: { BusinessDaysInTransit: days },
    }));
    return Response.json({ RateResponse: { RatedShipment: rated } });
  }

  #ship({ ShipmentRequest: request }: Record<string, unknown>): Response {
    const { Shipment: shipment } = request as {
      Shipment: {
        ReferenceNumber?: Array<{ Value: string }>;
        Package: Array<{ ReferenceNumber?: Array<{ Value: string }> }>;
      };
    };
    const [named] = shipment.ReferenceNumber ?? shipment.Package[0]?.ReferenceNumber ?? [];
    const number = `1Z${this.parcels.length + 1}`;
    this.parcels.push({ number, reference: named?.Value ?? "", isVoided: false });
    return Response.json({
      ShipmentResponse: {
        // One package comes as itself, not as a list.
        ShipmentResults: { ShipmentIdentificationNumber: number, PackageResults: { TrackingNumber: number } },
      },
    });
  }

  #recover({ LabelRecoveryRequest: request }: Record<string, unknown>): Response {
    const { TrackingNumber: number, ReferenceValues: named } = request as {
      TrackingNumber?: string;
      ReferenceValues?: { ReferenceNumber: { Value: string } };
    };
    const found = this.parcels.find(
      (parcel) =>
        !parcel.isVoided && (parcel.number === number || parcel.reference === named?.ReferenceNumber.Value),
    );
    if (found === undefined) return failure(400, "300014");
    return Response.json({
      LabelRecoveryResponse: {
        ShipmentIdentificationNumber: found.number,
        LabelResults: { TrackingNumber: found.number, LabelImage: { GraphicImage: btoa("%PDF-1.7 label") } },
      },
    });
  }

  #void(number: string): Response {
    const parcel = this.parcels.find((known) => known.number === number);
    if (parcel === undefined) return failure(400, "190102");
    if (parcel.isVoided) return failure(400, "190117");
    parcel.isVoided = true;
    return Response.json({ VoidShipmentResponse: { SummaryResult: { Status: { Code: "1" } } } });
  }
}

function failure(status: number, code: string): Response {
  return Response.json({ response: { errors: [{ code, message: "1 Main St is unknown" }] } }, { status });
}
