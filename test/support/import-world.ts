import type { ImportAnswer } from "../../src/contract/imports.ts";
import { createDb } from "../../src/db/client.ts";
import { addsUp } from "../../src/domain/imports/report.ts";
import { importOrders } from "../../src/worker/use-cases/import-orders.ts";
import { nodeD1 } from "./node-d1.ts";

export const UCI_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const TABLES = [
  "customer",
  "import_document",
  "order_event",
  "order_line",
  "order_return",
  "orders",
  "payment_transaction",
  "return_line",
  "sku",
  "sku_price",
];
/** Count how often something was written, not what. */
const BOOKKEEPING = new Set(["version", "updated_at_ms", "created_at_ms"]);

type Row = Record<string, string | number | null>;

/** An importer on a database of its own. */
export class ImportWorld {
  readonly #node = nodeD1();
  #clockMs = 1_700_000_000_000;

  async import(
    text: string | Uint8Array,
    options: {
      readonly format?: "csv" | "ndjson";
      readonly query?: Partial<Parameters<typeof importOrders>[1]["query"]>;
      /** Bytes of each piece in which the body arrives. */
      readonly pieceBytes?: number;
    } = {},
  ): Promise<ImportAnswer> {
    this.#clockMs += 1000;
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const imported = await importOrders(
      { db: createDb(this.#node.d1), nowMs: () => this.#clockMs },
      {
        body: inPieces(bytes, options.pieceBytes ?? 64 * 1024),
        format: options.format ?? "csv",
        query: { mapping: "auto", repeated_rows: "keep", sku_case: "auto", ...options.query },
        actor: "key_test",
      },
    );
    if (!imported.ok) throw new Error(JSON.stringify(imported.error));
    if (!addsUp(imported.value)) throw new Error(`does not add up: ${JSON.stringify(imported.value)}`);
    return imported.value;
  }

  /** UCI rows without their header. */
  uci(...rows: ReadonlyArray<string>): Promise<ImportAnswer> {
    return this.import([UCI_HEADER, ...rows].join("\n"));
  }

  rows(query: string): Array<Row> {
    return this.#node.sqlite
      .prepare(query)
      .all()
      .map((row) => ({ ...(row as Row) }));
  }

  row(query: string): Row {
    const [row] = this.rows(query);
    if (row === undefined) throw new Error(`no row: ${query}`);
    return row;
  }

  /** Everything that an import writes, in an order that does not depend on when it was written. */
  contents(): Record<string, Array<string>> {
    return Object.fromEntries(
      TABLES.map((table) => [
        table,
        this.rows(`SELECT * FROM ${table}`)
          .map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !BOOKKEEPING.has(column))))
          .sort(),
      ]),
    );
  }

  /** What must hold whatever was imported (I9). @returns what does not. */
  broken(): Array<Row> {
    return [
      ...this.rows(
        `SELECT o.id, o.total, o.subtotal, sum(l.total) AS lines FROM orders o JOIN order_line l ON l.order_id = o.id
         GROUP BY o.id HAVING o.total <> sum(l.total) + o.shipping_total OR o.discount_total <> sum(l.discount)`,
      ),
      ...this.rows(
        `SELECT order_id, sum(iif(kind = 'refund', amount, 0)) AS refunded, sum(iif(kind = 'capture', amount, 0)) AS captured
         FROM payment_transaction GROUP BY order_id HAVING refunded > captured`,
      ),
      ...this.rows(
        `SELECT l.id, l.returned_quantity FROM order_line l
         WHERE l.returned_quantity <> (SELECT coalesce(sum(quantity), 0) FROM return_line r WHERE r.order_line_id = l.id)`,
      ),
    ];
  }
}

function inPieces(bytes: Uint8Array, pieceBytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (let start = 0; start < bytes.length; start += pieceBytes) {
        controller.enqueue(bytes.slice(start, start + pieceBytes));
      }
      controller.close();
    },
  });
}
