import { CarrierServer } from "./carrier-server.ts";

export const SHIPPO_TOKEN = "shippo_test_token";

type Transaction = {
  object_id: string;
  object_created: string;
  status: string;
  rate: string;
  metadata: string;
  tracking_number: string;
  label_url: string;
};

const RATES = [
  ["Ground Advantage", "5.93", 4],
  ["Priority Mail", "8.10", 2],
  ["Priority Mail Express", "31.40", 1],
] as const;

/** Shippo as its documentation describes it, for as much of it as an engine buys labels with. */
export class FakeShippo extends CarrierServer {
  readonly transactions: Array<Transaction> = [];
  /** Labels that are asked for begin as queued, and are made when they are looked at. */
  isSlow = false;

  get liveLabels(): ReadonlyArray<string> {
    return this.transactions
      .filter(({ status }) => status !== "REFUNDPENDING")
      .map(({ object_id: id }) => id);
  }

  protected answer({ method, url, headers, body }: Parameters<CarrierServer["answer"]>[0]): Response {
    if (url.hostname === "labels.example.com") return new Response("%PDF-1.7 label");
    if (headers.get("authorization") !== `ShippoToken ${SHIPPO_TOKEN}`) {
      return Response.json({ detail: "Invalid token" }, { status: 401 });
    }
    const [kind = "", name = ""] = url.pathname.split("/").filter((part) => part !== "");
    const sent = (body === "" ? {} : JSON.parse(body)) as Record<string, unknown>;
    if (kind === "shipments") return this.#shipment(sent);
    if (kind === "rates") return Response.json(rate(name));
    if (kind === "refunds") return this.#refund(String(sent["transaction"]));
    if (kind === "transactions" && method === "POST") return this.#buy(sent);
    if (kind === "transactions" && name === "") {
      return Response.json({ next: null, results: this.transactions.toReversed() });
    }
    const transaction = this.transactions.find(({ object_id: id }) => id === name);
    if (transaction === undefined) return Response.json({}, { status: 404 });
    if (transaction.status === "QUEUED") transaction.status = "SUCCESS";
    return Response.json(transaction);
  }

  #shipment({ address_to: to }: Record<string, unknown>): Response {
    if ((to as { zip: string }).zip === "00000") {
      return Response.json({ address_to: ["1 Main St is not an address"] }, { status: 400 });
    }
    const rates = RATES.map((_, index) => rate(`rate${index}`));
    return Response.json({ object_id: "shipment", status: "SUCCESS", rates }, { status: 201 });
  }

  #buy(sent: Record<string, unknown>): Response {
    const number = this.transactions.length + 1;
    const transaction = {
      object_id: `transaction${number}`,
      object_created: new Date().toISOString(),
      status: this.isSlow ? "QUEUED" : "SUCCESS",
      rate: String(sent["rate"]),
      metadata: String(sent["metadata"]),
      tracking_number: `92001${number}`,
      label_url: "https://labels.example.com/label.pdf",
    };
    this.transactions.push(transaction);
    return Response.json(transaction, { status: 201 });
  }

  #refund(id: string): Response {
    const transaction = this.transactions.find(({ object_id: known }) => known === id);
    if (transaction === undefined) return Response.json({ transaction: ["unknown"] }, { status: 400 });
    transaction.status = "REFUNDPENDING";
    return Response.json({ status: "PENDING" }, { status: 201 });
  }
}

function rate(id: string) {
  const [name, amount, days] = RATES[Number(id.replace("rate", ""))] ?? RATES[0];
  return {
    object_id: id,
    provider: "USPS",
    amount,
    currency: "USD",
    servicelevel: { name, token: "usps" },
    estimated_days: days,
  };
}
