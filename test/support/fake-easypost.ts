type Shipment = {
  id: string;
  reference: string;
  tracking_code: string | null;
  refund_status: string | null;
  rates: ReadonlyArray<Record<string, unknown>>;
  selected_rate: Record<string, unknown> | null;
  postage_label: Record<string, unknown> | null;
};

export const EASYPOST_KEY = "EZTK_test";

let numbers = 0;

/** EasyPost as its documentation describes it, in memory, for as much of it as an engine buys labels with. */
export class FakeEasyPost {
  readonly shipments: Array<Shipment> = [];
  purchases = 0;
  /** Requests from now on whose answer is lost after they were carried out. */
  losesAnswers = 0;

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init.method ?? "GET";
    if (url.hostname === "labels.example.com") return new Response("%PDF-1.7 label");
    const { authorization } = init.headers as Record<string, string>;
    if (authorization !== `Basic ${btoa(`${EASYPOST_KEY}:`)}`) return failure(401, "APIKEY.INACTIVE");
    const body = JSON.parse((init.body ?? "{}") as string) as Record<string, Record<string, unknown>>;
    const response = this.#answer(method, url, body);
    if (this.losesAnswers > 0) {
      this.losesAnswers -= 1;
      throw new TypeError("connection lost");
    }
    return response;
  };

  #answer(method: string, url: URL, body: Record<string, Record<string, unknown>>): Response {
    const [, , kind, name = "", action] = url.pathname.split("/");
    if (kind === "trackers") {
      const code = url.searchParams.get("tracking_code");
      const found = this.shipments.filter(({ tracking_code: known }) => known === code);
      const trackers = found.map(({ id }) => ({
        tracking_code: code,
        status: "pre_transit",
        shipment_id: id,
      }));
      return Response.json({ trackers });
    }
    if (method === "POST" && name === "") return this.#create(body["shipment"] ?? {});
    const shipment = this.shipments.findLast(({ id, reference }) => id === name || reference === name);
    if (shipment === undefined) return failure(404, "NOT_FOUND");
    if (action === "buy") return this.#buy(shipment, String(body["rate"]?.["id"]));
    if (action === "refund") shipment.refund_status = "submitted";
    return Response.json(shipment);
  }

  #create(wish: Record<string, unknown>): Response {
    const to = wish["to_address"] as { readonly zip?: string };
    if (to.zip === "00000") return failure(422, "ADDRESS.VERIFY.FAILURE");
    const id = `shp_easypost${this.shipments.length + 1}`;
    const rate = (service: string, amount: string, days: number) => ({
      id: `rate_${service}`,
      carrier: "USPS",
      service,
      rate: amount,
      currency: "USD",
      delivery_days: days,
    });
    const shipment: Shipment = {
      id,
      reference: String(wish["reference"]),
      tracking_code: null,
      refund_status: null,
      rates: [rate("Express", "33.10", 1), rate("GroundAdvantage", "5.93", 3), rate("Priority", "6.90", 2)],
      selected_rate: null,
      postage_label: null,
    };
    this.shipments.push(shipment);
    return Response.json(shipment, { status: 201 });
  }

  #buy(shipment: Shipment, rateId: string): Response {
    if (shipment.tracking_code !== null) return failure(422, "SHIPMENT.POSTAGE.EXISTS");
    this.purchases += 1;
    shipment.selected_rate = shipment.rates.find(({ id }) => id === rateId) ?? null;
    numbers += 1;
    shipment.tracking_code = `9400${String(numbers).padStart(18, "0")}`;
    shipment.postage_label = { label_url: "https://labels.example.com/1.pdf", label_pdf_url: null };
    return Response.json(shipment);
  }
}

function failure(status: number, code: string): Response {
  return Response.json({ error: { code, message: "1 Main St is not a street", errors: [] } }, { status });
}
