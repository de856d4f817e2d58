import { readOrderNews, readStockedSkus } from "../../db/channel-files.ts";
import type { ConnectionRow } from "../../db/connections.ts";
import { channelQuantity } from "../../domain/channels/allocation.ts";
import type { Services } from "../services.ts";

type Ports = Pick<Services, "db" | "nowMs">;

const SKUS_PAGE = 5_000;
/** More rows than anybody's spreadsheet opens. */
const ROWS_MAX = 1_000_000;
const WEEK_MS = 7 * 86_400_000;

/** What a channel is to show, for partners that fetch a file. A paused connection shows none of anything. */
export async function quantitiesFile({ db }: Ports, connection: ConnectionRow): Promise<string> {
  const rows = ["sku,quantity"];
  let after = "";
  while (rows.length < ROWS_MAX) {
    const page = await readStockedSkus(db, connection.code, after, SKUS_PAGE);
    for (const { sku, available, listing, rule } of page) {
      const shown = connection.status === "active" ? channelQuantity(available, rule ?? connection.rule) : 0;
      rows.push(`${cell(listing ?? sku)},${shown}`);
    }
    const last = page.at(-1)?.sku;
    if (last === undefined || new Set(page.map(({ sku }) => sku)).size < SKUS_PAGE) break;
    after = last;
  }
  return `${rows.join("\r\n")}\r\n`;
}

/** What left of a channel's orders, and what was canceled. */
export async function shipmentsFile(
  { db, nowMs }: Ports,
  { code }: ConnectionRow,
  sinceMs: number | null,
): Promise<string> {
  const news = await readOrderNews(db, code, sinceMs ?? nowMs() - WEEK_MS, ROWS_MAX);
  const rows = news.map(({ externalId, status, sku, quantity, carrier, trackingNumber, atMs }) =>
    [
      externalId,
      status,
      sku,
      String(quantity),
      carrier ?? "",
      trackingNumber ?? "",
      new Date(atMs).toISOString(),
    ]
      .map(cell)
      .join(","),
  );
  return `${["order_id,status,sku,quantity,carrier,tracking_number,at", ...rows].join("\r\n")}\r\n`;
}

/** A spreadsheet takes what begins with one of these for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
