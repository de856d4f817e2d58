import { problem, type Problem } from "../../../../contract/problem.ts";
import { err, ok, type Result } from "../../../../domain/result.ts";
import type { SentForm } from "../../form.ts";

/** A field that holds JSON, for what has more shapes than a form. @returns undefined where it was left empty. */
export function readJsonField(form: SentForm, name: string): Result<unknown, Problem> {
  const text = form.text(name);
  if (text === "") return ok(undefined);
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return err(problem("request_invalid", { errors: [{ pointer: `/${name}`, detail: "is not JSON" }] }));
  }
}
