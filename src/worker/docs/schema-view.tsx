import type { FC } from "hono/jsx";

import type { JsonSchema } from "../http/openapi.ts";

const REF = "#/components/schemas/";
/** Bounds what a schema that refers to itself could draw. */
const DEPTH_MAX = 8;

/** A schema as a list of its fields, with references as links to where they are described. */
export const SchemaView: FC<{ schema: JsonSchema; depth?: number }> = ({ schema, depth = 0 }) => {
  const inner = innerOf(schema);
  if (inner.kind === "plain" || depth > DEPTH_MAX) return <TypeLine schema={schema} />;
  if (inner.kind === "items") {
    return (
      <>
        <TypeLine schema={schema} />
        <SchemaView schema={inner.items} depth={depth + 1} />
      </>
    );
  }
  if (inner.kind === "variants") {
    return (
      <>
        <p class="note">One of:</p>
        {inner.variants.map((variant) => (
          <div class="variant">
            <SchemaView schema={variant} depth={depth + 1} />
          </div>
        ))}
      </>
    );
  }
  return (
    <dl class="fields">
      {inner.fields.map(({ name, field, isRequired }) => (
        <div>
          <dt>
            <code>{name}</code>
            {isRequired ? null : <span class="optional"> optional</span>}
          </dt>
          <dd>
            <SchemaView schema={field} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
};

const TypeLine: FC<{ schema: JsonSchema }> = ({ schema }) => {
  const referred = refOf(schema) ?? refOf(asSchema(schema["items"]));
  const { description } = schema;
  return (
    <span class="type">
      {referred === null ? (
        typeText(schema)
      ) : (
        <>
          {schema["type"] === "array" ? "array of " : ""}
          <a href={`#object-${referred}`}>{referred}</a>
        </>
      )}
      <span class="bounds">{boundsText(schema)}</span>
      {typeof description === "string" ? <span class="description"> {description}</span> : null}
    </span>
  );
};

type Inner =
  | { readonly kind: "plain" }
  | { readonly kind: "items"; readonly items: JsonSchema }
  | { readonly kind: "variants"; readonly variants: ReadonlyArray<JsonSchema> }
  | {
      readonly kind: "fields";
      readonly fields: ReadonlyArray<{ name: string; field: JsonSchema; isRequired: boolean }>;
    };

function innerOf(schema: JsonSchema): Inner {
  const variants = variantsOf(schema);
  if (variants.some(isNested)) return { kind: "variants", variants };
  const items = asSchema(schema["items"]);
  if (items !== null && refOf(items) === null && isNested(items)) return { kind: "items", items };
  const properties = asSchema(schema["properties"]);
  if (properties === null) return { kind: "plain" };
  const required = Array.isArray(schema["required"]) ? (schema["required"] as Array<unknown>) : [];
  return {
    kind: "fields",
    fields: Object.entries(properties).map(([name, field]) => ({
      name,
      field: asSchema(field) ?? {},
      isRequired: required.includes(name),
    })),
  };
}

function isNested(schema: JsonSchema): boolean {
  return schema["properties"] !== undefined || variantsOf(schema).some(isNested);
}

export function variantsOf(schema: JsonSchema): ReadonlyArray<JsonSchema> {
  const listed = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(listed) ? listed.map((variant) => asSchema(variant) ?? {}) : [];
}

export function refOf(schema: JsonSchema | null): string | null {
  const reference = schema?.["$ref"];
  return typeof reference === "string" && reference.startsWith(REF) ? reference.slice(REF.length) : null;
}

export function asSchema(value: unknown): JsonSchema | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : null;
}

function typeText(schema: JsonSchema): string {
  const variants = variantsOf(schema);
  if (variants.length > 0) return variants.map((variant) => refOf(variant) ?? typeText(variant)).join(" or ");
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" · ");
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  const items = asSchema(schema["items"]);
  if (items !== null) return `array of ${refOf(items) ?? typeText(items)}`;
  return typeof schema["type"] === "string" ? schema["type"] : "any";
}

function boundsText(schema: JsonSchema): string {
  const part = (keyword: string, words: string) =>
    typeof schema[keyword] === "number" && Math.abs(schema[keyword]) < Number.MAX_SAFE_INTEGER
      ? [`${words} ${schema[keyword]}`]
      : [];
  const bounds = [
    ...part("minimum", "at least"),
    ...part("maximum", "at most"),
    ...part("maxLength", "length up to"),
    ...part("minItems", "items from"),
    ...part("maxItems", "items up to"),
    ...(schema["default"] === undefined ? [] : [`default ${JSON.stringify(schema["default"])}`]),
  ];
  return bounds.length === 0 ? "" : ` (${bounds.join(", ")})`;
}
