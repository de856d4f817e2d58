import { findShow, readShowVersion, showOf, type ShowRecord } from "../../db/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import type { SkuPort } from "../../domain/inventory/sku-port.ts";
import { putDropOf, showStatus, type Show, type ShowDrop } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";
import { RetryLater } from "./step-failure.ts";

/** Each round lost means that somebody changed the show meanwhile. */
const ROUNDS_MAX = 5;

/**
 * Brings the drops in the SKU objects to what the database says of the show. It is looked up again afterwards, so that of
 * two who do this at once the last to end leaves what was written last.
 *
 * @param skus - Those that may have a drop of this show although the database knows none.
 * @throws Where an object cannot be reached, or the show does not come to rest.
 */
export async function alignShow(
  services: Pick<Services, "db" | "sku" | "nowMs">,
  code: string,
  skus: ReadonlyArray<Sku>,
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const record = await findShow(services.db, code);
    await alignTo(services, code, record, skus);
    if ((await readShowVersion(services.db, code)) === (record?.show.version ?? null)) return;
  }
  throw new RetryLater("the show is being changed");
}

async function alignTo(
  services: Pick<Services, "sku" | "nowMs">,
  code: string,
  record: ShowRecord | null,
  skus: ReadonlyArray<Sku>,
): Promise<void> {
  const wanted = new Map((record?.drops ?? []).map((drop) => [drop.sku, drop]));
  await mapInParallel([...new Set([...wanted.keys(), ...skus])], async (sku) => {
    const port = services.sku(sku);
    const drop = wanted.get(sku);
    // A drop that had not begun may be set up once more after this.
    if (record === null || drop === undefined) return void (await port.closeDrop(code));
    const show = showOf(record);
    if (showStatus(show, record.drops, services.nowMs()) === "closed")
      return void (await port.closeDrop(code));
    return putAsFarAsPossible(port, show, drop);
  });
}

/** What cannot be fenced in, or let out of the fence, is left as it is, and said. */
async function putAsFarAsPossible(port: SkuPort, show: Show, drop: ShowDrop): Promise<void> {
  const command = putDropOf(show, drop);
  const put = await port.putDrop(command);
  if (put.ok) return;
  const { error } = put;
  // Somebody else was given those units between the fence and now, or sold them.
  const isPut =
    error.code === "stock_insufficient" && (await port.putDrop({ ...command, quantity: error.available })).ok;
  console.error(
    JSON.stringify({
      message: "drop differs from its show",
      show: show.code,
      sku: drop.sku,
      code: error.code,
      isPut,
    }),
  );
}
