import { BodyRefused } from "./body.ts";

/**
 * A gzip body as what is in it. Fails with `BodyRefused` where it is no gzip, and where more than `bytesMax` come out of
 * it: a few kilobytes can be made to hold gigabytes.
 */
export function gunzip(body: ReadableStream<Uint8Array>, bytesMax: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  let refusal: BodyRefused | null = null;
  const pumped = body.pipeTo(writable).catch((error: unknown) => {
    // The other end only learns that the pipe broke, not why.
    if (error instanceof BodyRefused) refusal = error;
  });
  const reader: ReadableStreamDefaultReader<Uint8Array> = readable.getReader();
  let size = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const read = await reader.read().catch(() => null);
      if (read === null) {
        await pumped;
        throw refusal ?? new BodyRefused("malformed");
      }
      if (read.done) {
        controller.close();
        return;
      }
      size += read.value.byteLength;
      if (size > bytesMax) throw new BodyRefused("body_too_large");
      controller.enqueue(read.value);
    },
    async cancel() {
      await reader.cancel().catch(() => {});
    },
  });
}
