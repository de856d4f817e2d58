import { Sheet } from "./sheet.ts";

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

const ROW_HEIGHT = 46;

/** What a picker carries: each SKU once with its barcode, and the list's own barcode to say that it is done. */
export async function drawPickList(content: PickListContent): Promise<Uint8Array> {
  const sheet = await Sheet.begin(`Pick list ${content.id}`, content.createdAt);
  sheet.barcode(content.id, sheet.right, 30);
  sheet.heading("Pick list");
  sheet.down(14);
  sheet.line(`Order #${content.orderNumber}`);
  sheet.line(`Location ${content.location}`);
  sheet.line(`Printed for ${content.createdAt.toISOString().slice(0, 10)}`);
  sheet.down(10);
  const quantity = { x: sheet.left, width: 40 };
  const sku = { x: sheet.left + 46, width: 110 };
  const title = { x: sheet.left + 162, width: 170 };
  sheet.row(
    [
      ["Units", quantity],
      ["SKU", sku],
      ["Title", title],
    ],
    "bold",
  );
  sheet.down(8);
  sheet.rule();
  sheet.down(16);
  for (const line of content.lines) {
    sheet.need(ROW_HEIGHT);
    sheet.row([[String(line.quantity), quantity]], "bold");
    sheet.row(
      [
        [line.sku, sku],
        [line.title, title],
      ],
      "regular",
    );
    sheet.barcode(line.barcode, sheet.right, 22);
    sheet.down(ROW_HEIGHT);
  }
  sheet.rule();
  sheet.down(16);
  const units = content.lines.reduce((sum, line) => sum + line.quantity, 0);
  sheet.line(`${units} units of ${content.lines.length} SKUs`);
  return sheet.save();
}
