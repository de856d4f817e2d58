import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { PDFiumLibrary } from "@hyzyla/pdfium";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const require = createRequire(import.meta.url);
/** What PDF counts in. */
const POINTS_PER_INCH = 72;

type Picture = Parameters<typeof readBarcodes>[0];

let ready: Promise<PDFiumLibrary> | null = null;

async function begin(): Promise<PDFiumLibrary> {
  const wasmBinary = await readFile(require.resolve("zxing-wasm/reader/zxing_reader.wasm"));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasmBinary).buffer } });
  return PDFiumLibrary.init();
}

/** What a person and a scanner get from a page of a PDF, by libraries that are not ours. */
export type SeenPage = { readonly text: string; readonly barcodes: ReadonlyArray<string> };

/** Draws each page as a printer with so many dots to the inch would, and reads the bars off the picture. */
export async function seePages(content: Uint8Array, dotsPerInch: number): Promise<ReadonlyArray<SeenPage>> {
  ready ??= begin();
  const library = await ready;
  const document = await library.loadDocument(content);
  try {
    const pages: Array<SeenPage> = [];
    for (const page of document.pages()) {
      const text = page.getText();
      const { data, width, height } = await page.render({
        scale: dotsPerInch / POINTS_PER_INCH,
        render: "bitmap",
      });
      const picture = { data: new Uint8ClampedArray(data), width, height, colorSpace: "srgb" } as Picture;
      const found = await readBarcodes(picture, {
        formats: ["Code128"],
        tryHarder: true,
        maxNumberOfSymbols: 60,
      });
      pages.push({ text, barcodes: found.map((each) => each.text) });
    }
    return pages;
  } finally {
    document.destroy();
  }
}
