import type { JsonSchema } from "../http/openapi.ts";
import { asSchema, refOf, variantsOf } from "./schema-view.tsx";

const DEPTH_MAX = 8;

/** A small value that fits a schema, from the examples that stand in it. Optional fields are left out. */
export function exampleOf(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  depth = 0,
): unknown {
  const referred = refOf(schema);
  if (depth > DEPTH_MAX) return null;
  if (referred !== null) return exampleOf(components[referred] ?? {}, components, depth + 1);
  if (schema["example"] !== undefined) return schema["example"];
  if (schema["const"] !== undefined) return schema["const"];
  if (schema["default"] !== undefined) return schema["default"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const [variant] = variantsOf(schema);
  if (variant !== undefined) return exampleOf(variant, components, depth + 1);
  const items = asSchema(schema["items"]);
  if (items !== null) return [exampleOf(items, components, depth + 1)];
  const properties = asSchema(schema["properties"]);
  if (properties !== null) {
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const fields = Object.entries(properties).filter(([name]) => required.includes(name));
    return Object.fromEntries(
      fields.map(([name, field]) => [name, exampleOf(asSchema(field) ?? {}, components, depth + 1)]),
    );
  }
  return plainExample(schema);
}

function plainExample(schema: JsonSchema): unknown {
  switch (schema["type"]) {
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" && schema["minimum"] > 0 ? schema["minimum"] : 1;
    case "boolean":
      return true;
    case "object":
      return {};
    default:
      return "text";
  }
}
