/** Issuers by their first digits, and how long their numbers are. Wider rules would take order numbers for cards. */
const ISSUERS: ReadonlyArray<readonly [prefix: RegExp, lengths: ReadonlyArray<number>]> = [
  [/^4/, [16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:30[0-5]|36|38)/, [14]],
  [/^(?:6011|65|64[4-9])/, [16, 19]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^62/, [16, 17, 18, 19]],
];
const LENGTH_MAX = 19;

/** Whether somebody wrote the number of a payment card into a text, with spaces or hyphens between its digits or not. */
export function hasCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(/\d+(?:[ -]\d+)*/g)) {
    const groups = run.split(/[ -]/);
    for (const first of groups.keys()) {
      let digits = "";
      for (const group of groups.slice(first)) {
        digits += group;
        if (digits.length > LENGTH_MAX) break;
        if (isCardNumber(digits)) return true;
      }
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  return (
    ISSUERS.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) &&
    luhnSum(digits) % 10 === 0
  );
}

/** Every second digit from the right counts double, and a double of two digits the sum of both. */
function luhnSum(digits: string): number {
  return digits
    .split("")
    .reverse()
    .reduce((sum, char, index) => {
      const digit = Number(char) * (index % 2 === 0 ? 1 : 2);
      return sum + (digit > 9 ? digit - 9 : digit);
    }, 0);
}
