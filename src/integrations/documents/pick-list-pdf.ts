import { barcodeWidth, Sheet, type Cell } from "./sheet.ts";

export type PickListContent = {
  readonly kind: "Pick list" | "Wave";
  readonly id: string;
  /** What it is for, a line each. */
  readonly facts: ReadonlyArray<string>;
  readonly createdAt: Date;
  readonly lines: ReadonlyArray<{
    readonly sku: string;
    readonly title: string;
    readonly quantity: number;
    /** What a scanner reads off the goods. */
    readonly barcode: string;
    /** Zone and bin; null where nobody said. */
    readonly place: string | null;
    /** Which cartons want how many; null where there is one only. */
    readonly cartons: string | null;
  }>;
};

const UNITS = { x: 48, width: 40 };
/** An identifier is never cut off. */
const SKU = { x: 94, width: 126, linesMax: 8 };
const TITLE = { x: 228, width: 160, linesMax: 3 };
/** Where it lies stands above, across both columns. */
const WHERE_WIDTH = 294;
const BAR_HEIGHT = 22;
/** Bars and the text below them. */
const BARCODE_HEIGHT = 36;
/** Beside the title; wider ones have a line of their own. */
const BARCODE_WIDTH_BESIDE = 157;

/** What a picker carries: each SKU once with its barcode, and the list's own barcode to say that it is done. */
export async function drawPickList(content: PickListContent): Promise<Uint8Array> {
  const sheet = await Sheet.begin(`${content.kind} ${content.id}`, content.createdAt);
  sheet.barcode(content.id, sheet.right, 30);
  sheet.heading(content.kind);
  sheet.down(14);
  for (const fact of content.facts) sheet.line(fact);
  sheet.line(`Of ${content.createdAt.toISOString().slice(0, 10)}`);
  sheet.down(10);
  sheet.heads([
    { text: "Units", ...UNITS },
    { text: "SKU", ...SKU },
    { text: "Title", ...TITLE },
  ]);
  for (const line of content.lines) drawLine(sheet, line);
  sheet.rule();
  sheet.down(16);
  const units = content.lines.reduce((sum, line) => sum + line.quantity, 0);
  sheet.line(`${counted(units, "unit")} of ${counted(content.lines.length, "SKU")}`);
  return sheet.save();
}

function drawLine(sheet: Sheet, line: PickListContent["lines"][number]): void {
  const { quantity, sku, title, barcode, place, cartons } = line;
  const where = [place === null ? "" : `At ${place}.`, cartons === null ? "" : `${cartons}.`].filter(Boolean);
  const cells: ReadonlyArray<Cell> = [
    { text: sku, ...SKU },
    { text: title, ...TITLE },
  ];
  const whereCell: ReadonlyArray<Cell> =
    where.length === 0 ? [] : [{ text: where.join(" "), x: SKU.x, width: WHERE_WIDTH, linesMax: 8 }];
  const whereHeight = whereCell.length === 0 ? 0 : sheet.heightOf(whereCell) + 2;
  const width = barcodeWidth(barcode) ?? Infinity;
  const isBeside = width <= BARCODE_WIDTH_BESIDE;
  const isBelow = !isBeside && width <= sheet.right - sheet.left;
  const textHeight = whereHeight + sheet.heightOf(cells);
  const height = isBeside
    ? Math.max(textHeight, BARCODE_HEIGHT)
    : textHeight + (isBelow ? BARCODE_HEIGHT : 0);
  sheet.need(height + 10);
  sheet.row([{ text: String(quantity), ...UNITS }], "bold");
  sheet.row(whereCell, "bold");
  sheet.down(whereHeight);
  sheet.row(cells);
  sheet.down(-whereHeight);
  if (isBeside) sheet.barcode(barcode, sheet.right, BAR_HEIGHT);
  if (isBelow) {
    sheet.down(textHeight);
    sheet.barcode(barcode, sheet.right, BAR_HEIGHT);
    sheet.down(-textHeight);
  }
  sheet.down(height + 10);
}

/** @param noun - In the singular. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
