import type { ProblemCode } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";

const BODY_TIMEOUT_MS = 10_000;
export const BODY_BYTES_MAX = 64 * 1024;

/**
 * Reads a body of at most `bytesMax` within ten seconds, because a stalled body would wait for ever. Where the length
 * was declared, the framing holds the body to it; where not, the bytes are counted on the stream.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
): Promise<Result<Uint8Array, ProblemCode>> {
  if (request.body === null) return ok(new Uint8Array());
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (!(Number(declared) <= bytesMax)) return err("body_too_large");
    const read = await withinTime(request.bytes()).catch(() => null);
    if (read === null) return err("malformed");
    if (read === "timeout") return err("request_timeout");
    return read.byteLength > bytesMax ? err("body_too_large") : ok(read);
  }
  try {
    return ok(await new Response(cappedBody(request, bytesMax)).bytes());
  } catch (error) {
    return err(error instanceof BodyRefused ? error.code : "malformed");
  }
}

/** Thrown inside a stream that is being read, where no value can be returned. The application answers its code. */
export class BodyRefused extends Error {
  override readonly name = "BodyRefused";
  readonly code: ProblemCode;

  constructor(code: ProblemCode) {
    super(code);
    this.code = code;
  }
}

/**
 * The body as a stream that fails with {@link BodyRefused} once it passes `bytesMax` or stalls for ten seconds. What
 * was read before is in the caller's hands already.
 */
export function cappedBody(request: Request, bytesMax: number): ReadableStream<Uint8Array> {
  const source: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  let size = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (source === undefined) {
        controller.close();
        return;
      }
      const read = await withinTime(source.read());
      if (read === "timeout") throw new BodyRefused("request_timeout");
      if (read.done) {
        controller.close();
        return;
      }
      size += read.value.byteLength;
      if (size > bytesMax) throw new BodyRefused("body_too_large");
      controller.enqueue(read.value);
    },
    async cancel() {
      await source?.cancel().catch(() => {});
    },
  });
}

async function withinTime<Value>(work: Promise<Value>): Promise<Value | "timeout"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), BODY_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Deeper than any schema here, far from what would overflow a stack that walks the value. */
const DEPTH_MAX = 32;

/** Whether arrays and objects nest deeper than any schema could want. Brackets inside strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (isInString) {
      if (char === BACKSLASH) index += 1;
      else if (char === QUOTE) isInString = false;
    } else if (char === QUOTE) isInString = true;
    else if (char === OPEN_BRACKET || char === OPEN_BRACE) {
      depth += 1;
      if (depth > DEPTH_MAX) return true;
    } else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) depth -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [34, 92, 91, 93, 123, 125];

/** Whether the media type (without its parameters) is one of those. */
export function hasMediaType(request: Request, mediaTypes: ReadonlyArray<string>): boolean {
  const [mediaType = ""] = (request.headers.get("content-type") ?? "").split(";");
  return mediaTypes.includes(mediaType.trim().toLowerCase());
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns The text and its value, or the code of the first thing wrong with it. */
export async function readJson(
  request: Request,
): Promise<Result<{ text: string; value: unknown }, ProblemCode>> {
  if (!hasMediaType(request, ["application/json"])) return err("media_type_unsupported");
  const bytes = await readBytes(request, BODY_BYTES_MAX);
  if (!bytes.ok) return bytes;
  try {
    const text = decoder.decode(bytes.value);
    if (isTooDeep(text)) return err("malformed");
    return ok({ text, value: JSON.parse(text) as unknown });
  } catch {
    return err("malformed");
  }
}
