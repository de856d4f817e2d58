import { counted } from "./pick-list-pdf.ts";
import { Sheet, type Cell } from "./sheet.ts";

export type ManifestContent = {
  readonly id: string;
  readonly location: string;
  readonly carrier: string;
  readonly createdAt: Date;
  readonly parcels: ReadonlyArray<{
    readonly trackingNumber: string;
    readonly orderNumber: number;
    readonly service: string;
    readonly to: string;
    readonly weightGrams: number;
  }>;
};

const NUMBER = { x: 48, width: 26 };
const TRACKING = { x: 78, width: 190, linesMax: 2 };
const ORDER = { x: 276, width: 60 };
const SERVICE = { x: 340, width: 80, linesMax: 2 };
const TO = { x: 426, width: 70 };
const WEIGHT = { x: 500, width: 48 };

/** What a driver signs for: every parcel that was handed over. */
export async function drawManifest(content: ManifestContent): Promise<Uint8Array> {
  const sheet = await Sheet.begin(`Manifest ${content.id}`, content.createdAt);
  sheet.barcode(content.id, sheet.right, 30);
  sheet.heading("Manifest");
  sheet.down(14);
  sheet.line(`Carrier ${content.carrier}`);
  sheet.line(`Location ${content.location}`);
  sheet.line(`Of ${content.createdAt.toISOString().slice(0, 16).replace("T", " ")} UTC`);
  sheet.down(10);
  sheet.heads([
    { text: "#", ...NUMBER },
    { text: "Tracking number", ...TRACKING },
    { text: "Order", ...ORDER },
    { text: "Service", ...SERVICE },
    { text: "To", ...TO },
    { text: "Weight", ...WEIGHT },
  ]);
  for (const [index, parcel] of content.parcels.entries()) {
    const cells: ReadonlyArray<Cell> = [
      { text: String(index + 1), ...NUMBER },
      { text: parcel.trackingNumber, ...TRACKING },
      { text: `#${parcel.orderNumber}`, ...ORDER },
      { text: parcel.service, ...SERVICE },
      { text: parcel.to, ...TO },
      { text: kilograms(parcel.weightGrams), ...WEIGHT },
    ];
    sheet.need(sheet.heightOf(cells));
    sheet.down(sheet.row(cells) + 4);
  }
  sheet.need(90);
  sheet.rule();
  sheet.down(16);
  const grams = content.parcels.reduce((sum, { weightGrams }) => sum + weightGrams, 0);
  sheet.line(`${counted(content.parcels.length, "parcel")}, ${kilograms(grams)}`);
  sheet.down(30);
  sheet.line("Received: ______________________________   Date: ____________________");
  return sheet.save();
}

function kilograms(grams: number): string {
  return `${(grams / 1000).toFixed(2)} kg`;
}
