import { CarrierServer } from "./carrier-server.ts";

type Parcel = { readonly number: string; readonly reference: string; isCanceled: boolean };

const RATES = [
  ["FEDEX_GROUND", 12.4, "FOUR_DAYS"],
  ["FEDEX_2_DAY", 27.1, "TWO_DAYS"],
  ["PRIORITY_OVERNIGHT", 66, "ONE_DAY"],
] as const;

/** FedEx as its specifications describe it, for as much of it as an engine buys labels with. */
export class FakeFedEx extends CarrierServer {
  readonly parcels: Array<Parcel> = [];

  get liveLabels(): ReadonlyArray<string> {
    return this.parcels.filter(({ isCanceled }) => !isCanceled).map(({ number }) => number);
  }

  protected answer({ url, headers, body }: Parameters<CarrierServer["answer"]>[0]): Response {
    if (url.pathname === "/oauth/token") {
      const form = new URLSearchParams(body);
      const isKnown = form.get("client_secret") === "secret";
      if (!isKnown) return failure(401, "NOT.AUTHORIZED.ERROR");
      return Response.json({ access_token: form.get("client_id"), expires_in: 3_599 });
    }
    const isTracking = url.pathname.startsWith("/track/");
    const project = isTracking ? "track" : "ship";
    if (headers.get("authorization") !== `Bearer ${project}`) return failure(403, "FORBIDDEN.ERROR");
    const sent = JSON.parse(body) as Record<string, unknown>;
    if (url.pathname.endsWith("/quotes")) return this.#rate(sent);
    if (url.pathname.endsWith("/cancel")) return this.#cancel(String(sent["trackingNumber"]));
    if (url.pathname.endsWith("/shipments")) return this.#ship(sent);
    return this.#track(sent);
  }

  #rate({ requestedShipment: wanted }: Record<string, unknown>): Response {
    const { recipient } = wanted as { recipient: { address: { postalCode: string } } };
    if (recipient.address.postalCode === "00000") return failure(400, "RECIPIENT.POSTALCODE.INVALID");
    const rateReplyDetails = RATES.map(([serviceType, totalNetCharge, transitTime]) => ({
      serviceType,
      operationalDetail: { transitTime },
      ratedShipmentDetails: [
        { rateType: "LIST", totalNetCharge: totalNetCharge * 2, currency: "USD" },
        { rateType: "ACCOUNT", totalNetCharge, currency: "USD" },
      ],
    }));
    return Response.json({ output: { rateReplyDetails } });
  }

  #ship({ requestedShipment: wanted }: Record<string, unknown>): Response {
    const { requestedPackageLineItems: items } = wanted as {
      requestedPackageLineItems: Array<{ customerReferences: Array<{ value: string }> }>;
    };
    const number = `7949${this.parcels.length + 1}`;
    this.parcels.push({ number, reference: items[0]?.customerReferences[0]?.value ?? "", isCanceled: false });
    const document = { contentType: "LABEL", encodedLabel: btoa("%PDF-1.7 label") };
    return Response.json({
      output: {
        transactionShipments: [
          {
            masterTrackingNumber: number,
            pieceResponses: [{ trackingNumber: number, packageDocuments: [document] }],
          },
        ],
      },
    });
  }

  #cancel(number: string): Response {
    const parcel = this.parcels.find((known) => known.number === number);
    if (parcel === undefined) return failure(404, "TRACKINGNUMBER.NOTFOUND");
    if (parcel.isCanceled) return failure(400, "SHIPMENT.ALREADYCANCELLED");
    parcel.isCanceled = true;
    return Response.json({ output: { cancelledShipment: true } });
  }

  #track({ referencesInformation: wanted }: Record<string, unknown>): Response {
    const { value } = wanted as { value: string };
    const found = this.parcels.filter(({ reference }) => reference === value);
    if (found.length === 0) return failure(404, "TRACKING.REFERENCENUMBER.NOTFOUND");
    const trackResults = found.map(({ number, isCanceled }) => ({
      trackingNumberInfo: { trackingNumber: number },
      latestStatusDetail: { code: isCanceled ? "CA" : "OC" },
    }));
    return Response.json({ output: { completeTrackResults: [{ trackResults }] } });
  }
}

function failure(status: number, code: string): Response {
  return Response.json({ errors: [{ code, message: "1 Main St is unknown" }] }, { status });
}
