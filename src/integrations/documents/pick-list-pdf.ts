import { barcodeWidth, Sheet, type Cell } from "./sheet.ts";

export type PickListContent = {
  readonly id: string;
  readonly orderNumber: number;
  readonly location: string;
  readonly createdAt: Date;
  readonly lines: ReadonlyArray<{
    readonly sku: string;
    readonly title: string;
    readonly quantity: number;
    /** What a scanner reads off the goods. */
    readonly barcode: string;
  }>;
};

const UNITS = { x: 48, width: 40 };
/** An identifier is never cut off. */
const SKU = { x: 94, width: 126, linesMax: 8 };
const TITLE = { x: 228, width: 160, linesMax: 3 };
const BAR_HEIGHT = 22;
/** Bars and the text below them. */
const BARCODE_HEIGHT = 36;
/** Beside the title; wider ones have a line of their own. */
const BARCODE_WIDTH_BESIDE = 157;

/** What a picker carries: each SKU once with its barcode, and the list's own barcode to say that it is done. */
export async function drawPickList(content: PickListContent): Promise<Uint8Array> {
  const sheet = await Sheet.begin(`Pick list ${content.id}`, content.createdAt);
  sheet.barcode(content.id, sheet.right, 30);
  sheet.heading("Pick list");
  sheet.down(14);
  sheet.line(`Order #${content.orderNumber}`);
  sheet.line(`Location ${content.location}`);
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

function drawLine(sheet: Sheet, { quantity, sku, title, barcode }: PickListContent["lines"][number]): void {
  const cells: ReadonlyArray<Cell> = [
    { text: sku, ...SKU },
    { text: title, ...TITLE },
  ];
  const width = barcodeWidth(barcode) ?? Infinity;
  const isBeside = width <= BARCODE_WIDTH_BESIDE;
  const isBelow = !isBeside && width <= sheet.right - sheet.left;
  const textHeight = sheet.heightOf(cells);
  const height = isBeside
    ? Math.max(textHeight, BARCODE_HEIGHT)
    : textHeight + (isBelow ? BARCODE_HEIGHT : 0);
  sheet.need(height + 10);
  sheet.row([{ text: String(quantity), ...UNITS }], "bold");
  sheet.row(cells);
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
