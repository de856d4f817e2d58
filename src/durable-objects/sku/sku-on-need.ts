import { eq } from "drizzle-orm";

import type { Db } from "../../db/client.ts";
import { sku as skuTable } from "../../db/schema/catalogue.ts";
import type { Sku } from "../../domain/brand.ts";
import type { SkuPort } from "../../domain/inventory/sku-port.ts";
import type { Result } from "../../domain/result.ts";

/**
 * An object that does not know its SKU asks the catalogue, once, before it says so. An import may put thousands of SKUs
 * into the catalogue that nobody will ever sell again: their objects are made when somebody needs them. It also mends a
 * SKU whose object could not be told when it was set up.
 */
export function skuOnNeed(port: SkuPort, db: Db, sku: Sku): SkuPort {
  const isConfigured = async () => {
    const [row] = await db.orm
      .select({ buyerLimit: skuTable.buyerLimit, backorderLimit: skuTable.backorderLimit })
      .from(skuTable)
      .where(eq(skuTable.sku, sku));
    if (row === undefined) return false;
    await port.configure({ sku, ...row });
    return true;
  };
  const once = async <Value, Failure extends { readonly code: string }>(
    call: () => Promise<Result<Value, Failure>>,
  ) => {
    const first = await call();
    return isUnknown(first) && (await isConfigured()) ? call() : first;
  };
  const each = async <Answer extends Result<unknown, { readonly code: string }>>(
    call: () => Promise<Array<Answer>>,
  ) => {
    const first = await call();
    return first.some(isUnknown) && (await isConfigured()) ? call() : first;
  };
  return {
    ...port,
    takeHolds: (commands) => each(() => port.takeHolds(commands)),
    move: (commands) => each(() => port.move(commands)),
    commit: (command) => once(() => port.commit(command)),
    putDrop: (command) => once(() => port.putDrop(command)),
    joinWaitlist: (command) => once(() => port.joinWaitlist(command)),
    watch: async (gate) => (await port.watch(gate)) ?? ((await isConfigured()) ? port.watch(gate) : null),
    setSafetyStock: (location, quantity) => once(() => port.setSafetyStock(location, quantity)),
    stock: async () => (await port.stock()) ?? ((await isConfigured()) ? port.stock() : null),
  };
}

function isUnknown(result: Result<unknown, { readonly code: string }>): boolean {
  return !result.ok && result.error.code === "sku_unknown";
}
