import * as z from "zod";

const LENGTH_MAX = 300;

/**
 * An error for people who look after the queues. Values that came with a message are left out, and what looks like an
 * e-mail address or a number of a person is blotted out, because this text is stored and logged.
 */
export function errorText(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issues = error.issues.map(({ path, code }) => `/${path.map(String).join("/")} ${code}`);
    return `the message does not fit its schema: ${issues.join(", ")}`.slice(0, LENGTH_MAX);
  }
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : "something that is no error was thrown";
  return text
    .replaceAll(/\S+@\S+/g, "[e-mail]")
    .replaceAll(/(?<![\w-])\+?\d[\d ()./-]{6,}\d(?![\w-])/g, "[number]")
    .slice(0, LENGTH_MAX);
}
