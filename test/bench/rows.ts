import { type Api, expectSuccess, inParallel } from "../../scripts/api.ts";
import type { WriteCounts } from "./counting-worker.ts";
import { stockUp } from "./workloads.ts";

export type RowCounts = {
  readonly rowsPerAcceptedHold: number;
  readonly rowsPerRefusedHold: number;
  readonly rowsPerReleasedHold: number;
  /** Each time an alarm is set, one row is billed as well. */
  readonly alarmsPerAcceptedHold: number;
};

const UNITS = 200;

/** Counts what one SKU's object writes, on an engine whose objects keep a tally (`counting-worker.ts`). */
export async function countRows(url: string, api: Api): Promise<RowCounts> {
  const sku = "ROWS-1";
  await stockUp(api, new Map([[sku, UNITS]]), null);
  const holds: Array<string> = [];

  const start = await readWrites(url, sku);
  await inParallel(Array.from({ length: UNITS }), 32, async (_, index) => {
    const hold = await expectSuccess(
      api("POST", "/v1/holds", { body: claim(sku, `in-${index}`), idempotencyKey: `rows-in-${index}` }),
    );
    holds.push(hold["id"] as string);
  });
  const held = await readWrites(url, sku);
  await inParallel(Array.from({ length: UNITS }), 32, async (_, index) => {
    const { status } = await api("POST", "/v1/holds", {
      body: claim(sku, `out-${index}`),
      idempotencyKey: `rows-out-${index}`,
    });
    if (status !== 409) throw new Error(`expected a refusal, got ${status}`);
  });
  const refused = await readWrites(url, sku);
  await inParallel(holds, 32, async (hold) => {
    await expectSuccess(api("DELETE", `/v1/holds/${hold}`));
  });
  const released = await readWrites(url, sku);

  return {
    rowsPerAcceptedHold: (held.rows - start.rows) / UNITS,
    rowsPerRefusedHold: (refused.rows - held.rows) / UNITS,
    rowsPerReleasedHold: (released.rows - refused.rows) / UNITS,
    alarmsPerAcceptedHold: (held.alarms - start.alarms) / UNITS,
  };
}

function claim(sku: string, buyer: string) {
  return { lines: [{ sku, quantity: 1 }], buyer, ttl_seconds: 900 };
}

async function readWrites(url: string, sku: string): Promise<WriteCounts> {
  const response = await fetch(`${url}/bench/writes/${sku}`);
  return (await response.json()) as WriteCounts;
}
