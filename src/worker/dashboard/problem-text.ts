import type { Problem } from "../../contract/problem.ts";

/** Members that a person is not told: the sentence says it already, or only programs want it. */
const UNTOLD = new Set([
  "type",
  "title",
  "status",
  "code",
  "detail",
  "errors",
  "request_id",
  "retry_after_seconds",
]);

/** A problem as a person reads it: what happened, the facts, what to do. */
export function problemText(problem: Problem): string {
  const facts = Object.entries(problem)
    .filter(([name, value]) => !UNTOLD.has(name) && isPlain(value))
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${String(value)}`);
  const errors = (problem.errors ?? []).map(({ pointer, detail }) => `${fieldOf(pointer)}: ${detail}`);
  return [
    `${problem.title}.`,
    problem.detail ?? "",
    facts.length > 0 ? `(${facts.join(", ")})` : "",
    errors.join("; "),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** What is wrong with a field of a body, by a JSON pointer's beginning; null where nothing is. */
export function errorAt(problem: Problem | null, pointer: string): string | null {
  const found = (problem?.errors ?? []).filter((error) => `${error.pointer}/`.startsWith(`${pointer}/`));
  return found.length === 0 ? null : found.map(({ detail }) => detail).join("; ");
}

function fieldOf(pointer: string): string {
  const names = pointer.split("/").filter((part) => part !== "" && part !== "query" && part !== "path");
  return names.length === 0 ? "the form" : names.map((name) => name.replaceAll("_", " ")).join(" ");
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
