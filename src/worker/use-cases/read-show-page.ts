import { findSkus, listSkus, type SkuRecord } from "../../db/catalogue.ts";
import { findShow, listShows, type ShowRecord } from "../../db/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import { showStatus } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";

type Ports = Pick<Services, "db" | "nowMs">;

export type Ware = {
  readonly sku: string;
  readonly title: string;
  readonly price: { readonly currency: string; readonly amount: number };
};
export type ShowPageView = {
  readonly show: {
    readonly code: string;
    readonly title: string;
    readonly skus: ReadonlyArray<string>;
  } | null;
  readonly shop: ReadonlyArray<Ware>;
};

/** What fits on the page beside a show. */
const WARES_MAX = 8;
const SHOWS_MAX = 200;
const SKUS_READ = 60;

/**
 * The show on a show page, and what else its shop sells.
 *
 * @param code - Of the show; undefined for the one that is open, or comes next.
 * @param currency - What has no price in it is not for sale here.
 */
export async function readShowPage(
  { db, nowMs }: Ports,
  code: string | undefined,
  currency: string,
): Promise<ShowPageView> {
  const record = code === undefined ? await currentShow(db, nowMs()) : await findShow(db, code);
  const inShow = new Set(record?.drops.map(({ sku }) => sku));
  const catalogue = await listSkus(db, null, SKUS_READ);
  return {
    show: record === null ? null : { code: record.show.code, title: record.show.title, skus: [...inShow] },
    shop: waresIn(
      currency,
      catalogue.filter(({ row }) => !inShow.has(row.sku as Sku)),
    ).slice(0, WARES_MAX),
  };
}

/** Titles and prices of what a hold or an order has. */
export async function readWares(
  { db }: Ports,
  skus: ReadonlyArray<string>,
  currency: string,
): Promise<ReadonlyArray<Ware>> {
  return waresIn(currency, await findSkus(db, skus as ReadonlyArray<Sku>));
}

async function currentShow(db: Services["db"], nowMs: number): Promise<ShowRecord | null> {
  const shows = await listShows(db, null, SHOWS_MAX);
  const withStatus = (wanted: string) =>
    shows.findLast(({ show, drops }) => showStatus(show, drops, nowMs) === wanted);
  return withStatus("open") ?? withStatus("scheduled") ?? shows.at(-1) ?? null;
}

function waresIn(currency: string, records: ReadonlyArray<SkuRecord>): ReadonlyArray<Ware> {
  return records.flatMap(({ row, prices }) => {
    const price = prices.find((one) => one.currency === currency);
    return price === undefined ? [] : [{ sku: row.sku, title: row.title, price }];
  });
}
