/** One row of a file. `fields` is null where its quotes never close; `text` is the row as it stood. */
export type CsvRecord = { readonly fields: ReadonlyArray<string> | null; readonly text: string };

/** A quoted field that runs on for longer than this is a quote that was never closed. */
const RECORD_LINES_MAX = 100;
const RECORD_CHARS_MAX = 64 * 1024;

/**
 * Puts lines together to records, RFC 4180. What differs from a usual parser is what happens to a quote that never
 * closes: the line that opened it becomes a record without fields, and reading goes on with the very next line, so that
 * one bad quote does not swallow the rows after it.
 */
export class RecordReader {
  readonly #delimiter: string;
  #open: Array<string> = [];
  #openChars = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** The records that `line` completes: mostly one; none inside a quoted field. Blank lines are no records. */
  push(line: string): Array<CsvRecord> {
    if (this.#open.length === 0) {
      if (line === "") return [];
      if (!line.includes('"')) return [{ fields: line.split(this.#delimiter), text: line }];
    }
    this.#open.push(line);
    this.#openChars += line.length + 1;
    // Only a line with a quote can close a record that is open.
    const text = line.includes('"') ? this.#open.join("\n") : null;
    const fields = text === null ? null : splitQuoted(text, this.#delimiter);
    if (text !== null && fields !== null) {
      this.#clear();
      return [{ fields, text }];
    }
    const isRunaway = this.#open.length > RECORD_LINES_MAX || this.#openChars > RECORD_CHARS_MAX;
    return isRunaway ? this.#giveUp() : [];
  }

  /** What is left when the lines end. */
  end(): Array<CsvRecord> {
    const records: Array<CsvRecord> = [];
    while (this.#open.length > 0) records.push(...this.#giveUp());
    return records;
  }

  #giveUp(): Array<CsvRecord> {
    const [bad = "", ...others] = this.#open;
    this.#clear();
    return [{ fields: null, text: bad }, ...others.flatMap((line) => this.push(line))];
  }

  #clear(): void {
    this.#open = [];
    this.#openChars = 0;
  }
}

/** @returns null while a quote is open. A quote inside an unquoted field is a character as any other. */
function splitQuoted(text: string, delimiter: string): ReadonlyArray<string> | null {
  const fields: Array<string> = [];
  for (let start = 0; ;) {
    let value = "";
    let end = start;
    if (text.charAt(start) === '"') {
      const quoted = readQuoted(text, start + 1);
      if (quoted === null) return null;
      ({ value, end } = quoted);
    }
    const next = text.indexOf(delimiter, end);
    value += text.slice(end, next === -1 ? undefined : next);
    fields.push(value);
    if (next === -1) return fields;
    start = next + 1;
  }
}

function readQuoted(text: string, from: number): { readonly value: string; readonly end: number } | null {
  let value = "";
  for (let start = from; ;) {
    const quote = text.indexOf('"', start);
    if (quote === -1) return null;
    value += text.slice(start, quote);
    if (text.charAt(quote + 1) !== '"') return { value, end: quote + 1 };
    value += '"';
    start = quote + 2;
  }
}

const DELIMITERS = [",", ";", "\t", "|"] as const;

/** The delimiter that the header uses most. */
export function detectDelimiter(header: string): string {
  const count = (delimiter: string) => (splitQuoted(header, delimiter) ?? []).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Excel's own way to name the delimiter, in a line before the header. */
export function namedDelimiter(line: string): string | null {
  return /^"?sep=([,;\t|])"?$/i.exec(line)?.[1] ?? null;
}
