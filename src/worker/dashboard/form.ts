import type { ProblemCode } from "../../contract/problem.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { BODY_BYTES_MAX, cappedBody, hasMediaType, readBytes } from "../http/body.ts";

/** As much as an import may have, and what a form puts around it. */
const UPLOAD_BYTES_MAX = 32 * 1024 * 1024 + 64 * 1024;

/** What somebody sent with a form. A field that is absent reads as empty. */
export type SentForm = {
  readonly text: (name: string) => string;
  /** Undefined where it was left empty. */
  readonly optional: (name: string) => string | undefined;
  readonly all: (name: string) => ReadonlyArray<string>;
  readonly isOn: (name: string) => boolean;
  readonly names: () => ReadonlyArray<string>;
  readonly file: (name: string) => File | null;
};

export const noForm: SentForm = formOf(new FormData());

/** @returns The code of what is wrong with the body. */
export async function readForm(request: Request): Promise<Result<SentForm, ProblemCode>> {
  if (hasMediaType(request, ["multipart/form-data"])) {
    try {
      const headers = { "content-type": request.headers.get("content-type") ?? "" };
      return ok(formOf(await new Response(cappedBody(request, UPLOAD_BYTES_MAX), { headers }).formData()));
    } catch {
      return err("malformed");
    }
  }
  if (!hasMediaType(request, ["application/x-www-form-urlencoded"])) return err("media_type_unsupported");
  const bytes = await readBytes(request, BODY_BYTES_MAX);
  if (!bytes.ok) return bytes;
  const sent = new FormData();
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes.value))) {
    sent.append(name, value);
  }
  return ok(formOf(sent));
}

function formOf(sent: FormData): SentForm {
  // Browsers send line ends as CRLF, whatever was typed.
  const texts = (name: string) =>
    sent
      .getAll(name)
      .filter((value): value is string => typeof value === "string")
      .map((value) => value.replaceAll("\r\n", "\n").trim());
  const text = (name: string) => texts(name)[0] ?? "";
  return {
    text,
    optional: (name) => (text(name) === "" ? undefined : text(name)),
    all: (name) => texts(name).filter((value) => value !== ""),
    isOn: (name) => text(name) !== "",
    names: () => [...new Set(sent.keys())],
    file: (name) => {
      const value = sent.get(name);
      return value === null || typeof value === "string" || value.size === 0 ? null : value;
    },
  };
}
