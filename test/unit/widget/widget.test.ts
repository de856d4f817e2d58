import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { browserFiles } from "#browser-files";

import { de } from "../../../src/browser/widget/texts/de.ts";
import { en } from "../../../src/browser/widget/texts/en.ts";
import { es } from "../../../src/browser/widget/texts/es.ts";
import { fr } from "../../../src/browser/widget/texts/fr.ts";
import { ja } from "../../../src/browser/widget/texts/ja.ts";

test("widget.js is smaller than 15 kB compressed, and asks nobody but the engine", () => {
  const widget = browserFiles.find(({ name }) => name === "widget.js");
  expect(gzipSync(widget?.text ?? "", { level: 9 }).length).toBeLessThan(15_000);
  expect(widget?.text).not.toMatch(
    /https?:\/\/(?!www\.w3\.org\/2000\/svg)|\beval\(|innerHTML|insertAdjacentHTML/,
  );
});

describe.each(Object.entries({ de, fr, es, ja }))("in %s", (_language, texts) => {
  test("every sentence is said, with the numbers of the English one, and none is English", () => {
    expect(Object.keys(texts)).toEqual(Object.keys(en));
    for (const [name, text] of Object.entries(texts)) {
      const english = en[name as keyof typeof en];
      expect([name, text.includes("{n}")]).toEqual([name, english.includes("{n}")]);
      expect(text).not.toBe(english);
    }
  });
});
