/* oxlint-disable typescript/no-explicit-any -- specifications of others are read as they come */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { parseDocument } from "yaml";

/** Real files of others, which this repository does not hold. */
export const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");

export function specification(file: string): any {
  const bytes = readFileSync(path.join(data, file));
  const text = new TextDecoder().decode(file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  if (!file.endsWith(".yaml")) return JSON.parse(text);
  // Tabs and lines that end too early stand in some of their descriptions; what can be read around them is.
  return parseDocument(text.replaceAll("\t", " ".repeat(8)), { strict: false }).toJS();
}

/** What of a value does not fit its schema: missing and unknown members, wrong types, words that are not in a list. */
export function misfits(spec: any, given: any, value: any, at = ""): Array<string> {
  const schema = resolved(spec, given);
  if (schema?.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is not in its list`];
  if (Array.isArray(value)) {
    if (schema?.type !== "array") return [`${at}: is an array`];
    return value.flatMap((item, index) => misfits(spec, schema.items, item, `${at}/${index}`));
  }
  if (typeof value === "object" && value !== null) {
    const known = schema?.properties;
    if (known === undefined) return [];
    const missing = (schema.required ?? [])
      .filter((name: string) => value[name] === undefined)
      .map((name: string) => `${at}: lacks ${name}`);
    return [
      ...missing,
      ...Object.entries(value).flatMap(([name, member]) =>
        known[name] === undefined
          ? [`${at}: does not know ${name}`]
          : misfits(spec, known[name], member, `${at}/${name}`),
      ),
    ];
  }
  if (typeof value === "string") {
    if (schema?.maxLength !== undefined && value.length > schema.maxLength)
      return [`${at}: is longer than ${schema.maxLength}`];
  }
  const type = Number.isInteger(value) ? ["integer", "number"] : [typeof value];
  return schema?.type === undefined || type.includes(schema.type) ? [] : [`${at}: is no ${schema.type}`];
}

/** The schema that a reference, or a choice of one, stands for; what is composed of several, with all their members. */
function resolved(spec: any, schema: any): any {
  if (schema?.$ref !== undefined) {
    const target = String(schema.$ref)
      .slice(2)
      .split("/")
      .reduce((here, key) => here?.[key], spec);
    return resolved(spec, target);
  }
  if (schema?.oneOf?.length === 1) return resolved(spec, schema.oneOf[0]);
  if (schema?.allOf === undefined) return schema;
  const parts = schema.allOf.map((part: any) => resolved(spec, part));
  return {
    ...schema,
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, schema.properties, ...parts.map((part: any) => part.properties)),
    required: [...(schema.required ?? []), ...parts.flatMap((part: any) => part.required ?? [])],
  };
}
