import { addressLines } from "../../domain/orders/address-lines.ts";
import type { Address } from "../../domain/orders/order.ts";
import { isEastAsian } from "./label-text.ts";

/** 4 × 6 inches at 203 dots to the inch, which is what label printers have. */
const WIDTH_DOTS = 812;
const HEIGHT_DOTS = 1218;
const MARGIN_DOTS = 40;

export type ZplLabelContent = {
  readonly carrier: string;
  readonly service: string;
  readonly orderNumber: number;
  readonly weightGrams: number;
  readonly trackingNumber: string;
  readonly from: Address;
  readonly to: Address;
};

/**
 * The same label for a printer that speaks ZPL II. Text goes as UTF-8 in hexadecimal (`^CI28`, `^FH`), so that nothing that a
 * buyer wrote is a command to the printer.
 */
export function zplLabel(content: ZplLabelContent): string {
  const { carrier, service, orderNumber, weightGrams, trackingNumber, from, to } = content;
  const weight = `${(weightGrams / 1000).toFixed(weightGrams < 1000 ? 3 : 2)} kg`;
  return [
    "^XA",
    "^CI28",
    `^PW${WIDTH_DOTS}`,
    `^LL${HEIGHT_DOTS}`,
    field(MARGIN_DOTS, 40, 50, `${carrier} ${service}`.toUpperCase()),
    rule(110),
    field(MARGIN_DOTS, 122, 20, "FROM"),
    ...block({ top: 148, bottom: 345, sizeMax: 26 }, addressLines(from)),
    rule(350),
    field(MARGIN_DOTS, 362, 20, "SHIP TO"),
    ...block({ top: 390, bottom: 715, sizeMax: 40 }, addressLines(to)),
    rule(720),
    field(MARGIN_DOTS, 745, 40, `ORDER #${orderNumber}`),
    field(WIDTH_DOTS / 2, 745, 40, weight),
    rule(810),
    // Code 128, three dots to the narrowest bar, its text below.
    `^FO${MARGIN_DOTS + 20},850^BY3^BCN,220,Y,N,N^FD${plain(trackingNumber)}^FS`,
    "^XZ",
    "",
  ].join("\n");
}

function field(x: number, y: number, height: number, text: string): string {
  return `^FO${x},${y}^A0N,${height},${height}^FH^FD${escaped(text)}^FS`;
}

type Area = { readonly top: number; readonly bottom: number; readonly sizeMax: number };

const SIZE_MIN_DOTS = 16;
const LEADING = 1.25;

/** All of an address, set smaller until it fits: a printer says nothing of what runs over the edge. */
function block({ top, bottom, sizeMax }: Area, parts: ReadonlyArray<string>): Array<string> {
  const linesAt = (size: number) => parts.flatMap((part) => wrap(part, size));
  let size = sizeMax;
  while (size > SIZE_MIN_DOTS && linesAt(size).length * size * LEADING > bottom - top) size -= 2;
  const fitting = Math.floor((bottom - top) / (size * LEADING));
  const lines = linesAt(size);
  // The country is the last line, and the one a sorter needs first.
  const kept =
    lines.length <= fitting ? lines : [...lines.slice(0, Math.max(0, fitting - 2)), ...lines.slice(-2)];
  return kept.map((text, index) => field(MARGIN_DOTS, top + Math.round(index * size * LEADING), size, text));
}

/** Breaks by the widest that letters of the printer's own font come to: two thirds of their height, East Asian ones all of it. */
function wrap(text: string, size: number): Array<string> {
  const width = WIDTH_DOTS - 2 * MARGIN_DOTS;
  const widthOf = (part: string) =>
    Array.from(part).reduce((sum, character) => sum + (isEastAsian(character) ? size : (size * 2) / 3), 0);
  const lines: Array<string> = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    for (const piece of pieces(word, (part) => widthOf(part) <= width)) {
      const longer = line === "" ? piece : `${line} ${piece}`;
      if (line !== "" && widthOf(longer) > width) {
        lines.push(line);
        line = piece;
      } else line = longer;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** A word, in as many parts as it takes for each to fit. */
function pieces(word: string, fits: (part: string) => boolean): Array<string> {
  const parts: Array<string> = [];
  let part = "";
  for (const character of word) {
    if (part !== "" && !fits(part + character)) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return part === "" ? parts : [...parts, part];
}

function rule(y: number): string {
  return `^FO${MARGIN_DOTS},${y}^GB${WIDTH_DOTS - 2 * MARGIN_DOTS},3,3^FS`;
}

/** Everything but letters, digits and spaces as `_` and two digits for each byte. */
function escaped(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9 ]/.test(character) ? character : `_${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** What goes into bars: carriers' numbers have letters and digits only. */
function plain(trackingNumber: string): string {
  return trackingNumber.replaceAll(/[^A-Za-z0-9]/g, "");
}
