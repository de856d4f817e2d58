import { inflateSync } from "node:zlib";

import { PDFArray, PDFDocument, PDFRawStream, type PDFPage } from "pdf-lib";
import { describe, expect, test } from "vitest";

import { encodeCode128 } from "../../../src/domain/fulfillment/code128.ts";
import { zplLabel } from "../../../src/integrations/carriers/label-zpl.ts";
import { drawPackingSlip } from "../../../src/integrations/documents/packing-slip-pdf.ts";
import { drawPickList } from "../../../src/integrations/documents/pick-list-pdf.ts";

/** What a page draws, as its operators. */
function operatorsOf(page: PDFPage): string {
  const contents = page.node.Contents();
  const streams =
    contents instanceof PDFArray ? contents.asArray().map((ref) => page.doc.context.lookup(ref)) : [contents];
  return streams
    .map((stream) => {
      if (!(stream instanceof PDFRawStream)) return "";
      const bytes = Buffer.from(stream.getContents());
      return (stream.dict.toString().includes("FlateDecode") ? inflateSync(bytes) : bytes).toString("latin1");
    })
    .join("\n");
}

/** Everything written on a page: text is drawn in hexadecimal. */
function textsOf(page: PDFPage): Array<string> {
  return [...operatorsOf(page).matchAll(/<([0-9A-F]+)> Tj/g)].map(([, hex]) =>
    Buffer.from(hex ?? "", "hex").toString("latin1"),
  );
}

const createdAt = new Date(Date.UTC(2026, 10, 25));
const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    sku: `MUG-${index}`,
    title: `Mug number ${index} Grüße`,
    quantity: index + 1,
    barcode: `400638133${String(index).padStart(4, "0")}`,
    place: null,
    cartons: null,
  }));
const list = {
  kind: "Pick list" as const,
  id: "pick_01m844dzg0000000000000000a",
  facts: ["Order #1007", "Location BER"],
  createdAt,
};
const ada = {
  name: "Ada Lovelace",
  line1: "1 Main St",
  city: "Potsdam",
  postal_code: "14467",
  country: "DE",
};

describe("a pick list", () => {
  test("names each SKU with its units, and goes on over as many pages as it takes", async () => {
    const document = await PDFDocument.load(await drawPickList({ ...list, lines: lines(60) }));
    expect(document.getPageCount()).toBeGreaterThan(2);
    const texts = document.getPages().flatMap(textsOf);
    for (const { sku, barcode } of lines(60)) {
      expect(texts).toContain(sku);
      expect(texts).toContain(barcode);
    }
    expect(texts).toContain("Order #1007");
    expect(texts).toContain("1830 units of 60 SKUs");
  });

  test("has the bars of what it is called, and of each SKU", async () => {
    const document = await PDFDocument.load(await drawPickList({ ...list, lines: lines(2) }));
    const [page] = document.getPages();
    const drawn = page === undefined ? "" : operatorsOf(page);
    const bars = [list.id, ...lines(2).map(({ barcode }) => barcode)].flatMap(
      (text) => encodeCode128(text).bars,
    );
    // Each bar is a filled path of its own.
    expect(drawn.match(/\nf\b/g)).toHaveLength(bars.length);
  });

  test("is the same, byte for byte, each time", async () => {
    const [one, two] = await Promise.all([
      drawPickList({ ...list, lines: lines(3) }),
      drawPickList({ ...list, lines: lines(3) }),
    ]);
    expect(Buffer.compare(one, two)).toBe(0);
  });

  test("with a SKU that no barcode can say is written all the same", async () => {
    const odd = [
      { sku: "ÜBER", title: "日本のマグ", quantity: 1, barcode: "ÜBER", place: null, cartons: null },
    ];
    const document = await PDFDocument.load(await drawPickList({ ...list, lines: odd }));
    expect(document.getPages().flatMap(textsOf)).toContain("1 unit of 1 SKU");
  });
});

describe("a packing slip", () => {
  const slip = { shipmentId: "shp_1", orderNumber: 1007, placedAt: createdAt, from: ada, lines: lines(2) };

  test("says what is in the carton, for whom, and what comes elsewhere; no prices", async () => {
    const document = await PDFDocument.load(await drawPackingSlip({ ...slip, to: ada, unitsElsewhere: 2 }));
    const texts = document.getPages().flatMap(textsOf);
    expect(texts).toEqual(
      expect.arrayContaining(["Ada Lovelace", "MUG-0", "2 more units come in other parcels."]),
    );
    expect(texts.join("\n")).not.toMatch(/EUR|USD|€|\$/);
  });

  test("of goods that are picked up has the location's address", async () => {
    const document = await PDFDocument.load(await drawPackingSlip({ ...slip, to: null, unitsElsewhere: 0 }));
    expect(document.getPages().flatMap(textsOf)).toContain("14467 Potsdam");
  });
});

test("a ZPL label is one label, and nothing that a buyer wrote is a command to the printer", () => {
  const zpl = zplLabel({
    carrier: "Holdfast",
    service: "express",
    orderNumber: 1007,
    weightGrams: 850,
    trackingNumber: "HF1234567890123",
    from: ada,
    to: { ...ada, name: "^XZ~JA^XA Ünal", line1: "_5E" },
  });
  expect(zpl.match(/\^XA/g)).toHaveLength(1);
  expect(zpl.match(/\^XZ/g)).toHaveLength(1);
  expect(zpl).not.toContain("~");
  expect(zpl).toContain("_5eXZ_7eJA_5eXA _c3_9cnal");
  expect(zpl).toContain("^FD_5f5E^FS");
  expect(zpl).toContain("^BCN,220,Y,N,N^FDHF1234567890123^FS");
});

test.each([
  ["as short as one may be", { country: "GB" }],
  ["in long words", { ...ada, name: "W".repeat(200), line1: "x".repeat(200), line2: "y ".repeat(100) }],
  ["in Chinese", { ...ada, name: "王".repeat(60), line1: "北京市朝阳区建国路".repeat(8) }],
])("the fields of a ZPL label of an address %s stay in their places, and so do the bars", (_name, to) => {
  const zpl = zplLabel({
    carrier: "Holdfast",
    service: "express",
    orderNumber: 1007,
    weightGrams: 850,
    trackingNumber: "HF1234567890123",
    from: to as typeof ada,
    to: to as typeof ada,
  });
  const fields = [...zpl.matchAll(/\^FO(\d+),(\d+)\^A0N,(\d+),\d+\^FH\^FD(.*)\^FS/g)].map(
    ([, x, y, height, text]) => ({ x: Number(x), y: Number(y), height: Number(height), text: text ?? "" }),
  );
  const rules = [110, 350, 720, 810];
  for (const { x, y, height, text } of fields) {
    const below = rules.find((rule) => rule > y) ?? 850;
    expect(y + height).toBeLessThanOrEqual(below);
    const characters = Array.from(
      decodeURIComponent(text.replaceAll(/_([0-9a-f]{2})/g, "%$1")),
      (character) => ((character.codePointAt(0) ?? 0) > 0x2e7f ? height : height / 2),
    );
    expect(x + characters.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(812);
  }
  expect(fields.filter(({ text }) => text === to.country)).toHaveLength(2);
  // Code set B alone: eleven modules a character, start and check, thirteen to stop; three dots each, and quiet on both sides.
  expect(60 + (11 * (15 + 2) + 13) * 3 + 30).toBeLessThanOrEqual(812);
});
