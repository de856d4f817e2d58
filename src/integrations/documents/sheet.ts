import type { PDFDocument, PDFPage } from "pdf-lib";

import { encodeCode128, QUIET_ZONE_MODULES } from "../../domain/fulfillment/code128.ts";
import { Lettering, type Weight } from "./lettering.ts";

/** A4 at 72 points to the inch; it prints on US Letter too, inside these margins. */
const WIDTH = 595;
const HEIGHT = 842;
const MARGIN = 48;
const BOTTOM = 72;
const SIZE = 10;
const LEADING = 12;
/** Of the narrowest bar: a third of a millimetre is read by any hand scanner. */
const MODULE_POINTS = 0.96;
const BARCODE_TEXT_SIZE = 7;

/** What a cell holds, and how many lines of it are kept. */
export type Cell = {
  readonly text: string;
  readonly x: number;
  readonly width: number;
  readonly linesMax?: number;
};

/** Pages of text and barcodes, written from the top down; a new page begins where one is full, under the same heads. */
export class Sheet {
  readonly right = WIDTH - MARGIN;
  readonly left = MARGIN;
  readonly #document: PDFDocument;
  readonly #lettering: Lettering;
  readonly #title: string;
  readonly #pages: Array<PDFPage> = [];
  #heads: ReadonlyArray<Cell> = [];
  #page: PDFPage;
  #y = HEIGHT - MARGIN;

  private constructor(title: string, document: PDFDocument, lettering: Lettering) {
    this.#title = title;
    this.#document = document;
    this.#lettering = lettering;
    this.#page = this.#addPage();
  }

  /** @param createdAt - Goes into the document's dates, so that a repeat gives the same bytes. */
  static async begin(title: string, createdAt: Date): Promise<Sheet> {
    const { document, lettering } = await Lettering.begin(title, createdAt);
    return new Sheet(title, document, lettering);
  }

  /** Room for something `height` points high that must not be torn apart. */
  need(height: number): void {
    if (this.#y - height >= BOTTOM) return;
    this.#page = this.#addPage();
    this.#y = HEIGHT - MARGIN;
    if (this.#heads.length > 0) this.#drawHeads();
  }

  down(points: number): void {
    this.#y -= points;
  }

  heading(text: string): void {
    const spot = { x: MARGIN, y: this.#y, size: 20, weight: "bold" } as const;
    this.#lettering.line(text, spot, this.#page, WIDTH - 2 * MARGIN - 200);
    this.down(30);
  }

  /** A paragraph. */
  line(text: string, width = WIDTH - 2 * MARGIN): void {
    const lines = this.#lettering.wrap(text, width, { size: SIZE, weight: "regular" }, 4);
    for (const each of lines) {
      this.need(LEADING);
      this.#lettering.line(each, { x: MARGIN, y: this.#y, size: SIZE, weight: "regular" }, this.#page);
      this.down(14);
    }
  }

  /** What stands above the columns, on this page and on those that follow. */
  heads(cells: ReadonlyArray<Cell>): void {
    this.#heads = cells;
    this.#drawHeads();
  }

  /** One row of a table, as high as its longest cell. @returns How many points that is. */
  row(cells: ReadonlyArray<Cell>, weight: Weight = "regular"): number {
    const wrapped = cells.map((cell) => ({
      cell,
      lines: this.#lettering.wrap(cell.text, cell.width, { size: SIZE, weight }, cell.linesMax ?? 1),
    }));
    for (const { cell, lines } of wrapped) {
      for (const [index, text] of lines.entries()) {
        const y = this.#y - index * LEADING;
        this.#lettering.line(text, { x: cell.x, y, size: SIZE, weight }, this.#page);
      }
    }
    return Math.max(1, ...wrapped.map(({ lines }) => lines.length)) * LEADING;
  }

  /** How many points a row would take. */
  heightOf(cells: ReadonlyArray<Cell>): number {
    const lines = cells.map(
      ({ text, width, linesMax = 1 }) =>
        this.#lettering.wrap(text, width, { size: SIZE, weight: "regular" }, linesMax).length,
    );
    return Math.max(1, ...lines) * LEADING;
  }

  rule(): void {
    const at = this.#y;
    this.#page.drawLine({ start: { x: MARGIN, y: at }, end: { x: WIDTH - MARGIN, y: at }, thickness: 0.5 });
  }

  /** Its text stands below. @param height - Of the bars. */
  barcode(text: string, right: number, height: number): void {
    const { bars, width } = encodeCode128(text);
    const left = right - (width + QUIET_ZONE_MODULES) * MODULE_POINTS;
    const bottom = this.#y - height + SIZE;
    for (const bar of bars) {
      this.#page.drawRectangle({
        x: left + bar.offset * MODULE_POINTS,
        y: bottom,
        width: bar.width * MODULE_POINTS,
        height,
      });
    }
    const spot = { x: left, y: bottom - 9, size: BARCODE_TEXT_SIZE, weight: "regular" } as const;
    this.#lettering.line(text, spot, this.#page);
  }

  save(): Promise<Uint8Array> {
    const { gaps } = this.#lettering;
    const spot = { x: MARGIN, size: 8, weight: "regular" } as const;
    for (const [index, page] of this.#pages.entries()) {
      const footer = `${this.#title} · page ${index + 1} of ${this.#pages.length}`;
      this.#lettering.line(footer, { ...spot, y: 40 }, page, WIDTH - 2 * MARGIN);
      if (gaps !== null) this.#lettering.line(gaps, { ...spot, y: 28 }, page);
    }
    return this.#document.save({ useObjectStreams: false });
  }

  #addPage(): PDFPage {
    const page = this.#document.addPage([WIDTH, HEIGHT]);
    this.#pages.push(page);
    return page;
  }

  #drawHeads(): void {
    this.row(this.#heads, "bold");
    this.down(8);
    this.rule();
    this.down(16);
  }
}

/** How wide the bars of a text are with the margins a scanner needs, in points; null where Code 128 cannot say it. */
export function barcodeWidth(text: string): number | null {
  if (!/^[\x20-\x7e]{1,64}$/.test(text)) return null;
  const { width } = encodeCode128(text);
  return (width + 2 * QUIET_ZONE_MODULES) * MODULE_POINTS;
}
