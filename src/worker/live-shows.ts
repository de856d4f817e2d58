import type { Db } from "../db/client.ts";
import { findShow, showOf } from "../db/shows.ts";
import { showStatus } from "../domain/shows/show.ts";
import type { LiveShow } from "../durable-objects/gate/port.ts";

/** A show that is changed reaches the gates so soon; claims of a crowd must not ask the database each by itself. */
const REMEMBERED_MS = 3_000;
/** Bounds the memory that made-up codes can take. */
const REMEMBERED_MAX = 1_000;

const remembered = new Map<string, { readonly show: LiveShow | null; readonly untilMs: number }>();

/** What gates have to know of a show, as it was a few seconds ago at most; null where there is no such show. */
export async function readLiveShow(db: Db, code: string, nowMs: number): Promise<LiveShow | null> {
  const known = remembered.get(code);
  if (known !== undefined && known.untilMs > nowMs) return known.show;
  const record = await findShow(db, code);
  const show =
    record === null
      ? null
      : {
          code,
          skus: record.drops.map(({ sku }) => sku),
          status: showStatus(record.show, record.drops, nowMs),
          admissionPerUnit: showOf(record).admissionPerUnit,
        };
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  // A show that is asked for before it is set up must be there as soon as it is.
  if (show !== null) remembered.set(code, { show, untilMs: nowMs + REMEMBERED_MS });
  return show;
}
