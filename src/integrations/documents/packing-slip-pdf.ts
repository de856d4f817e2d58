import type { Address } from "../../domain/orders/order.ts";
import { Sheet } from "./sheet.ts";

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

const ROW_HEIGHT = 18;

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
  const quantity = { x: sheet.left, width: 40 };
  const sku = { x: sheet.left + 46, width: 130 };
  const title = { x: sheet.left + 182, width: 310 };
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
  sheet.down(14);
  for (const line of content.lines) {
    sheet.need(ROW_HEIGHT);
    sheet.row(
      [
        [String(line.quantity), quantity],
        [line.sku, sku],
        [line.title, title],
      ],
      "regular",
    );
    sheet.down(ROW_HEIGHT);
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

function addressLines({ name, line1, line2, city, region, postal_code, country }: Address): Array<string> {
  const town = [postal_code, city, region].filter((part) => part !== undefined).join(" ");
  return [name, line1, line2, town, country].filter(
    (line) => line !== undefined && line !== "",
  ) as Array<string>;
}
