const PREFIX = "connection:";

/** Who acts in the name of a connection, in timelines and the audit log. */
export function connectionActor(code: string): string {
  return `${PREFIX}${code}`;
}

export function isOfConnection(actor: string): boolean {
  return actor.startsWith(PREFIX);
}
