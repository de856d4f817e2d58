const TEXT_FRAME = 0x81;
const MASKED = 0x80;
const encoder = new TextEncoder();

export type Frame = { readonly opcode: number; readonly start: number; readonly end: number };

/**
 * Finds a frame that a server sent (RFC 6455 §5.2): unmasked, and here never in fragments.
 *
 * @returns null while the frame that begins at `at` is not there in full.
 */
export function findFrame(received: Uint8Array, at: number): Frame | null {
  if (received.length < at + 2) return null;
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength);
  const opcode = view.getUint8(at) & 0x0f;
  const short = view.getUint8(at + 1) & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = at + 2 + extra;
  if (received.length < start) return null;
  let length = short;
  if (extra === 2) length = view.getUint16(at + 2);
  if (extra === 8) length = Number(view.getBigUint64(at + 2));
  return received.length < start + length ? null : { opcode, start, end: start + length };
}

/** A text as a client sends it, masked with zeros: as good a mask as any where nobody stands in between. */
export function textFrame(text: string): Uint8Array {
  const body = encoder.encode(text);
  const { length } = body;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + extra + 4 + length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, TEXT_FRAME);
  view.setUint8(1, MASKED | (extra === 0 ? length : extra === 2 ? 126 : 127));
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  frame.set(body, 2 + extra + 4);
  return frame;
}
