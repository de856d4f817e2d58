import type { FC } from "hono/jsx";

import type { Address } from "../../../../domain/orders/order.ts";
import { Field } from "../../components/form.tsx";
import type { SentForm } from "../../form.ts";

const fields = [
  ["name", "Name", true],
  ["line1", "Street and number", true],
  ["line2", "Second line", false],
  ["postal_code", "Postal code", true],
  ["city", "City", true],
  ["region", "Region", false],
  ["phone", "Phone", false],
] as const;

export const AddressFields: FC<{ address: Address | null }> = ({ address }) => (
  <div class="grid">
    {fields.map(([name, label, required]) => (
      <Field label={label} name={name} required={required} value={address?.[name] ?? ""} />
    ))}
    <Field
      label="Country"
      name="country"
      required
      maxlength={2}
      hint="Two letters, such as DE."
      value={address?.country ?? ""}
    />
  </div>
);

/** What was typed; whether it is an address, the operation says. */
export function addressBody(form: SentForm) {
  const optional = (name: "line2" | "region" | "phone") => {
    const value = form.optional(name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    name: form.text("name"),
    line1: form.text("line1"),
    city: form.text("city"),
    postal_code: form.text("postal_code"),
    country: form.text("country").toUpperCase(),
    ...optional("line2"),
    ...optional("region"),
    ...optional("phone"),
  };
}
