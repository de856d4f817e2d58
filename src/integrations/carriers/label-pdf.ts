import type { PDFPage } from "pdf-lib";

import { encodeCode128, QUIET_ZONE_MODULES } from "../../domain/fulfillment/code128.ts";
import { addressLines } from "../../domain/orders/address-lines.ts";
import type { Address } from "../../domain/orders/order.ts";
import { Lettering, type Weight } from "../documents/lettering.ts";

/** 4 × 6 inches at 72 points to the inch. */
const WIDTH = 288;
const HEIGHT = 432;
const MARGIN = 14;
/** Printers of labels leave up to this much at the edges blank. */
const TEXT_WIDTH = WIDTH - 2 * MARGIN;
const BARCODE_HEIGHT = 76;
/** 0.25 mm is the least that the carriers' guides ask of the narrowest bar. */
const MODULE_POINTS_MIN = 0.72;
const MODULE_POINTS_MAX = 1.5;

export type LabelContent = {
  readonly carrier: string;
  readonly service: string;
  readonly orderNumber: number;
  readonly weightGrams: number;
  readonly trackingNumber: string;
  readonly from: Address;
  readonly to: Address;
  /** Goes into the document's dates, so that a repeat gives the same bytes. */
  readonly createdAt: Date;
};

type Pen = { readonly page: PDFPage; readonly lettering: Lettering };

/** A label of 4 × 6 inches, drawn in vectors, so that it prints sharply at any resolution. */
export async function drawLabel(content: LabelContent): Promise<Uint8Array> {
  const { document, lettering } = await Lettering.begin(`Label ${content.trackingNumber}`, content.createdAt);
  const pen: Pen = { page: document.addPage([WIDTH, HEIGHT]), lettering };
  drawHeader(pen, content);
  drawAddress(pen, "FROM", content.from, { top: 372, bottom: 310, sizeMax: 8 });
  rule(pen, 306);
  drawAddress(pen, "SHIP TO", content.to, { top: 294, bottom: 184, sizeMax: 12 });
  rule(pen, 178);
  drawFacts(pen, content);
  rule(pen, 138);
  drawBarcode(pen, content.trackingNumber);
  if (lettering.gaps !== null) write(pen, lettering.gaps, { x: MARGIN, y: 10, size: 6, weight: "regular" });
  return document.save({ useObjectStreams: false });
}

function drawHeader(pen: Pen, { carrier, service }: LabelContent): void {
  const half = TEXT_WIDTH / 2;
  write(pen, carrier.toUpperCase(), { x: MARGIN, y: 402, size: 18, weight: "bold", width: half });
  const text = service.toUpperCase();
  const width = Math.min(pen.lettering.width(text, 14, "bold"), half);
  write(pen, text, { x: WIDTH - MARGIN - width, y: 403, size: 14, weight: "bold", width: half });
  rule(pen, 392);
}

type Area = { readonly top: number; readonly bottom: number; readonly sizeMax: number };

/** Smaller than this a sorter's camera does not read it. */
const SIZE_MIN = 6.5;

/** Every part of an address stands there: set smaller until all of it fits, and cut off only where nothing else helps. */
function drawAddress(pen: Pen, heading: string, address: Address, { top, bottom, sizeMax }: Area): void {
  write(pen, heading, { x: MARGIN, y: top, size: 7, weight: "bold" });
  const indent = sizeMax > 10 ? 14 : 0;
  const width = TEXT_WIDTH - indent;
  const parts = addressLines(address);
  const wrapped = (size: number, linesMax: number) =>
    parts.map((part, index) => pen.lettering.wrap(part, width, { size, weight: weightOf(index) }, linesMax));
  const fits = (size: number, lines: ReadonlyArray<ReadonlyArray<string>>) =>
    lines.flat().length * size * 1.25 <= top - bottom;
  let size = sizeMax;
  while (size > SIZE_MIN && !fits(size, wrapped(size, Infinity))) size -= 0.5;
  let linesMax = 8;
  while (linesMax > 1 && !fits(size, wrapped(size, linesMax))) linesMax -= 1;
  let y = top;
  for (const [index, lines] of wrapped(size, linesMax).entries()) {
    for (const line of lines) {
      y -= size * 1.25;
      write(pen, line, { x: MARGIN + indent, y, size, weight: weightOf(index) });
    }
  }
}

/** The name stands out. */
function weightOf(index: number): Weight {
  return index === 0 ? "bold" : "regular";
}

function drawFacts(pen: Pen, { orderNumber, weightGrams }: LabelContent): void {
  const weight = `${(weightGrams / 1000).toFixed(weightGrams < 1000 ? 3 : 2)} kg`;
  const facts = [
    ["ORDER", `#${orderNumber}`],
    ["WEIGHT", weight],
  ] as const;
  for (const [index, [heading, value]] of facts.entries()) {
    const x = MARGIN + index * (TEXT_WIDTH / 2);
    write(pen, heading, { x, y: 166, size: 7, weight: "bold" });
    write(pen, value, { x, y: 148, size: 14, weight: "bold", width: TEXT_WIDTH / 2 });
  }
}

function drawBarcode({ page, lettering }: Pen, trackingNumber: string): void {
  const { bars, width } = encodeCode128(trackingNumber);
  const modules = width + 2 * QUIET_ZONE_MODULES;
  const module = Math.max(MODULE_POINTS_MIN, Math.min(MODULE_POINTS_MAX, WIDTH / modules));
  const left = (WIDTH - width * module) / 2;
  for (const bar of bars) {
    page.drawRectangle({
      x: left + bar.offset * module,
      y: 40,
      width: bar.width * module,
      height: BARCODE_HEIGHT,
    });
  }
  const spaced = trackingNumber.replaceAll(/(.{4})(?=.)/g, "$1 ");
  const spot = { size: 12, weight: "bold" } as const;
  const x = (WIDTH - lettering.width(spaced, spot.size, spot.weight)) / 2;
  lettering.line(spaced, { ...spot, x, y: 22 }, page);
}

type Spot = {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly weight: Weight;
  readonly width?: number;
};

/** One line; what is too wide for it is set smaller. */
function write({ page, lettering }: Pen, text: string, { width = TEXT_WIDTH, ...spot }: Spot): void {
  const wanted = lettering.width(text, spot.size, spot.weight);
  lettering.line(text, { ...spot, size: spot.size * Math.min(1, width / wanted) }, page);
}

function rule({ page }: Pen, y: number): void {
  page.drawLine({ start: { x: MARGIN, y }, end: { x: WIDTH - MARGIN, y }, thickness: 1 });
}
