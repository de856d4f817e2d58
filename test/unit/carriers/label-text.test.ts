import { expect, test } from "vitest";

import { labelText } from "../../../src/integrations/carriers/label-text.ts";

const isLatin1 = (character: string) => /^[\x20-\x7e\xa1-\xff]$/.test(character);

test.each([
  ["Zoë Müller", "Zoë Müller"],
  ["Łódź", "Lódz"],
  ["Nguye\u0302\u0303n", "Nguyen"],
  ["Щербаков", "Shcherbakov"],
  ["Ερμού", "Ermoy"],
  ["王小明", "?"],
  ["Ana 🎉 👩‍👩‍👧 B", "Ana ? ? B"],
  ["\u202bA\u202c\u200bB", "AB"],
  ["A\n B\t\tC ", "A B C"],
  ["ﬁne Ａ１", "fine A1"],
  ["№ 5", "No. 5"],
  ["", ""],
])("%j is written %j", (text, written) => {
  expect(labelText(text, isLatin1)).toBe(written);
});
