export const ORDERS_PATH = "/admin/orders";

export function orderPath(id: string): string {
  return `${ORDERS_PATH}/${encodeURIComponent(id)}`;
}

export function returnPath(id: string): string {
  return `/admin/returns/${encodeURIComponent(id)}`;
}
