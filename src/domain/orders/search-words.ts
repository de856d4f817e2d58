/** What is left of a letter once its case, its accents and its width are taken away. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replaceAll("ø", "o")
    .replaceAll("ł", "l")
    .replaceAll("æ", "ae");
}

const WORD_LENGTH_MAX = 40;
const WORDS_MAX = 12;

/** The words that a person is found by, folded: `José Muñoz-Löwe` is `jose`, `munoz` and `lowe`. No word twice. */
export function searchWords(text: string): ReadonlyArray<string> {
  const words = (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) =>
    Array.from(word).slice(0, WORD_LENGTH_MAX).join(""),
  );
  return [...new Set(words)].slice(0, WORDS_MAX);
}

/** The words of a customer: those of the name, and those before the @ of the address. */
export function customerWords(name: string | null, email: string | null): ReadonlyArray<string> {
  return searchWords(`${name ?? ""} ${email?.split("@")[0] ?? ""}`);
}
