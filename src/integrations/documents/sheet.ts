import type { PDFDocument, PDFFont, PDFPage } from "pdf-lib";

import { encodeCode128, QUIET_ZONE_MODULES } from "../../domain/fulfillment/code128.ts";
import { labelText } from "../carriers/label-text.ts";

/** A4 at 72 points to the inch; it prints on US Letter too, inside these margins. */
const WIDTH = 595;
const HEIGHT = 842;
const MARGIN = 48;
const BOTTOM = 72;
/** Of the narrowest bar: 0.3 mm is read by any hand scanner. */
const MODULE_POINTS = 0.85;

export type Column = { readonly x: number; readonly width: number };

/** Pages of text and barcodes, written from the top down; a new page begins where one is full. */
export class Sheet {
  readonly right = WIDTH - MARGIN;
  readonly left = MARGIN;
  readonly #document: PDFDocument;
  readonly #regular: PDFFont;
  readonly #bold: PDFFont;
  readonly #isWritable: (character: string) => boolean;
  #page: PDFPage;
  #y = HEIGHT - MARGIN;

  private constructor(document: PDFDocument, regular: PDFFont, bold: PDFFont) {
    this.#document = document;
    this.#regular = regular;
    this.#bold = bold;
    const writable = new Set(regular.getCharacterSet());
    this.#isWritable = (character) => writable.has(character.codePointAt(0) ?? -1);
    this.#page = document.addPage([WIDTH, HEIGHT]);
  }

  /** @param createdAt - Goes into the document's dates, so that a repeat gives the same bytes. */
  static async begin(title: string, createdAt: Date): Promise<Sheet> {
    // Loaded where it is used: it is most of the Worker's code, and no shopper's request needs it.
    const { PDFDocument, StandardFonts } = await import("pdf-lib");
    const document = await PDFDocument.create({ updateMetadata: false });
    document.setTitle(title);
    document.setProducer("Holdfast");
    document.setCreationDate(createdAt);
    document.setModificationDate(createdAt);
    const regular = await document.embedFont(StandardFonts.Helvetica);
    const bold = await document.embedFont(StandardFonts.HelveticaBold);
    return new Sheet(document, regular, bold);
  }

  /** Room for something `height` points high that must not be torn apart. */
  need(height: number): void {
    if (this.#y - height >= BOTTOM) return;
    this.#page = this.#document.addPage([WIDTH, HEIGHT]);
    this.#y = HEIGHT - MARGIN;
  }

  down(points: number): void {
    this.#y -= points;
  }

  heading(text: string): void {
    this.#write(text, { x: MARGIN, width: WIDTH - 2 * MARGIN - 200 }, 20, this.#bold);
    this.down(30);
  }

  line(text: string, column: Column = { x: MARGIN, width: WIDTH - 2 * MARGIN }): void {
    this.#write(text, column, 10, this.#regular);
    this.down(14);
  }

  /** One row of a table, on one height. What is too wide for its column is set smaller. */
  row(cells: ReadonlyArray<readonly [text: string, column: Column]>, weight: "regular" | "bold"): void {
    for (const [text, column] of cells) {
      this.#write(text, column, 10, weight === "bold" ? this.#bold : this.#regular);
    }
  }

  rule(): void {
    const at = this.#y;
    this.#page.drawLine({ start: { x: MARGIN, y: at }, end: { x: WIDTH - MARGIN, y: at }, thickness: 0.5 });
  }

  /** Its text stands below. Text that Code 128 cannot say is written without bars. */
  barcode(text: string, right: number, height: number): void {
    if (!/^[\x20-\x7e]{1,48}$/.test(text)) return;
    const { bars, width } = encodeCode128(text);
    const left = right - (width + QUIET_ZONE_MODULES) * MODULE_POINTS;
    const bottom = this.#y - height + 10;
    for (const bar of bars) {
      this.#page.drawRectangle({
        x: left + bar.offset * MODULE_POINTS,
        y: bottom,
        width: bar.width * MODULE_POINTS,
        height,
      });
    }
    this.#page.drawText(text, { x: left, y: bottom - 9, size: 7, font: this.#regular });
  }

  save(): Promise<Uint8Array> {
    return this.#document.save({ useObjectStreams: false });
  }

  #write(text: string, { x, width }: Column, size: number, font: PDFFont): void {
    const written = labelText(text, this.#isWritable);
    if (written === "") return;
    const fitting = Math.min(1, width / font.widthOfTextAtSize(written, size));
    // Smaller than this nobody reads it: the rest is cut off.
    const readable = Math.max(fitting, 0.6);
    const kept = written.slice(0, Math.ceil(written.length * (fitting / readable)));
    this.#page.drawText(kept, { x, y: this.#y, size: size * readable, font });
  }
}
