import { expect, test } from "vitest";
import * as z from "zod";

import { errorText } from "../../src/worker/error-text.ts";

test("an error is named, and persons in it are not", () => {
  expect(errorText(new TypeError("no route to ada@example.com, call +49 30 1234567"))).toBe(
    "TypeError: no route to [e-mail] call [number]",
  );
  expect(errorText(new Error("x".repeat(1000)))).toHaveLength(300);
  expect(errorText("ada@example.com")).not.toContain("ada");
});

test("a failed query tells what the database said, without what it was asked with", () => {
  const query = "Failed query: insert into customer values (?)\nparams: Ada Lovelace,12 St James's Square";
  expect(errorText(new Error(query))).toBe("Error: Failed query: insert into customer values (?)");
  expect(errorText(new Error(query, { cause: new Error("D1_ERROR: overloaded") }))).toBe(
    "Error: D1_ERROR: overloaded",
  );
});

test("our own ids stay readable", () => {
  const text = "Error: stock of ord_01kaqbr5a01234567890 was not shipped";
  expect(errorText(new Error(text.slice(7)))).toBe(text);
});

test("a schema's complaint names places, never values", () => {
  const parsed = z.strictObject({ id: z.int() }).safeParse({ id: "ada@example.com" });
  expect(errorText(parsed.error)).toBe("the message does not fit its schema: /id invalid_type");
});
