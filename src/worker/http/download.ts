/** A document as a file. It may carry an address: no cache between us and the caller may keep it. */
export function download(content: Uint8Array | string, type: string, name: string): Response {
  return new Response(content, {
    headers: {
      "content-type": type,
      "content-disposition": `inline; filename="${name}"`,
      "cache-control": "private, no-store",
    },
  });
}
