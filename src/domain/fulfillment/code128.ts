import { invariant } from "../invariant.ts";

/**
 * Widths of bars and spaces, in modules, bar first, of the 107 symbols (ISO/IEC 15417, Annex B). The last one is the
 * stop symbol, which has a bar more than the others.
 */
const PATTERNS =
  `212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112`.split(/\s/);

const CODE_C = 99;
const CODE_B = 100;
const START_B = 104;
const START_C = 105;
const STOP = 106;
const CHECK_MODULUS = 103;

/** Modules that have to stay empty on both sides of the symbol, or a scanner may not find it. */
export const QUIET_ZONE_MODULES = 10;

export type Bar = {
  /** Modules from the left edge of the first bar. */
  readonly offset: number;
  readonly width: number;
};

export type Barcode = {
  readonly bars: ReadonlyArray<Bar>;
  /** Modules from the first bar's left edge to the last one's right edge, without quiet zones. */
  readonly width: number;
};

/**
 * Encodes printable ASCII in code sets B and C. Runs of digits go into set C, two to a symbol, where that is shorter:
 * four or more at an end, six or more in the middle.
 */
export function encodeCode128(text: string): Barcode {
  invariant(/^[\x20-\x7e]+$/.test(text), "Code 128 B and C encode printable ASCII, one character or more");
  const values = [...symbolValues(text)];
  const check = values.reduce((sum, value, index) => sum + value * Math.max(1, index), 0) % CHECK_MODULUS;
  const bars: Array<Bar> = [];
  let offset = 0;
  for (const value of [...values, check, STOP]) {
    for (const [index, digit] of (PATTERNS[value] ?? "").split("").entries()) {
      const width = Number(digit);
      if (index % 2 === 0) bars.push({ offset, width });
      offset += width;
    }
  }
  return { bars, width: offset };
}

function* symbolValues(text: string): Generator<number> {
  let set: "B" | "C" | null = null;
  let position = 0;
  while (position < text.length) {
    const run = /^\d*/.exec(text.slice(position))?.[0].length ?? 0;
    const isAtEdge = position === 0 || position + run === text.length;
    const isWorthC = set === "C" ? run >= 2 : run >= (isAtEdge ? 4 : 6) || (run === 2 && text.length === 2);
    // An odd run leaves its first digit to set B, unless it opens the symbol: then its last one.
    if (isWorthC && (set === "C" || run % 2 === 0 || position === 0)) {
      if (set !== "C") yield set === null ? START_C : CODE_C;
      set = "C";
      for (const end = position + run - (run % 2); position < end; position += 2) {
        yield Number(text.slice(position, position + 2));
      }
    } else {
      if (set !== "B") yield set === null ? START_B : CODE_B;
      set = "B";
      yield text.charCodeAt(position) - 0x20;
      position += 1;
    }
  }
}
