import { expect, test } from "vitest";

import { customerWords, searchWords } from "../../../src/domain/orders/search-words.ts";

test.each([
  ["José Muñoz-Löwe", ["jose", "munoz", "lowe"]],
  ["  STRAßE  straße ", ["strasse"]],
  ["O'Neil, Conan", ["o", "neil", "conan"]],
  ["山田 太郎", ["山田", "太郎"]],
  ["ﬁ Ａda", ["fi", "ada"]],
  ["<script>alert(1)</script>", ["script", "alert", "1"]],
  ["… – !", []],
  ["", []],
])("the words of %j", (text, words) => {
  expect(searchWords(text)).toEqual(words);
});

test("a customer is found by name and by what stands before the @, once each", () => {
  expect(customerWords("Ada Lovelace", "ada.king@example.com")).toEqual(["ada", "lovelace", "king"]);
  expect(customerWords(null, "grace99@example.com")).toEqual(["grace99"]);
  expect(customerWords(null, null)).toEqual([]);
});

test("a name of any length makes a few short words", () => {
  const words = searchWords(
    Array.from({ length: 500 }, (_, index) => `w${index}${"x".repeat(200)}`).join(" "),
  );
  expect(words).toHaveLength(12);
  expect(Math.max(...words.map((word) => word.length))).toBe(40);
});
