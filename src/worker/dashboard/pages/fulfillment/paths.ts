export const FULFILLMENT_PATH = "/admin/fulfillment";
export const EXCEPTIONS_PATH = `${FULFILLMENT_PATH}/exceptions`;

export function assignmentPath(id: string): string {
  return `${FULFILLMENT_PATH}/orders/${encodeURIComponent(id)}`;
}

export function parcelPath(id: string): string {
  return `${FULFILLMENT_PATH}/parcels/${encodeURIComponent(id)}`;
}

export function pickListsPath(location: string): string {
  return `${FULFILLMENT_PATH}/pick-lists/${encodeURIComponent(location)}`;
}
