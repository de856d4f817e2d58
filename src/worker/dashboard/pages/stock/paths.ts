export const STOCK_PATH = "/admin/stock";

export function skuPath(sku: string): string {
  return `${STOCK_PATH}/${encodeURIComponent(sku)}`;
}
