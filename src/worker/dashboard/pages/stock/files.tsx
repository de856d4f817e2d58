import {
  movementSchema,
  MOVEMENTS_MAX,
  stockOperations,
  type MovementRequest,
} from "../../../../contract/stock.ts";
import { listStock, type ListedStock } from "../../../../db/stock-list.ts";
import { readCsv } from "../../../../integrations/csv/table.ts";
import { Field, Form } from "../../components/form.tsx";
import { Table } from "../../components/table.tsx";
import type { SentForm } from "../../form.ts";
import { problemText } from "../../problem-text.ts";
import type { Shown } from "../../serve.tsx";
import type { View } from "../../view.ts";
import { STOCK_PATH } from "./paths.ts";

const ROWS_PER_READ = 500;
/** Ten calls of as many movements as one call may have: a Worker has to answer in time. */
const ROWS_MAX = 10 * MOVEMENTS_MAX;
const REFUSED_SHOWN = 100;
const COLUMNS = ["sku", "location", "kind", "quantity", "to_location", "reason"];

/** All stock as a file, a row for each SKU and location, read on while it is sent. */
export function exportStock(view: View): Response {
  const { db } = view.services;
  const encoder = new TextEncoder();
  let after: string | null = null;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) =>
      controller.enqueue(
        encoder.encode(
          "sku,title,location,on_hand,allocated,safety_stock,damaged,incoming,available,held,committed\r\n",
        ),
      ),
    // A page of SKUs that were never anywhere has no rows, and nothing enqueued would not be asked for more.
    pull: async (controller) => {
      for (;;) {
        const rows = await listStock(db, {}, after, ROWS_PER_READ);
        after = rows.at(-1)?.sku ?? after;
        const lines = rows.flatMap(linesOf);
        if (lines.length > 0) controller.enqueue(encoder.encode(`${lines.join("\r\n")}\r\n`));
        if (rows.length < ROWS_PER_READ) return controller.close();
        if (lines.length > 0) return;
      }
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="stock.csv"',
    },
  });
}

function linesOf({ sku, title, available, held, committed, locations }: ListedStock): Array<string> {
  return locations.map((at) =>
    [
      sku,
      title,
      at.location,
      at.on_hand,
      at.allocated,
      at.safety_stock,
      at.damaged,
      at.incoming,
      available,
      held,
      committed,
    ]
      .map(cell)
      .join(","),
  );
}

/** Quoted where it has to be. A text that a spreadsheet would take for a formula is kept from it by an apostrophe. */
function cell(value: string | number): string {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export async function showImport(view: View): Promise<Shown> {
  return importPage(view, null);
}

type Report = {
  readonly taken: number;
  readonly refused: ReadonlyArray<{ readonly row: number; readonly why: string }>;
};

function importPage(view: View, report: Report | null): Shown {
  return {
    title: "Movements from a file",
    body: (
      <>
        <p class="crumb">
          <a href={STOCK_PATH}>Stock</a>
        </p>
        {report === null ? null : (
          <p class={report.refused.length === 0 ? "flash done" : "flash failed"} role="status">
            {report.taken} rows are in the ledger, {report.refused.length} were refused.
          </p>
        )}
        {report === null || report.refused.length === 0 ? null : (
          <Table
            caption="Rows that were refused"
            isCaptionShown
            columns={[
              { label: "Row", cell: ({ row }) => row, isNumber: true },
              { label: "Why", cell: ({ why }) => why },
            ]}
            rows={report.refused.slice(0, REFUSED_SHOWN)}
          />
        )}
        <Form view={view} action={`${STOCK_PATH}/import`} class="card" enctype="multipart/form-data">
          <p class="lead">
            A CSV file with a header: <code>sku</code>, <code>location</code>, <code>kind</code> (received,
            counted, damaged, adjusted or transferred), <code>quantity</code>, and where they are wanted{" "}
            <code>to_location</code> and <code>reason</code>. A row that is refused stops no other. At most{" "}
            {ROWS_MAX.toLocaleString("en")} rows.
          </p>
          <Field label="File" name="file" type="file" accept=".csv,text/csv" required />
          <button class="main">Take it in</button>
        </Form>
      </>
    ),
  };
}

/** Each row is a movement of its own. The file's key makes a repeat of the same form harmless. */
export async function importMovements(view: View, form: SentForm, key: string): Promise<Shown> {
  const file = form.file("file");
  const read = file === null ? null : await readMovements(file);
  if (read === null) {
    return importPage(view, {
      taken: 0,
      refused: [{ row: 1, why: `The header must name ${COLUMNS.slice(0, 4).join(", ")}.` }],
    });
  }
  const refused = [...read.refused];
  let taken = 0;
  for (let start = 0; start < read.movements.length; start += MOVEMENTS_MAX) {
    const part = read.movements.slice(start, start + MOVEMENTS_MAX);
    const moved = await view.ask(stockOperations.moveStock, {
      body: { movements: part.map(({ movement }) => movement) },
      key: `${key}-${start}`,
    });
    for (const [index, { row }] of part.entries()) {
      const result = moved.ok ? moved.value.results[index] : { ok: false as const, problem: moved.error };
      if (result === undefined) continue;
      if (result.ok) taken += 1;
      else refused.push({ row, why: problemText(result.problem) });
    }
  }
  return importPage(view, { taken, refused: refused.sort((one, other) => one.row - other.row) });
}

async function readMovements(file: File) {
  const table = await readCsv(file.stream() as unknown as AsyncIterable<Uint8Array>);
  const header = table?.header.map((name) => name.trim().toLowerCase()) ?? [];
  if (table === null || COLUMNS.slice(0, 4).some((name) => !header.includes(name))) return null;
  const movements: Array<{ row: number; movement: MovementRequest }> = [];
  const refused: Array<{ row: number; why: string }> = [];
  let row = 1;
  for await (const block of table.blocks) {
    for (const { fields } of block) {
      row += 1;
      if (movements.length + refused.length >= ROWS_MAX) {
        refused.push({ row, why: "This row and what follows it is more than one file may have." });
        return { movements, refused };
      }
      const cells = new Map(header.map((name, index) => [name, fields?.[index]?.trim() ?? ""]));
      const filled = COLUMNS.flatMap((name) => {
        const value = cells.get(name) ?? "";
        return value === "" ? [] : [[name, name === "quantity" ? Number(value) : value] as const];
      });
      const parsed = movementSchema.safeParse(Object.fromEntries(filled));
      if (parsed.success) movements.push({ row, movement: parsed.data });
      else
        refused.push({
          row,
          why: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
        });
    }
  }
  return { movements, refused };
}
