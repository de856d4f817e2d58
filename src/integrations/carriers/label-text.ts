/**
 * Letters that Unicode does not decompose, and others that the standard PDF fonts lack but a carrier's sorter can
 * read in plain letters.
 */
const PLAIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ł: "l",
    Ł: "L",
    đ: "d",
    Đ: "D",
    ħ: "h",
    Ħ: "H",
    ı: "i",
    ŧ: "t",
    Ŧ: "T",
    ŋ: "ng",
    Ŋ: "NG",
    ə: "e",
    Ə: "E",
    ẞ: "SS",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "´": "'",
    ʼ: "'",
    ʻ: "'",
    "＇": "'",
    "№": "No.",
    "\u00a0": " ",
    а: "a",
    б: "b",
    в: "v",
    г: "g",
    ґ: "g",
    д: "d",
    е: "e",
    ё: "e",
    є: "ie",
    ж: "zh",
    з: "z",
    и: "i",
    і: "i",
    ї: "i",
    й: "i",
    к: "k",
    л: "l",
    м: "m",
    н: "n",
    о: "o",
    п: "p",
    р: "r",
    с: "s",
    т: "t",
    у: "u",
    ф: "f",
    х: "kh",
    ц: "ts",
    ч: "ch",
    ш: "sh",
    щ: "shch",
    ъ: "",
    ы: "y",
    ь: "",
    э: "e",
    ю: "iu",
    я: "ia",
    ў: "u",
    α: "a",
    β: "v",
    γ: "g",
    δ: "d",
    ε: "e",
    ζ: "z",
    η: "i",
    θ: "th",
    ι: "i",
    κ: "k",
    λ: "l",
    μ: "m",
    ν: "n",
    ξ: "x",
    ο: "o",
    π: "p",
    ρ: "r",
    σ: "s",
    ς: "s",
    τ: "t",
    υ: "y",
    φ: "f",
    χ: "ch",
    ψ: "ps",
    ω: "o",
  }),
);

const EAST_ASIAN =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]$/u;

/** Whether a character is Chinese, Japanese or Korean, and as wide as it is high. */
export function isEastAsian(character: string): boolean {
  return EAST_ASIAN.test(character);
}

/** Stands for what cannot be written, so that a person sees that something is missing. */
const UNWRITABLE = "?";

/** Words of ASCII with one space between them, and nothing that stands for what cannot be written. */
const PLAIN_TEXT = /^[!->@-~]+(?: [!->@-~]+)*$/;

/**
 * Text in characters that a font has, of which WinAnsi, the encoding of the standard PDF fonts, is the least. Accents are dropped where the accented
 * letter is not in it, Cyrillic and Greek are written in Latin letters, and what is left becomes `?`: a label with a
 * gap reaches a person, a crash does not.
 *
 * @param isWritable - Whether the font has a character.
 */
export function labelText(text: string, isWritable: (character: string) => boolean): string {
  // Most addresses are plain letters, and taking text apart into graphemes is slow.
  if (PLAIN_TEXT.test(text) && Array.from(text).every(isWritable)) return text;
  let written = "";
  for (const { segment } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(
    text.normalize("NFC"),
  )) {
    written += writeGrapheme(segment, isWritable);
  }
  return written
    .replaceAll(/\?{2,}/g, UNWRITABLE)
    .replaceAll(/\s+/g, " ")
    .trim();
}

function writeGrapheme(grapheme: string, isWritable: (character: string) => boolean): string {
  if (/^\s+$/.test(grapheme)) return " ";
  // Marks of direction and joiners have no shape of their own.
  const visible = grapheme.replaceAll(/[\p{Cf}\p{Cc}]/gu, "");
  if (visible === "") return "";
  if (Array.from(visible).every(isWritable)) return visible;
  const plain = plainLetters(visible) ?? plainLetters(visible.normalize("NFKD").replaceAll(/\p{M}/gu, ""));
  return plain !== null && Array.from(plain).every(isWritable) ? plain : UNWRITABLE;
}

/** @returns null where a character has no plain form and is not ASCII itself. */
function plainLetters(text: string): string | null {
  let plain = "";
  for (const character of text) {
    if (/[\x20-\x7e]/.test(character)) {
      plain += character;
      continue;
    }
    const lower = character.toLowerCase();
    const letters = PLAIN.get(character) ?? PLAIN.get(lower);
    if (letters === undefined) return null;
    plain +=
      PLAIN.has(character) || letters === "" ? letters : letters.charAt(0).toUpperCase() + letters.slice(1);
  }
  return plain;
}
