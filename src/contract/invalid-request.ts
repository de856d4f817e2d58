import type * as z from "zod";

import { problem, type Problem } from "./problem.ts";

const ERRORS_MAX = 20;

/** @param prefix - A JSON pointer to what was checked; empty for the whole body. */
export function invalidProblem(error: z.ZodError, prefix: string): Problem {
  const errors = error.issues
    .slice(0, ERRORS_MAX)
    .map(({ path, message }) => ({ pointer: `${prefix}${jsonPointer(path)}`, detail: message }));
  return problem("request_invalid", { errors });
}

/** RFC 6901. The empty pointer is the whole body. */
function jsonPointer(path: ReadonlyArray<PropertyKey>): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
