import type { ProblemCode } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";

const BODY_TIMEOUT_MS = 10_000;
export const BODY_BYTES_MAX = 64 * 1024;

/**
 * Reads a body of at most `bytesMax`, counted on the stream, because `Content-Length` may be missing or false, and
 * within ten seconds, because a stalled body would wait for ever.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
): Promise<Result<Uint8Array, ProblemCode>> {
  if (request.body === null) return ok(new Uint8Array());
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return err("body_too_large");
  const reader = request.body.getReader();
  const chunks: Array<Uint8Array> = [];
  let size = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), BODY_TIMEOUT_MS);
  });
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), timeout]);
      if (read === "timeout") {
        await reader.cancel().catch(() => {});
        return err("request_timeout");
      }
      if (read.done) break;
      size += read.value.byteLength;
      if (size > bytesMax) {
        await reader.cancel().catch(() => {});
        return err("body_too_large");
      }
      chunks.push(read.value);
    }
  } catch {
    return err("malformed");
  } finally {
    clearTimeout(timer);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return ok(chunks[0]);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return ok(bytes);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns The text and its value, or the code of the first thing wrong with it. */
export async function readJson(
  request: Request,
): Promise<Result<{ text: string; value: unknown }, ProblemCode>> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(contentType)) return err("media_type_unsupported");
  const bytes = await readBytes(request, BODY_BYTES_MAX);
  if (!bytes.ok) return bytes;
  try {
    const text = decoder.decode(bytes.value);
    return ok({ text, value: JSON.parse(text) as unknown });
  } catch {
    return err("malformed");
  }
}
