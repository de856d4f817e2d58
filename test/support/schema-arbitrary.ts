import fc from "fast-check";

import { asSchema, refOf, variantsOf } from "../../src/worker/docs/schema-view.tsx";
import type { JsonSchema } from "../../src/worker/http/openapi.ts";

type Components = Readonly<Record<string, JsonSchema>>;

/** Values that a JSON schema of the document allows, as a client that only has the document would make them. */
export function fitting(schema: JsonSchema, components: Components): fc.Arbitrary<unknown> {
  const referred = refOf(schema);
  if (referred !== null) return fitting(components[referred] ?? {}, components);
  if (schema["const"] !== undefined) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as Array<unknown>));
  const variants = variantsOf(schema);
  if (variants.length > 0) return fc.oneof(...variants.map((variant) => fitting(variant, components)));
  switch (schema["type"]) {
    case "object":
      return fittingObject(schema, components);
    case "array":
      return fc.array(fitting(asSchema(schema["items"]) ?? {}, components), {
        minLength: numberOr(schema["minItems"], 0),
        maxLength: Math.min(numberOr(schema["maxItems"], 3), 3),
      });
    case "integer":
      return fittingInteger(schema);
    case "number":
      return fc.double({
        min: numberOr(schema["minimum"], -1e6),
        max: numberOr(schema["maximum"], 1e6),
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    case "string":
      return fittingText(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function fittingObject(schema: JsonSchema, components: Components): fc.Arbitrary<unknown> {
  const required = Array.isArray(schema["required"]) ? (schema["required"] as Array<string>) : [];
  const fields = Object.entries(asSchema(schema["properties"]) ?? {}).map(
    ([name, field]) => [name, fitting(asSchema(field) ?? {}, components)] as const,
  );
  if (fields.length > 0) return fc.record(Object.fromEntries(fields), { requiredKeys: required });
  const values = asSchema(schema["additionalProperties"]);
  if (values === null) return fc.constant({});
  return fc.dictionary(
    fittingText(asSchema(schema["propertyNames"]) ?? { type: "string" }),
    fitting(values, components),
    { maxKeys: 3 },
  );
}

/** Small numbers often, because those get furthest; the bounds themselves now and then. */
function fittingInteger(schema: JsonSchema): fc.Arbitrary<number> {
  const min = numberOr(schema["minimum"], -1000);
  const max = numberOr(schema["maximum"], 1000);
  const near = Math.min(Math.max(min, 0) + 20, max);
  return fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: Math.min(Math.max(min, 0), near), max: near }) },
    { weight: 1, arbitrary: fc.constantFrom(min, max) },
  );
}

function fittingText(schema: JsonSchema): fc.Arbitrary<string> {
  const { pattern, format, example } = schema;
  const examples = typeof example === "string" ? [fc.constant(example), fc.constant(example)] : [];
  if (format === "date-time") {
    return fc
      .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (typeof pattern === "string") return fc.oneof(...examples, fc.stringMatching(new RegExp(pattern)));
  const length = Math.min(numberOr(schema["maxLength"], 20), 20);
  return fc.oneof(...examples, fc.string({ minLength: numberOr(schema["minLength"], 0), maxLength: length }));
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** A value with one thing in it wrong: a field gone, added, or turned into something else. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(null, "", "\u0000", "\ud800", "x".repeat(300), -1, 1.5, 2 ** 53, [], {}),
  );
  const paths = pathsOf(value);
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...paths), fc.option(anything, { nil: undefined }))
        .map(([path, replacement]) => replaced(value, path, replacement)),
    },
    { weight: 1, arbitrary: anything.map((extra) => (isRecord(value) ? { ...value, extra } : extra)) },
  );
}

type Path = ReadonlyArray<string>;

function pathsOf(value: unknown, path: Path = []): Array<Path> {
  const below =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))
      : [];
  return [path, ...below];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, by) : item));
  }
  return isRecord(value) ? { ...value, [key]: replaced(value[key], rest, by) } : by;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
