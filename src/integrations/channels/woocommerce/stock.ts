import { ok, type Result } from "../../../domain/result.ts";
import { setAfterComparing } from "../compare-first.ts";
import type { ChannelAccess, ChannelFailure, Listing, Page, PushOutcome, QuantityPush } from "../port.ts";
import { at, idAt, listAt, skuAt, textAt, unitsAt, type Json } from "../reading.ts";
import { askWoo } from "./client.ts";

const PAGE = 100;
const VARIATION_PAGES_MAX = 10;

/** Where a listing keeps its stock: `product` or `product/variation`. */
type StockId = { readonly product: string; readonly variation: string | null };

function parseStockId(text: string): StockId {
  const [product = "", variation] = text.split("/");
  return { product, variation: variation ?? null };
}

/** One page of products, each variable one with all of its variations. */
export async function readListings(
  access: ChannelAccess,
  cursor: string | null,
): Promise<Result<Page<Listing>, ChannelFailure>> {
  const page = Number(cursor ?? "1");
  const asked = await askWoo(access, "GET", `/products?per_page=${PAGE}&page=${page}&orderby=id&order=asc`);
  if (!asked.ok) return asked;
  const products = listAt(asked.value.body);
  const items: Array<Listing> = [];
  for (const product of products) {
    const id = idAt(product, "id");
    if (id === null) continue;
    if (textAt(product, "type") !== "variable") {
      items.push(listingOf(product, id, id));
      continue;
    }
    const variations = await readVariations(access, id);
    if (!variations.ok) return variations;
    for (const variation of variations.value) {
      const variationId = idAt(variation, "id");
      if (variationId !== null) items.push(listingOf(variation, variationId, `${id}/${variationId}`));
    }
  }
  return ok({ items, next: products.length < PAGE ? null : String(page + 1) });
}

async function readVariations(
  access: ChannelAccess,
  product: string,
): Promise<Result<ReadonlyArray<Json>, ChannelFailure>> {
  const all: Array<Json> = [];
  for (let page = 1; page <= VARIATION_PAGES_MAX; page += 1) {
    const asked = await askWoo(
      access,
      "GET",
      `/products/${product}/variations?per_page=${PAGE}&page=${page}`,
    );
    if (!asked.ok) return asked;
    const found = listAt(asked.value.body);
    all.push(...found);
    if (found.length < PAGE) break;
  }
  return ok(all);
}

function listingOf(item: Json, externalId: string, stockId: string): Listing {
  return {
    externalId,
    sku: skuAt(item, "sku"),
    barcode: textAt(item, "global_unique_id"),
    title: textAt(item, "name") ?? externalId,
    stockId,
    quantity: unitsAt(item, "stock_quantity"),
  };
}

/** One batch of products, and one for the variations of each product. */
function groupsOf<Item extends { readonly stockId: string | null }>(
  items: ReadonlyArray<Item>,
): ReadonlyMap<string, ReadonlyArray<{ readonly item: Item; readonly id: string }>> {
  const placed = items.flatMap((item) => {
    if (item.stockId === null) return [];
    const { product, variation } = parseStockId(item.stockId);
    return [
      {
        path: variation === null ? "/products" : `/products/${product}/variations`,
        item,
        id: variation ?? product,
      },
    ];
  });
  return Map.groupBy(placed, ({ path }) => path);
}

export async function readQuantities(
  access: ChannelAccess,
  listings: ReadonlyArray<{ readonly listing: string; readonly stockId: string | null }>,
): Promise<Result<ReadonlyMap<string, number>, ChannelFailure>> {
  const quantities = new Map<string, number>();
  for (const [path, entries] of groupsOf(listings)) {
    const include = entries.map(({ id }) => id).join(",");
    const asked = await askWoo(access, "GET", `${path}?include=${include}&per_page=${PAGE}`);
    if (!asked.ok) return asked;
    const listingOfId = new Map(entries.map(({ id, item }) => [id, item.listing]));
    for (const found of listAt(asked.value.body)) {
      const listing = listingOfId.get(idAt(found, "id") ?? "");
      const quantity = unitsAt(found, "stock_quantity");
      if (listing === undefined || at(found, "manage_stock") === false) continue;
      if (quantity !== null && !Number.isNaN(quantity)) quantities.set(listing, quantity);
    }
  }
  return ok(quantities);
}

export function setQuantities(
  access: ChannelAccess,
  pushes: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  return setAfterComparing(
    pushes,
    (compared) => readQuantities(access, compared),
    (open) => setOpen(access, open),
  );
}

async function setOpen(
  access: ChannelAccess,
  open: ReadonlyArray<QuantityPush>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const outcomes = new Map<string, PushOutcome>();
  for (const [path, entries] of groupsOf(open)) {
    const update = entries.map(({ id, item }) => ({
      id: Number(id),
      manage_stock: true,
      stock_quantity: item.quantity,
    }));
    const asked = await askWoo(access, "POST", `${path}/batch`, { update });
    if (!asked.ok) return asked;
    const isThere = asked.value.status !== 404;
    for (const [index, { item }] of entries.entries()) {
      const said = textAt(asked.value.body, "update", index, "error", "message");
      const reason = isThere ? said : "there is no such product";
      if (reason !== null) outcomes.set(item.listing, { status: "refused", reason: reason.slice(0, 200) });
    }
  }
  return ok(open.map(({ listing }) => outcomes.get(listing) ?? { status: "set" }));
}

/** The stock of a product or variation that was changed in the shop. */
export function quantityIn(product: Json): { readonly stockId: string; readonly quantity: number } | null {
  const id = idAt(product, "id");
  const parent = idAt(product, "parent_id");
  const quantity = unitsAt(product, "stock_quantity");
  if (id === null || quantity === null || Number.isNaN(quantity)) return null;
  return { stockId: parent === null ? id : `${parent}/${id}`, quantity };
}
