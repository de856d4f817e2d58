import type { SentForm } from "../../form.ts";
import type { View } from "../../view.ts";

export type Units = ReadonlyArray<{ readonly line: string; readonly quantity: number }>;

/** Units by line, as fields `units:line_…` say; lines of which none are asked for are left out. */
export function unitsOf(
  lines: ReadonlyArray<{ readonly id: string }>,
  read: (name: string) => string | undefined,
): Units {
  return lines.flatMap(({ id }) => {
    const quantity = Number(read(`units:${id}`) ?? 0);
    return Number.isInteger(quantity) && quantity > 0 ? [{ line: id, quantity }] : [];
  });
}

export const fromQuery = (view: View) => (name: string) => view.query(name);
export const fromForm = (form: SentForm) => (name: string) => form.optional(name);
