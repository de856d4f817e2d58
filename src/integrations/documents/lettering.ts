import type * as PdfLibrary from "pdf-lib";
import type { PDFDocument, PDFFont, PDFName, PDFPage, PDFRef } from "pdf-lib";

import { isEastAsian, labelText } from "../carriers/label-text.ts";

export type Weight = "regular" | "bold";
export type Spot = { readonly x: number; readonly y: number; readonly size: number; readonly weight: Weight };

/** A stretch of text in one font. */
type Run = { readonly isEastAsian: boolean; readonly text: string };

type Library = typeof PdfLibrary;

/**
 * Fonts that every reader of PDF knows by these names and finds a substitute for: embedding one would be larger than
 * the Worker may be. ISO 32000-1 §9.7.5.2 has the encodings; all of them take UTF-16.
 */
const EAST_ASIAN = {
  japanese: { name: "HeiseiMin-W3", encoding: "UniJIS-UTF16-H", ordering: "Japan1", supplement: 5 },
  korean: { name: "HYSMyeongJo-Medium", encoding: "UniKS-UTF16-H", ordering: "Korea1", supplement: 2 },
  chinese: { name: "STSong-Light", encoding: "UniGB-UTF16-H", ordering: "GB1", supplement: 5 },
} as const;
type EastAsian = keyof typeof EAST_ASIAN;

const ELLIPSIS = "…";

/**
 * Writes any text into a PDF: Latin in the standard fonts, Cyrillic and Greek in Latin letters, Chinese, Japanese and
 * Korean in fonts of whoever prints it. What is left becomes `?`, and {@link gaps} says so.
 */
export class Lettering {
  readonly #library: Library;
  readonly #document: PDFDocument;
  readonly #fonts: Readonly<Record<Weight, PDFFont>>;
  readonly #latin: ReadonlySet<number>;
  readonly #eastAsian = new Map<EastAsian, PDFRef>();
  readonly #names = new Map<string, PDFName>();
  #hasGaps = false;

  private constructor(library: Library, document: PDFDocument, fonts: Readonly<Record<Weight, PDFFont>>) {
    this.#library = library;
    this.#document = document;
    this.#fonts = fonts;
    this.#latin = new Set(fonts.regular.getCharacterSet());
  }

  /**
   * A document without pages.
   *
   * @param createdAt - Goes into the document's dates, so that a repeat gives the same bytes.
   */
  static async begin(
    title: string,
    createdAt: Date,
  ): Promise<{ readonly document: PDFDocument; readonly lettering: Lettering }> {
    // Loaded where it is used: it is most of the Worker's code, and no shopper's request needs it.
    const library = await import("pdf-lib");
    const document = await library.PDFDocument.create({ updateMetadata: false });
    document.setTitle(title);
    document.setProducer("Holdfast");
    document.setCreationDate(createdAt);
    document.setModificationDate(createdAt);
    const regular = await document.embedFont(library.StandardFonts.Helvetica);
    const bold = await document.embedFont(library.StandardFonts.HelveticaBold);
    return { document, lettering: new Lettering(library, document, { regular, bold }) };
  }

  /** What a reader has to know of letters that may be missing; null where none are. */
  get gaps(): string | null {
    const notes = [
      ...(this.#hasGaps ? ["? stands for letters that this page cannot show."] : []),
      ...(this.#eastAsian.size > 0 ? ["Needs East Asian fonts on the computer that prints it."] : []),
    ];
    return notes.length === 0 ? null : notes.join(" ");
  }

  width(text: string, size: number, weight: Weight): number {
    return this.#widthOf(this.#writable(text), size, weight);
  }

  /** One line, cut off with an ellipsis where it does not fit `width`. */
  line(text: string, spot: Spot, page: PDFPage, width = Infinity): void {
    this.#draw(this.#cut(this.#writable(text), width, spot), spot, page);
  }

  /** Lines of at most `width`, broken at spaces, and inside words that are longer. The last one says if more was cut off. */
  wrap(
    text: string,
    width: number,
    { size, weight }: Pick<Spot, "size" | "weight">,
    linesMax: number,
  ): Array<string> {
    const fits = (line: string) => this.#widthOf(line, size, weight) <= width;
    const lines: Array<string> = [];
    let line = "";
    for (const word of this.#writable(text).split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (fits(longer)) {
        line = longer;
        continue;
      }
      if (line !== "") lines.push(line);
      line = word;
      // A lone character that is too wide is written all the same: it cannot be broken further.
      while (!fits(line) && Array.from(line).length > 1) {
        const head = this.#head(line, fits);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    if (line !== "") lines.push(line);
    if (lines.length <= linesMax) return lines;
    const last = `${lines[linesMax - 1] ?? ""}${ELLIPSIS}`;
    return [...lines.slice(0, linesMax - 1), this.#cut(last, width, { size, weight })];
  }

  /** The longest beginning that fits, of one character at least. */
  #head(text: string, fits: (text: string) => boolean): string {
    const characters = Array.from(text);
    let low = 1;
    let high = characters.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(characters.slice(0, middle).join(""))) low = middle;
      else high = middle - 1;
    }
    return characters.slice(0, low).join("");
  }

  #cut(text: string, width: number, { size, weight }: Pick<Spot, "size" | "weight">): string {
    if (this.#widthOf(text, size, weight) <= width) return text;
    const fits = (head: string) => this.#widthOf(`${head}${ELLIPSIS}`, size, weight) <= width;
    return `${this.#head(text.replace(ELLIPSIS, ""), fits).trimEnd()}${ELLIPSIS}`;
  }

  #writable(text: string): string {
    const written = labelText(
      text,
      (character) => this.#latin.has(character.codePointAt(0) ?? -1) || isEastAsian(character),
    );
    if (written.includes("?") && !text.includes("?")) this.#hasGaps = true;
    return written;
  }

  #widthOf(text: string, size: number, weight: Weight): number {
    return runsOf(text).reduce((sum, run) => {
      // Each is as wide as it is high, whatever the font that stands in.
      if (run.isEastAsian) return sum + Array.from(run.text).length * size;
      return sum + this.#fonts[weight].widthOfTextAtSize(run.text, size);
    }, 0);
  }

  #draw(text: string, { x, y, size, weight }: Spot, page: PDFPage): void {
    let at = x;
    for (const run of runsOf(text)) {
      if (run.isEastAsian) this.#drawEastAsian(run.text, text, { x: at, y, size }, page);
      else page.drawText(run.text, { x: at, y, size, font: this.#fonts[weight] });
      at += this.#widthOf(run.text, size, weight);
    }
  }

  #drawEastAsian(
    text: string,
    context: string,
    { x, y, size }: { readonly x: number; readonly y: number; readonly size: number },
    page: PDFPage,
  ): void {
    const { beginText, endText, moveText, PDFHexString, setFontAndSize, showText } = this.#library;
    const language = languageOf(context);
    const key = `${page.ref.toString()} ${language}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = page.node.newFontDictionary(EAST_ASIAN[language].name, this.#eastAsianFont(language));
      this.#names.set(key, name);
    }
    const units = Array.from(text).flatMap((character) => character.split(""));
    const hex = units.map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0")).join("");
    page.pushOperators(
      beginText(),
      setFontAndSize(name, size),
      moveText(x, y),
      showText(PDFHexString.of(hex)),
      endText(),
    );
  }

  #eastAsianFont(language: EastAsian): PDFRef {
    const known = this.#eastAsian.get(language);
    if (known !== undefined) return known;
    const { context } = this.#document;
    const { name, encoding, ordering, supplement } = EAST_ASIAN[language];
    const { PDFString } = this.#library;
    const descriptor = context.register(
      context.obj({
        Type: "FontDescriptor",
        FontName: name,
        Flags: 4,
        FontBBox: [-25, -254, 1000, 880],
        ItalicAngle: 0,
        Ascent: 880,
        Descent: -120,
        CapHeight: 880,
        StemV: 93,
      }),
    );
    const descendant = context.register(
      context.obj({
        Type: "Font",
        Subtype: "CIDFontType0",
        BaseFont: name,
        CIDSystemInfo: {
          Registry: PDFString.of("Adobe"),
          Ordering: PDFString.of(ordering),
          Supplement: supplement,
        },
        FontDescriptor: descriptor,
        DW: 1000,
      }),
    );
    const font = context.register(
      context.obj({
        Type: "Font",
        Subtype: "Type0",
        BaseFont: name,
        Encoding: encoding,
        DescendantFonts: [descendant],
      }),
    );
    this.#eastAsian.set(language, font);
    return font;
  }
}

function runsOf(text: string): Array<Run> {
  const runs: Array<Run> = [];
  for (const character of text) {
    const last = runs.at(-1);
    const kind = isEastAsian(character);
    if (last?.isEastAsian === kind) runs[runs.length - 1] = { ...last, text: last.text + character };
    else runs.push({ isEastAsian: kind, text: character });
  }
  return runs;
}

/** Han alone is taken for Chinese, whose collection has all of it. */
function languageOf(text: string): EastAsian {
  if (/\p{Script=Hangul}/u.test(text)) return "korean";
  return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? "japanese" : "chinese";
}
