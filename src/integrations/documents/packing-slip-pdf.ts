import { addressLines } from "../../domain/orders/address-lines.ts";
import type { Address } from "../../domain/orders/order.ts";
import { Sheet, type Cell } from "./sheet.ts";

export type PackingSlipContent = {
  readonly shipmentId: string;
  readonly orderNumber: number;
  readonly placedAt: Date;
  readonly from: Address;
  /** Null where the goods are picked up. */
  readonly to: Address | null;
  readonly lines: ReadonlyArray<{ readonly sku: string; readonly title: string; readonly quantity: number }>;
  /** Units of the order that come in other parcels. */
  readonly unitsElsewhere: number;
};

const UNITS = { x: 48, width: 40 };
/** An identifier is never cut off. */
const SKU = { x: 94, width: 136, linesMax: 8 };
const TITLE = { x: 238, width: 309, linesMax: 3 };

/** What lies in the carton. No prices: a parcel may be a gift. */
export async function drawPackingSlip(content: PackingSlipContent): Promise<Uint8Array> {
  const sheet = await Sheet.begin(`Packing slip ${content.shipmentId}`, content.placedAt);
  sheet.barcode(String(content.orderNumber), sheet.right, 30);
  sheet.heading("Packing slip");
  sheet.down(14);
  sheet.line(`Order #${content.orderNumber} of ${content.placedAt.toISOString().slice(0, 10)}`);
  sheet.down(8);
  for (const text of addressLines(content.to ?? content.from)) sheet.line(text);
  sheet.down(12);
  sheet.heads([
    { text: "Units", ...UNITS },
    { text: "SKU", ...SKU },
    { text: "Title", ...TITLE },
  ]);
  for (const { quantity, sku, title } of content.lines) {
    const cells: ReadonlyArray<Cell> = [
      { text: String(quantity), ...UNITS },
      { text: sku, ...SKU },
      { text: title, ...TITLE },
    ];
    sheet.need(sheet.heightOf(cells));
    sheet.down(sheet.row(cells) + 6);
  }
  sheet.rule();
  sheet.down(16);
  if (content.unitsElsewhere > 0) {
    const units = content.unitsElsewhere;
    sheet.line(
      units === 1 ? "One more unit comes in another parcel." : `${units} more units come in other parcels.`,
    );
  }
  sheet.line(`Sent from ${addressLines(content.from).join(", ")}`);
  return sheet.save();
}
