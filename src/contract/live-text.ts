import { composeHoldId, worstStatus, type HoldPart } from "../domain/inventory/hold.ts";
import type { TakenHold } from "../domain/inventory/take-basket.ts";
import type { SeenStock } from "../domain/live/seen-stock.ts";
import type { Problem } from "./problem.ts";

/**
 * The messages of a gate as text. What is sent to thousands is put together once; ids, SKUs and buyers need no escaping,
 * because their alphabets have nothing to escape.
 */

/** The same text as `JSON.stringify(holdView(home, parts))`. */
export function holdText({ home, parts }: TakenHold): string {
  let expiresAtMs = home.expiresAtMs;
  let isSecured = true;
  for (const part of parts) {
    expiresAtMs = Math.min(expiresAtMs, part.expiresAtMs);
    isSecured &&= part.isSecured;
  }
  return (
    `{"id":"${composeHoldId(home.createdAtMs, home.key, home.sku)}","status":"${worstStatus(parts)}",` +
    `"buyer":"${home.buyer}","lines":${linesText(home)},"location":${nullable(home.location)},` +
    `"show":${nullable(home.show)},"secured":${isSecured},"order":${nullable(home.orderId)},` +
    `"expires_at":"${timeText(expiresAtMs)}","created_at":"${timeText(home.createdAtMs)}"}`
  );
}

function linesText(home: HoldPart): string {
  if (home.basket === null) return `[{"sku":"${home.sku}","quantity":${home.quantity}}]`;
  return `[${home.basket.map(({ sku, quantity }) => `{"sku":"${sku}","quantity":${quantity}}`).join(",")}]`;
}

function nullable(value: string | null): string {
  return value === null ? "null" : `"${value}"`;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** The answer to one claim, as a member of `results` or, behind a `ref`, of `result`. */
export function heldText(taken: TakenHold): string {
  return `"ok":true,"hold":${holdText(taken)}}`;
}

export function refusedText(refusal: Problem): string {
  const written = refusals.get(refusal);
  if (written !== undefined) return written;
  const text = `"ok":false,"problem":${JSON.stringify(refusal)}}`;
  refusals.set(refusal, text);
  return text;
}

/** One refusal may be the answer to thousands. */
const refusals = new WeakMap<Problem, string>();

/** @param answer - Of {@link heldText} or {@link refusedText}. */
export function resultText(ref: string | null, answer: string): string {
  return `{"type":"result","ref":${JSON.stringify(ref)},${answer}`;
}

export function resultsText(ref: string, answers: ReadonlyArray<string>): string {
  let text = `{"type":"results","ref":${JSON.stringify(ref)},"items":[`;
  for (const [index, answer] of answers.entries()) text += index === 0 ? `{${answer}` : `,{${answer}`;
  return `${text}]}`;
}

/** Everything of a `stock` message that is the same for all who get it; {@link stockText} puts a socket's `seq` before it. */
export function stockTail(seen: SeenStock): string {
  return `,"sku":"${seen.sku}","available":${seen.available},"state":"${seen.state}","version":${seen.version}}`;
}

export function stockText(seq: number, tail: string): string {
  return `{"type":"stock","seq":${seq}${tail}`;
}

export const PONG_TEXT = '{"type":"pong"}';
export const PING_TEXT = '{"type":"ping"}';

/** The first message on a socket. */
export function snapshotText(
  seq: number,
  stock: ReadonlyArray<SeenStock>,
  show: { readonly code: string; readonly status: string | null } | null,
  nowMs: number,
): string {
  const now = timeText(nowMs);
  return JSON.stringify({ type: "snapshot", seq, stock, ...(show === null ? {} : { show }), now });
}
