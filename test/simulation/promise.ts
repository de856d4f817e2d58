export class Violation extends Error {}

export function promise(isKept: boolean, invariant: string, facts: unknown): void {
  if (!isKept) throw new Violation(`${invariant}: ${JSON.stringify(facts)}`);
}
