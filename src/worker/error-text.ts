import * as z from "zod";

const LENGTH_MAX = 300;

/** A failed query's error quotes its parameters, and they may be an address: what the database said is its cause. */
function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof Error && inner.cause instanceof Error; depth += 1) {
    inner = inner.cause;
  }
  return inner;
}

/**
 * An error for people who look after the queues. Values that came with a message are left out, and what looks like an
 * e-mail address or a number of a person is blotted out, because this text is stored and logged.
 */
export function errorText(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issues = error.issues.map(({ path, code }) => `/${path.map(String).join("/")} ${code}`);
    return `the message does not fit its schema: ${issues.join(", ")}`.slice(0, LENGTH_MAX);
  }
  const inner = innermost(error);
  const text =
    inner instanceof Error ? `${inner.name}: ${inner.message}` : "something that is no error was thrown";
  return text
    .replace(/\nparams: .*/s, "")
    .replaceAll(/\S+@\S+/g, "[e-mail]")
    .replaceAll(/(?<![\w-])\+?\d[\d ()./-]{6,}\d(?![\w-])/g, "[number]")
    .slice(0, LENGTH_MAX);
}
