import fc from "fast-check";
import { expect, test } from "vitest";

import { ImportWorld, UCI_HEADER } from "../support/import-world.ts";

const skus = ["22139", "85123A", "21730", "84406B", "POST", "D"];
const day = (hours: number) => new Date(1_290_000_000_000 + hours * 3_600_000).toISOString();

type Invoice = {
  readonly isCancellation: boolean;
  readonly customer: string;
  readonly rows: ReadonlyArray<string>;
};

/** Rows of one invoice, no two alike: where a file is cut between two rows that are alike nobody can tell them apart. */
const invoice = fc.record({
  isCancellation: fc.boolean(),
  customer: fc.constantFrom("17850", "13047", ""),
  rows: fc.uniqueArray(
    fc.record({
      sku: fc.constantFrom(...skus),
      quantity: fc.integer({ min: 1, max: 4 }),
      price: fc.constantFrom("0.0", "2.55", "2.55", "7.5"),
    }),
    { minLength: 1, maxLength: 5, selector: (row) => JSON.stringify(row) },
  ),
});

/** A file of invoices, an hour or a day apart; sometimes the next one is the exact cancellation of the one before. */
const file = fc
  .array(fc.tuple(invoice, fc.constantFrom(1, 30), fc.boolean()), { minLength: 1, maxLength: 8 })
  .map((drafts) => {
    let hours = 0;
    const invoices: Array<Invoice> = [];
    let number = 536_365;
    for (const [draft, gap, isUndone] of drafts) {
      const write = (isCancellation: boolean) => {
        hours += gap;
        number += 1;
        const name = isCancellation ? `C${number}` : String(number);
        const rows = draft.rows.map(
          ({ sku, quantity, price }) =>
            `${name},${sku},ITEM ${sku},${isCancellation ? -quantity : quantity},${day(hours)},${price},${draft.customer},EIRE`,
        );
        invoices.push({ isCancellation, customer: draft.customer, rows });
      };
      write(draft.isCancellation);
      if (isUndone && !draft.isCancellation) write(true);
    }
    return invoices;
  });

async function importAll(rows: ReadonlyArray<string>): Promise<ImportWorld> {
  const world = new ImportWorld();
  await world.uci(...rows);
  return world;
}

test("a file cut anywhere, each piece sent any number of times, comes to the same database as the whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 })), { maxLength: 10 }),
      fc.integer({ min: 1, max: 200 }),
      async (invoices, cuts, pieceBytes) => {
        const rows = invoices.flatMap((each) => each.rows);
        const whole = await importAll(rows);
        expect(whole.broken()).toEqual([]);

        const cut = new ImportWorld();
        let start = 0;
        for (const [length, times] of [...cuts, [rows.length, 1] as const]) {
          const piece = rows.slice(start, start + length);
          start += length;
          for (let time = 0; time < times && piece.length > 0; time += 1) {
            await cut.import([UCI_HEADER, ...piece].join("\r\n"), { pieceBytes });
          }
        }
        expect(cut.broken()).toEqual([]);
        expect(cut.contents()).toEqual(whole.contents());
      },
    ),
    { numRuns: 150 },
  );
}, 240_000);

test("the same file again, whole or from anywhere on, changes nothing, rows alike in one order included", async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.nat({ max: 40 }), async (invoices, from) => {
      const rows = invoices.flatMap((each) =>
        each.rows.flatMap((row, index) => (index % 2 === 0 ? [row, row] : [row])),
      );
      const world = await importAll(rows);
      const before = world.contents();
      const again = await world.uci(...rows);
      expect(world.contents()).toEqual(before);
      expect(again.lines_created + again.shipping_rows + again.discount_rows + again.cancellation_rows).toBe(
        0,
      );
      await world.uci(...rows.slice(from % rows.length));
      expect(world.contents()).toEqual(before);
    }),
    { numRuns: 60 },
  );
}, 240_000);
