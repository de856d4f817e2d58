import { PDFDocument } from "pdf-lib";
import { describe, expect, test } from "vitest";

import {
  checkDigitOf,
  isTrackingNumber,
  manualCarrier,
  trackingNumberOf,
} from "../../../src/integrations/carriers/manual.ts";
import type { LabelRequest } from "../../../src/integrations/carriers/port.ts";
import { carrierNamed } from "../../../src/integrations/carriers/registry.ts";

const request: LabelRequest = {
  reference: "shp_01kaqbr5a0f3k7m9q2t4v6x8z0",
  orderNumber: 1042,
  from: {
    name: "Holdfast Berlin",
    line1: "Köpenicker Straße 10",
    city: "Berlin",
    postal_code: "10997",
    country: "DE",
  },
  to: {
    name: "Zoë Müller-Łukasiewicz",
    line1: "12 Rue de l'Église",
    line2: "Bâtiment C",
    city: "Paris",
    postal_code: "75015",
    country: "FR",
  },
  weightGrams: 1250,
  shipAtMs: 0,
  choice: { service: "express", preference: "cheapest", deliveryDaysMax: null },
  askedSinceMs: null,
};
const clock = { nowMs: () => 0, pause: async () => {} };

async function labelOf(overrides: Partial<LabelRequest> = {}) {
  const bought = await manualCarrier.buyLabel({ ...request, ...overrides });
  if (!bought.ok) throw new Error(bought.error.code);
  return bought.value;
}

describe("a tracking number", () => {
  // GS1's own worked example: 629104150021 has the check digit 3.
  test("ends in the check digit of GS1", () => {
    expect(checkDigitOf("629104150021")).toBe(3);
  });

  test("is the same for the same shipment, and tells every single wrong digit", () => {
    const number = trackingNumberOf(request.reference);
    expect(trackingNumberOf(request.reference)).toBe(number);
    expect(trackingNumberOf("shp_another")).not.toBe(number);
    expect(isTrackingNumber(number)).toBe(true);
    for (let position = 2; position < number.length; position += 1) {
      const wrong = String((Number(number[position]) + 1) % 10);
      expect(isTrackingNumber(number.slice(0, position) + wrong + number.slice(position + 1))).toBe(false);
    }
  });
});

describe("a label", () => {
  test("is one page of 4 by 6 inches, with the number of the shipment", async () => {
    const label = await labelOf();
    expect(label).toMatchObject({
      service: "express",
      format: "pdf",
      trackingNumber: trackingNumberOf(request.reference),
    });
    const document = await PDFDocument.load(label.content);
    expect(document.getPages().map((page) => page.getSize())).toEqual([{ width: 288, height: 432 }]);
  });

  test("bought again is the same to the byte", async () => {
    expect((await labelOf()).content).toEqual((await labelOf()).content);
  });

  test.each([
    ["Chinese", "王小明", "北京市朝阳区建国路88号"],
    ["emoji", "🎉 Ana 👩‍👩‍👧", "1 Party 🏠 Lane"],
    ["right to left", "\u202bمحمد\u202c", "رحوب دیزنگوف 50, תל אביב"],
    ["Cyrillic and Greek", "Щербаков Ёж", "Οδός Ερμού 1"],
    ["combining marks", "Nguye\u0302\u0303n Va\u0306n A", "Đường Lê Lợi"],
    ["nothing that can be written", "王", "王"],
    ["the longest text allowed", "W".repeat(200), "多".repeat(200)],
    ["line breaks", "A\nB\tC", "D\r\nE"],
  ])("is drawn for an address in %s", async (_name, name, line1) => {
    const to = { ...request.to, name, line1, city: line1, region: line1, line2: line1 };
    const { content } = await labelOf({ to, from: to });
    expect((await PDFDocument.load(content)).getPageCount()).toBe(1);
  });

  test("is drawn though only the country is known", async () => {
    const { content } = await labelOf({
      from: { country: "DE" },
      to: { country: "FR" },
      choice: { ...request.choice, service: null },
    });
    expect((await PDFDocument.load(content)).getPageCount()).toBe(1);
  });
});

test("a carrier is found by its name, and no other is made up", () => {
  expect(carrierNamed("manual", {}, clock)).toBe(manualCarrier);
  expect(carrierNamed("__proto__", {}, clock)).toBeNull();
  expect(carrierNamed("easypost", {}, clock)).toBeNull();
  expect(carrierNamed("easypost", { EASYPOST_API_KEY: "key" }, clock)?.carrier).toBe("easypost");
});

test("the manual carrier knows its own numbers only", async () => {
  const own = { trackingNumber: trackingNumberOf("shp_1"), carrierReference: null };
  expect(await manualCarrier.track(own)).toEqual({ ok: true, value: [] });
  expect(await manualCarrier.voidLabel(own)).toEqual({ ok: true, value: null });
  expect(await manualCarrier.voidLabel({ ...own, trackingNumber: "HF0000000000001" })).toMatchObject({
    ok: false,
  });
});
