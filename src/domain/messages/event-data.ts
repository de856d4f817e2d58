type EventData = Readonly<Record<string, unknown>>;

/** A member of an event's data as text; empty where it has none. */
export function textIn(data: EventData, member: string): string {
  const value = data[member];
  return typeof value === "string" ? value : "";
}

/** A member of an event's data as a number; zero where it has none. */
export function numberIn(data: EventData, member: string): number {
  const value = data[member];
  return typeof value === "number" ? value : 0;
}
