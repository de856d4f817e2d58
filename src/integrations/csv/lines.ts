const LF = 10;
const CR = 13;
/** Longer lines are cut here: no export has them, and a body without line ends must not fill the memory. */
const LINE_BYTES_MAX = 256 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const cp1252 = new TextDecoder("windows-1252");

/**
 * The lines of a byte stream, in blocks, without their ends (LF or CRLF) and without a byte order mark. A line that
 * is not UTF-8 is read as Windows-1252, each line by itself, so that the text of a line never depends on how the
 * bytes were cut into chunks.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Array<string>> {
  let rest: Uint8Array = new Uint8Array();
  let isFirst = true;
  const decode = (bytes: Uint8Array): Array<string> => {
    const lines = decodeLines(bytes);
    if (isFirst) lines[0] = (lines[0] ?? "").replace(/^\uFEFF/, "");
    isFirst = false;
    return lines;
  };
  for await (const chunk of chunks) {
    const bytes = join(rest, chunk);
    const end = completeLines(bytes);
    rest = bytes.slice(end);
    if (end > 0) yield decode(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield decode(rest);
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail;
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

function completeLines(bytes: Uint8Array): number {
  const end = bytes.lastIndexOf(LF) + 1;
  return end === 0 && bytes.length >= LINE_BYTES_MAX ? LINE_BYTES_MAX : end;
}

function decodeLines(bytes: Uint8Array): Array<string> {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return splitBytes(bytes).map(decodeLine);
  }
  const lines = text.split("\n");
  if (text.endsWith("\n")) lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

function splitBytes(bytes: Uint8Array): Array<Uint8Array> {
  const lines: Array<Uint8Array> = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LF, start);
    const end = found === -1 ? bytes.length : found;
    lines.push(bytes.subarray(start, bytes[end - 1] === CR && end > start ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function decodeLine(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return cp1252.decode(bytes);
  }
}
