/**
 * SHA-256 (FIPS 180-4) of a text's UTF-8 bytes.
 *
 * Ids follow from what they stand for, a dozen of them in an order. For texts as short as those, the runtime's own
 * digest spends ten times as long on making its stream object as on digesting.
 */
export function sha256(text: string): Uint8Array {
  const message = encoder.encode(text);
  const { length } = message;
  const blockCount = (length + 72) >>> 6;
  state.set(INITIAL);
  for (let block = 0; block < blockCount; block += 1) {
    for (let word = 0; word < 16; word += 1) schedule[word] = wordAt(message, block * 64 + word * 4);
    if (block === blockCount - 1) {
      schedule[14] = Math.floor(length / 0x2000_0000);
      schedule[15] = length << 3;
    }
    compress();
  }
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index += 1) {
    digest[index] = at(state, index >>> 2) >>> (24 - (index & 3) * 8);
  }
  return digest;
}

const encoder = new TextEncoder();
// Never used by two digests at once: nothing here waits.
const state = new Int32Array(8);
const schedule = new Int32Array(64);

/** Four bytes of the padded message: the text, a one bit, zeros. */
function wordAt(message: Uint8Array, offset: number): number {
  let word = 0;
  for (let index = offset; index < offset + 4; index += 1) {
    const byte = index < message.length ? (message[index] ?? 0) : index === message.length ? 0x80 : 0;
    word = (word << 8) | byte;
  }
  return word;
}

function compress(): void {
  for (let index = 16; index < 64; index += 1) {
    const early = at(schedule, index - 15);
    const late = at(schedule, index - 2);
    const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[index] = (at(schedule, index - 16) + sigma0 + at(schedule, index - 7) + sigma1) | 0;
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let round = 0; round < 64; round += 1) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const one = (h + sum1 + choice + at(ROUNDS, round) + at(schedule, round)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + sum0 + majority) | 0;
  }
  add(0, a);
  add(1, b);
  add(2, c);
  add(3, d);
  add(4, e);
  add(5, f);
  add(6, g);
  add(7, h);
}

function add(index: number, word: number): void {
  state[index] = (at(state, index) + word) | 0;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

const [INITIAL, ROUNDS] = constants();

/** The first bits of the fractional parts of the square roots of 8 primes and the cube roots of 64. */
function constants(): [initial: Int32Array, rounds: Int32Array] {
  const primes: Array<number> = [];
  for (let candidate = 2; primes.length < 64; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 0x1_0000_0000);
  return [
    Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  ];
}
