import { describe, expect, test } from "vitest";

import { drawLabel } from "../../../src/integrations/carriers/label-pdf.ts";
import { drawPackingSlip } from "../../../src/integrations/documents/packing-slip-pdf.ts";
import { drawPickList } from "../../../src/integrations/documents/pick-list-pdf.ts";
import { seePages } from "../../support/document-reader.ts";

/** What an office printer has, and what a label printer has. */
const OFFICE = 300;
const LABELS = 203;

const createdAt = new Date(Date.UTC(2026, 10, 25));
const ada = {
  name: "Ada Lovelace",
  line1: "12 St James's Square",
  city: "London",
  postal_code: "SW1Y 4JH",
  country: "GB",
};
const list = {
  kind: "Pick list" as const,
  id: "pick_01m844dzg0000000000000000a",
  facts: ["Order #1007", "Location BER"],
  createdAt,
};
const label = {
  carrier: "Holdfast",
  service: "express",
  orderNumber: 1042,
  weightGrams: 1250,
  trackingNumber: "HF1234567890128",
  from: ada,
  to: ada,
  createdAt,
};

/** Barcodes of every kind that goods have: short, long, digits, a SKU as long as one may be. */
const goods = Array.from({ length: 100 }, (_, index) => ({
  sku: `MUG-${index}`,
  title: index % 3 === 0 ? `Mug number ${index}, hand-thrown stoneware with a celadon glaze, 350 ml` : "Mug",
  quantity: index + 1,
  place: index % 2 === 0 ? `A ${index}` : null,
  cartons: index % 5 === 0 ? "1 in 1, 2 in 7" : null,
  barcode:
    [`400638133${String(index).padStart(4, "0")}`, `MUG-${index}`, `MUG.BLUE:EXTRA-LARGE_${index}`][
      index % 3
    ] ?? "",
}));

describe("a scanner", () => {
  test("reads the list's name and all hundred lines off a printed pick list", async () => {
    const pages = await seePages(await drawPickList({ ...list, lines: goods }), OFFICE);
    const read = pages.flatMap(({ barcodes }) => barcodes);
    expect(read.toSorted()).toEqual([list.id, ...goods.map(({ barcode }) => barcode)].toSorted());
    for (const [index, { text }] of pages.entries()) {
      expect(text).toContain(`page ${index + 1} of ${pages.length}`);
      expect(text).toContain("Units");
    }
  });

  test("reads the order's number off a packing slip", async () => {
    const slip = { shipmentId: "shp_1", orderNumber: 1007, placedAt: createdAt, from: ada, to: ada };
    const [page] = await seePages(
      await drawPackingSlip({ ...slip, lines: goods, unitsElsewhere: 0 }),
      OFFICE,
    );
    expect(page?.barcodes).toEqual(["1007"]);
  });

  test.each(["HF1234567890128", "1Z999AA10123456784", "9400136897846123456789"])(
    "reads the tracking number %s off a label",
    async (trackingNumber) => {
      const pages = await seePages(await drawLabel({ ...label, trackingNumber }), LABELS);
      expect(pages.map(({ barcodes }) => barcodes)).toEqual([[trackingNumber]]);
    },
  );
});

describe("text", () => {
  test.each([
    ["Chinese", "王小明", "北京市朝阳区建国路88号院"],
    ["Japanese", "山田 はなこ", "千代田区丸の内1丁目"],
    ["Korean", "김철수", "서울특별시 종로구 세종대로"],
    ["Latin, Cyrillic and Greek", "Zoë Łukasiewicz", "Улица Ленина 1"],
  ])(
    "in %s is in the label for whoever has its fonts, and says that they are needed",
    async (script, name, line1) => {
      const to = { ...ada, name, line1 };
      const [page] = await seePages(await drawLabel({ ...label, to }), LABELS);
      const isEastAsian = !script.startsWith("Latin");
      expect(page?.text).toContain(isEastAsian ? name : "Zoë Lukasiewicz");
      expect(page?.text).toContain(isEastAsian ? line1 : "Ulitsa Lenina 1");
      expect(page?.text.includes("Needs East Asian fonts")).toBe(isEastAsian);
      expect(page?.barcodes).toEqual([label.trackingNumber]);
    },
  );

  test("that no font has is said to be missing", async () => {
    const [page] = await seePages(await drawLabel({ ...label, to: { ...ada, name: "قدح أزرق" } }), LABELS);
    expect(page?.text).toContain("? stands for letters that this page cannot show.");
  });

  test("that is too long is cut off where it says so, and leaves every other part of an address", async () => {
    const to = { ...ada, name: "W".repeat(200), line2: "Unit 7 ".repeat(28), region: "Westminster" };
    const [page] = await seePages(await drawLabel({ ...label, to }), LABELS);
    for (const part of ["12 St James's Square", "SW1Y 4JH London Westminster", "GB"]) {
      expect(page?.text).toContain(part);
    }
    const long = {
      sku: "S".repeat(64),
      title: "Title ".repeat(80),
      quantity: 1,
      barcode: "B".repeat(64),
      place: null,
      cartons: null,
    };
    const [sheet] = await seePages(await drawPickList({ ...list, lines: [long] }), OFFICE);
    expect(sheet?.text.replaceAll(/\s/g, "")).toContain(long.sku);
    expect(sheet?.text).toContain("…");
  });
});
