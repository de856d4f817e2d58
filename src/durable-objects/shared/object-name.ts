/**
 * The one place where a name for an object is made. What comes from outside is encoded, so that no text can name an
 * object of another kind or collide with another text.
 */
export function objectName(
  kind: "sku" | "gate" | "order-desk" | "connection" | "board",
  name: string,
): string {
  return `${kind}/${encodeURIComponent(name)}`;
}

/** What {@link objectName} was given. */
export function nameInObject(objectName: string): string {
  return decodeURIComponent(objectName.slice(objectName.indexOf("/") + 1));
}
