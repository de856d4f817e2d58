import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createGunzip, gunzipSync } from "node:zlib";

import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startEngine, type Engine } from "../../scripts/engine.ts";
import { importFile } from "../../scripts/import/import-file.ts";
import { LOCAL_SECRET_KEY, seedLocalKeys } from "../../scripts/seed.ts";
import { recogniseMapping } from "../../src/domain/imports/mapping.ts";
import { addsUp, type ImportReport } from "../../src/domain/imports/report.ts";
import { readCsv } from "../../src/integrations/csv/table.ts";

const folder = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data", "uci-online-retail");
const files = existsSync(folder) ? await onlineRetailFiles() : [];

/** Whatever files of the folder have the data set's columns; not a list of names. */
async function onlineRetailFiles(): Promise<ReadonlyArray<string>> {
  const found: Array<string> = [];
  for (const name of readdirSync(folder).sort()) {
    if (!/\.csv(\.gz)?$/.test(name)) continue;
    const file = path.join(folder, name);
    const source = createReadStream(file);
    const table = await readCsv(name.endsWith(".gz") ? source.pipe(createGunzip()) : source);
    if (recogniseMapping(table?.header ?? [])?.name === "uci") found.push(file);
    source.destroy();
  }
  return found;
}

/** By another parser than the engine's. */
function countRows(file: string): number {
  const bytes = readFileSync(file);
  let rows = -1;
  parse(file.endsWith(".gz") ? gunzipSync(bytes) : bytes, {
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    on_record: () => {
      rows += 1;
      return null;
    },
  });
  return rows;
}

const tables = ["customer", "import_document", "order_event", "order_line", "order_return", "orders"].concat(
  "payment_transaction",
  "return_line",
  "sku",
  "sku_price",
);

if (files.length === 0) {
  console.log(
    `SKIPPED: no Online Retail file under ${folder}; set HOLDFAST_DATA to a folder that has uci-online-retail/.`,
  );
}

describe.skipIf(files.length === 0)("the UCI Online Retail data", () => {
  let engine: Engine;
  let stateDir: string;
  const checked: Array<string> = [];

  beforeAll(async () => {
    stateDir = mkdtempSync(path.join(tmpdir(), "holdfast-conformance-"));
    engine = await startEngine({ port: 0, stateDir, crons: "by hand" });
    await seedLocalKeys(engine.database);
  });
  afterAll(async () => {
    await engine?.stop();
    rmSync(stateDir, { recursive: true, force: true });
    console.log(`Checked ${checked.length} files of ${folder}:\n  ${checked.join("\n  ")}`);
  });

  const bring = (file: string) =>
    importFile({ file, url: engine.url, key: LOCAL_SECRET_KEY, query: {}, onProgress: () => {} });

  /** How much there is of everything, and how often it was written. */
  const census = async () => {
    const counts: Record<string, unknown> = {};
    for (const table of tables) {
      const row = await engine.database
        .prepare(`SELECT count(*) AS rows FROM ${table}`)
        .first<{ rows: number }>();
      counts[table] = row?.rows;
    }
    const sums = await engine.database
      .prepare(
        `SELECT (SELECT sum(version) FROM orders) AS order_versions, (SELECT sum(total) FROM orders) AS order_totals,
           (SELECT sum(version) FROM import_document) AS document_versions, (SELECT sum(version) FROM sku) AS sku_versions,
           (SELECT sum(amount) FROM sku_price) AS prices, (SELECT sum(returned_quantity) FROM order_line) AS returned,
           (SELECT sum(amount) FROM payment_transaction) AS moved`,
      )
      .first();
    return { ...counts, ...sums };
  };

  test.each(files.map((file) => [path.basename(file), file]))(
    "%s: every row is accounted for, and bringing it again changes nothing",
    async (name, file) => {
      const rows = countRows(file);
      const started = performance.now();
      const first = await bring(file);
      const seconds = (performance.now() - started) / 1000;
      expect(first.rows).toBe(rows);
      expect(addsUp(first)).toBe(true);

      const before = await census();
      const again = await bring(file);
      expect(addsUp(again)).toBe(true);
      expect(again).toMatchObject({
        rows,
        unchanged: first.rows - first.rejected,
        rejected: first.rejected,
      } satisfies Partial<ImportReport>);
      expect(await census()).toEqual(before);
      checked.push(
        `${name}: ${rows.toLocaleString("en")} rows, ${Math.round(rows / seconds).toLocaleString("en")} rows/s; orders ${first.orders_created} new, ${first.orders_unchanged} known, ${first.canceled_orders} canceled; returns ${first.returns_created}; rejected ${first.rejected}`,
      );
    },
  );

  test("every order adds up, no refund passes what was paid, and each returned unit has its return", async () => {
    const broken = async (query: string) => (await engine.database.prepare(`${query} LIMIT 5`).all()).results;
    expect(
      await broken(
        `SELECT o.external_id, o.total, sum(l.total) AS lines FROM orders o JOIN order_line l ON l.order_id = o.id
         GROUP BY o.id HAVING o.total <> sum(l.total) + o.shipping_total`,
      ),
    ).toEqual([]);
    expect(
      await broken(
        `SELECT order_id, sum(iif(kind = 'refund', amount, 0)) AS refunded, sum(iif(kind = 'capture', amount, 0)) AS captured
         FROM payment_transaction GROUP BY order_id HAVING refunded > captured`,
      ),
    ).toEqual([]);
    expect(
      await broken(
        `SELECT l.id FROM order_line l LEFT JOIN return_line r ON r.order_line_id = l.id
         GROUP BY l.id HAVING l.returned_quantity <> coalesce(sum(r.quantity), 0)`,
      ),
    ).toEqual([]);
    expect(
      await broken("SELECT l.id FROM order_line l LEFT JOIN sku ON sku.sku = l.sku WHERE sku.sku IS NULL"),
    ).toEqual([]);
    expect(await broken("SELECT sku FROM sku WHERE sku <> upper(sku)")).toEqual([]);
  });
});
