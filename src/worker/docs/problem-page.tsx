import type { FC } from "hono/jsx";

import type { Operation } from "../../contract/operation.ts";
import { problemTypes, type ProblemCode } from "../../contract/problem.ts";
import { problemCodesOf } from "../http/openapi.ts";
import { Shell } from "./reference-page.tsx";

/** What a caller should do about a status, in one sentence. */
function adviceOn(status: number): string {
  if (status === 401 || status === 403)
    return "Check the key, its kind and its scopes. Repeating does not help.";
  if (status === 404) return "Check the id. It may never have existed, or not belong to you.";
  if (status === 408 || status === 429 || status === 503) {
    return "Wait as long as Retry-After says, then repeat with the same Idempotency-Key.";
  }
  if (status === 409) return "An answer, not a failure: the facts in it say what is so now.";
  if (status === 412) return "Read the resource again, apply your change to what it is now, and send that.";
  if (status >= 500) return "Repeat with the same Idempotency-Key. If it stays, report the request_id.";
  return "Change the request: repeating it as it is gives the same answer.";
}

/** What the `type` of a problem leads to. */
export const ProblemPage: FC<{ code: ProblemCode; operations: ReadonlyArray<Operation> }> = ({
  code,
  operations,
}) => {
  const { status, title, detail } = problemTypes[code];
  const answering = operations.filter((operation) => problemCodesOf(operation).includes(code));
  return (
    <Shell title={`${code} · Holdfast API`}>
      <main id="content" class="single">
        <p>
          <a href="/docs">Holdfast API</a>
        </p>
        <h1>
          <code>{code}</code>
        </h1>
        <p>
          {title}. HTTP status {status}.
        </p>
        <p>{detail}</p>
        <p>{adviceOn(status)}</p>
        {answering.length === 0 ? null : (
          <>
            <h2>Answered by</h2>
            <ul>
              {answering.map((operation) => (
                <li>
                  <a href={`/docs#${operation.id}`}>
                    {operation.method} {operation.path}
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
      </main>
    </Shell>
  );
};
