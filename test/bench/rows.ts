import { type Api, expectSuccess, inParallel } from "../../scripts/api.ts";
import { stockUp } from "./holdfast.ts";
import { MESSAGES_PER_REQUEST, pricePerMillion } from "./price.ts";
import { type Bill, emptyBill } from "./tally.ts";

/** What one hold, refusal or order uses, and what a million of them cost. */
export type Cost = { readonly what: string; readonly bill: Bill; readonly dollarsPerMillion: number };
export type RowCounts = { readonly costs: ReadonlyArray<Cost> };

const UNITS = 400;
const ORDERS = 100;
const BATCH = 100;
/** News of stock goes out within a second, and a queue hands its messages on after another one. */
const QUIET_MS = 6_000;
/** Generous for what takes 0.3 ms on the machines of the benchmarks. */
const CPU_MS = 2;
/** Of an object that answers in a few milliseconds and is billed while it does. */
const OBJECT_SECONDS = 0.02;

type Phase = {
  readonly what: string;
  readonly count: number;
  readonly cpuMs: number;
  readonly objectSeconds: number;
  readonly work: () => Promise<void>;
  /** Changes what was counted where a front stands in between that is not part of the phase. */
  readonly adjust?: (bill: Bill) => Bill;
};

/** Counts on an engine that keeps a tally (`counting-worker.ts`), one kind of work after the other. */
export async function countRows(url: string, api: Api): Promise<RowCounts> {
  await stockUp(
    api,
    new Map([
      ["ROWS-1", UNITS],
      ["ROWS-2", UNITS],
      ["ROWS-3", ORDERS],
    ]),
    null,
  );
  const costs: Array<Cost> = [];
  let before = await quietBill(url);
  for (const phase of phasesOf(api)) {
    await phase.work();
    const after = await quietBill(url);
    const used = each(before, after, phase.count);
    const bill = phase.adjust?.(used) ?? used;
    const { what, cpuMs, objectSeconds } = phase;
    costs.push({ what, bill, dollarsPerMillion: pricePerMillion({ bill, cpuMs, objectSeconds }) });
    before = after;
  }
  return { costs };
}

function phasesOf(api: Api): ReadonlyArray<Phase> {
  const lone = { cpuMs: CPU_MS, objectSeconds: OBJECT_SECONDS };
  const gathered = { cpuMs: CPU_MS / 10, objectSeconds: OBJECT_SECONDS / BATCH };
  // A gate's socket message is a twentieth of a request, and its call to the SKU's object is shared by a batch.
  const bySocket = (bill: Bill): Bill => ({
    ...bill,
    workerRequests: 0,
    objectRequests: bill.objectRequests + 1 / MESSAGES_PER_REQUEST,
  });
  return [
    {
      what: "an accepted hold, one HTTP request each",
      count: UNITS,
      ...lone,
      work: () => holdEach(api, "ROWS-1", "in", 201),
    },
    {
      what: "a refused hold, one HTTP request each",
      count: UNITS,
      ...lone,
      work: () => holdEach(api, "ROWS-1", "out", 409),
    },
    {
      what: "an accepted hold, one socket message each, a hundred gathered",
      count: UNITS,
      ...gathered,
      work: () => holdMany(api, "ROWS-2", "in"),
      adjust: bySocket,
    },
    {
      what: "a refused hold, one socket message each, a hundred gathered",
      count: UNITS,
      ...gathered,
      work: () => holdMany(api, "ROWS-2", "out"),
      adjust: bySocket,
    },
    {
      what: "an order of one line, from hold to routed",
      count: ORDERS,
      cpuMs: CPU_MS * 5,
      objectSeconds: OBJECT_SECONDS * 5,
      work: () => placeOrders(api),
    },
  ];
}

async function holdEach(api: Api, sku: string, group: string, expected: number): Promise<void> {
  await inParallel(Array.from({ length: UNITS }), 32, async (_, index) => {
    const key = `${sku}-${group}-${index}`;
    const { status } = await api("POST", "/v1/holds", { body: claimOf(sku, key), idempotencyKey: key });
    if (status !== expected) throw new Error(`expected ${expected}, got ${status}`);
  });
}

async function holdMany(api: Api, sku: string, group: string): Promise<void> {
  for (let start = 0; start < UNITS; start += BATCH) {
    const items = Array.from({ length: BATCH }, (_, index) => {
      const key = `${sku}-${group}-${start + index}`;
      return { ...claimOf(sku, key), idempotency_key: key };
    });
    await expectSuccess(
      api("POST", "/v1/holds/batch", { body: { items }, idempotencyKey: `${sku}-${group}-${start}` }),
    );
  }
}

async function placeOrders(api: Api): Promise<void> {
  await inParallel(Array.from({ length: ORDERS }), 16, async (_, index) => {
    const key = `rows-order-${index}`;
    const hold = await expectSuccess(
      api("POST", "/v1/holds", { body: claimOf("ROWS-3", key), idempotencyKey: key }),
    );
    await expectSuccess(
      api("POST", "/v1/orders", {
        body: {
          hold: hold["id"],
          customer: { email: `${key}@bench.example` },
          shipping_address: {
            name: "B",
            line1: "1 Test St",
            city: "Berlin",
            postal_code: "10115",
            country: "DE",
          },
          payment: { provider: "manual" },
        },
        idempotencyKey: `${key}-o`,
      }),
    );
  });
}

function claimOf(sku: string, buyer: string) {
  return { lines: [{ sku, quantity: 1 }], buyer, ttl_seconds: 900 };
}

/** The bill once nothing changes it any more. */
async function quietBill(url: string): Promise<Bill> {
  let last = "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const text = await (await fetch(`${url}/bench/bill`)).text();
    if (text === last) return JSON.parse(text) as Bill;
    last = text;
  }
}

function each(before: Bill, after: Bill, count: number): Bill {
  const bill = emptyBill();
  for (const meter of Object.keys(bill) as Array<keyof Bill>)
    bill[meter] = (after[meter] - before[meter]) / count;
  return bill;
}
