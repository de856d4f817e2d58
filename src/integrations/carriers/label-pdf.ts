import type { PDFFont, PDFPage } from "pdf-lib";

import { encodeCode128, QUIET_ZONE_MODULES } from "../../domain/fulfillment/code128.ts";
import type { Address } from "../../domain/orders/order.ts";
import { labelText } from "./label-text.ts";

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

type Pen = {
  readonly page: PDFPage;
  readonly regular: PDFFont;
  readonly bold: PDFFont;
  readonly isWritable: (character: string) => boolean;
};

/** A label of 4 × 6 inches, drawn in vectors, so that it prints sharply at any resolution. */
export async function drawLabel(content: LabelContent): Promise<Uint8Array> {
  // Loaded where it is used: it is most of the Worker's code, and no shopper's request needs it.
  const { PDFDocument, StandardFonts } = await import("pdf-lib");
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(`Label ${content.trackingNumber}`);
  document.setProducer("Holdfast");
  document.setCreationDate(content.createdAt);
  document.setModificationDate(content.createdAt);
  const regular = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);
  const writable = new Set(regular.getCharacterSet());
  const page = document.addPage([WIDTH, HEIGHT]);
  const pen: Pen = {
    page,
    regular,
    bold,
    isWritable: (character) => writable.has(character.codePointAt(0) ?? -1),
  };

  drawHeader(pen, content);
  drawAddress(pen, "FROM", content.from, { top: 372, size: 8, linesMax: 6 });
  rule(pen, 306);
  drawAddress(pen, "SHIP TO", content.to, { top: 294, size: 12, linesMax: 7 });
  rule(pen, 178);
  drawFacts(pen, content);
  rule(pen, 138);
  drawBarcode(pen, content.trackingNumber);
  return document.save({ useObjectStreams: false });
}

function drawHeader(pen: Pen, { carrier, service }: LabelContent): void {
  write(pen, carrier.toUpperCase(), { x: MARGIN, y: 402, size: 18, font: pen.bold, width: TEXT_WIDTH / 2 });
  const text = labelText(service.toUpperCase(), pen.isWritable);
  const size = 14;
  const width = Math.min(pen.bold.widthOfTextAtSize(text, size), TEXT_WIDTH / 2);
  write(pen, text, { x: WIDTH - MARGIN - width, y: 403, size, font: pen.bold, width: TEXT_WIDTH / 2 });
  rule(pen, 392);
}

function addressLines({ name, line1, line2, city, region, postal_code, country }: Address): Array<string> {
  const town = [postal_code, city, region].filter((part) => part !== undefined).join(" ");
  return [name, line1, line2, town, country].filter(
    (line) => line !== undefined && line !== "",
  ) as Array<string>;
}

function drawAddress(
  pen: Pen,
  heading: string,
  address: Address,
  { top, size, linesMax }: { readonly top: number; readonly size: number; readonly linesMax: number },
): void {
  write(pen, heading, { x: MARGIN, y: top, size: 7, font: pen.bold, width: TEXT_WIDTH });
  const indent = size > 10 ? 14 : 0;
  const width = TEXT_WIDTH - indent;
  const lines = addressLines(address).flatMap((line) => {
    const text = labelText(line, pen.isWritable);
    return text === "" ? [] : wrap(text, pen.regular, size, width);
  });
  // The country is the last line, and the one a sorter needs first.
  const kept = lines.length <= linesMax ? lines : [...lines.slice(0, linesMax - 1), lines.at(-1) ?? ""];
  for (const [index, line] of kept.entries()) {
    const y = top - (index + 1) * size * 1.25;
    write(pen, line, { x: MARGIN + indent, y, size, font: index === 0 ? pen.bold : pen.regular, width });
  }
}

function drawFacts(pen: Pen, { orderNumber, weightGrams }: LabelContent): void {
  const weight = `${(weightGrams / 1000).toFixed(weightGrams < 1000 ? 3 : 2)} kg`;
  const facts = [
    ["ORDER", `#${orderNumber}`],
    ["WEIGHT", weight],
  ] as const;
  for (const [index, [heading, value]] of facts.entries()) {
    const x = MARGIN + index * (TEXT_WIDTH / 2);
    write(pen, heading, { x, y: 166, size: 7, font: pen.bold, width: TEXT_WIDTH / 2 });
    write(pen, value, { x, y: 148, size: 14, font: pen.bold, width: TEXT_WIDTH / 2 });
  }
}

function drawBarcode({ page, bold }: Pen, trackingNumber: string): void {
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
  const size = 12;
  page.drawText(spaced, { x: (WIDTH - bold.widthOfTextAtSize(spaced, size)) / 2, y: 22, size, font: bold });
}

type Spot = {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly font: PDFFont;
  readonly width: number;
};

/** One line; what is too wide for it is set smaller. */
function write({ page, isWritable }: Pen, text: string, { x, y, size, font, width }: Spot): void {
  const written = labelText(text, isWritable);
  if (written === "") return;
  const fitting = Math.min(1, width / font.widthOfTextAtSize(written, size));
  page.drawText(written, { x, y, size: size * fitting, font });
}

function rule({ page }: Pen, y: number): void {
  page.drawLine({ start: { x: MARGIN, y }, end: { x: WIDTH - MARGIN, y }, thickness: 1 });
}

/** Breaks at spaces, and inside words that are longer than a line. */
function wrap(text: string, font: PDFFont, size: number, width: number): Array<string> {
  const fits = (line: string) => font.widthOfTextAtSize(line, size) <= width;
  const lines: Array<string> = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    let rest = word;
    // A lone character that is too wide is written all the same: it cannot be broken further.
    while (rest.length > 1 && !fits(rest)) {
      let length = rest.length - 1;
      while (length > 1 && !fits(rest.slice(0, length))) length -= 1;
      lines.push(rest.slice(0, length));
      rest = rest.slice(length);
    }
    line = rest;
  }
  return line === "" ? lines : [...lines, line];
}
