import type { Child, FC } from "hono/jsx";

import type { Operation } from "../../contract/operation.ts";
import { problemTypes } from "../../contract/problem.ts";
import { browserPath } from "../browser/files.ts";
import { openApiDocument, problemCodesOf, type JsonSchema } from "../http/openapi.ts";
import { exampleOf } from "./example.ts";
import { asSchema, SchemaView } from "./schema-view.tsx";

export const Shell: FC<{ title: string; children?: Child }> = ({ title, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{title}</title>
      <link rel="stylesheet" href={browserPath("reference.css")} />
    </head>
    <body>{children}</body>
  </html>
);

/** The API reference: everything in `operations`, nothing else. */
export const ReferencePage: FC<{ operations: ReadonlyArray<Operation>; origin: string }> = ({
  operations,
  origin,
}) => {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const { components } = openApiDocument();
  return (
    <Shell title="Holdfast API">
      <a class="skip" href="#content">
        Skip to the reference
      </a>
      <header>
        <h1>Holdfast API</h1>
        <p>
          <a href="/openapi.json">OpenAPI 3.1</a>
        </p>
      </header>
      <nav aria-label="Operations">
        <label for="filter">Find</label>
        <input id="filter" type="search" placeholder="path or word" autocomplete="off" />
        {tags.map((tag) => (
          <section>
            <h2>{tag}</h2>
            <ul>
              {operations
                .filter((operation) => operation.tag === tag)
                .map((operation) => (
                  <li data-find={`${operation.method} ${operation.path} ${operation.summary}`.toLowerCase()}>
                    <a href={`#${operation.id}`}>
                      <Method method={operation.method} />
                      <span>{operation.path}</span>
                    </a>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
      <main id="content">
        <Conventions />
        {operations.map((operation) => (
          <OperationView operation={operation} origin={origin} />
        ))}
        <h2 id="objects">Objects</h2>
        {Object.entries(components.schemas).map(([name, schema]) => (
          <article id={`object-${name}`}>
            <h3>{name}</h3>
            <SchemaView schema={schema} />
          </article>
        ))}
      </main>
      <script src={browserPath("reference.js")} defer></script>
    </Shell>
  );
};

const Method: FC<{ method: string }> = ({ method }) => (
  <b class={`method ${method.toLowerCase()}`}>{method}</b>
);

const Conventions: FC = () => (
  <section>
    <p>
      Send a key as <code>Authorization: Bearer …</code>. Publishable keys (<code>pk_…</code>) may be in
      pages; secret keys (<code>sk_…</code>) carry scopes and never belong there. Amounts are integers in
      minor units, times are RFC 3339 in UTC. Every changing POST carries an <code>Idempotency-Key</code>:
      repeat it after a failure and nothing happens twice. Lists take <code>limit</code> and{" "}
      <code>cursor</code>. Errors are problems (RFC 9457) with a <code>code</code>.
    </p>
  </section>
);

const OperationView: FC<{ operation: Operation; origin: string }> = ({ operation, origin }) => {
  const { paths } = openApiDocument();
  const described = paths[operation.path]?.[operation.method.toLowerCase()] ?? {};
  const body = contentSchema(described["requestBody"]);
  const parameters = (described["parameters"] ?? []) as ReadonlyArray<JsonSchema>;
  const success = contentSchema(asSchema(described["responses"])?.[operation.success.status]);
  return (
    <article id={operation.id}>
      <h3>
        <Method method={operation.method} />
        <code>{operation.path}</code>
      </h3>
      <p>
        {operation.summary}. {operation.description}
      </p>
      <p class="note">{accessText(operation)}</p>
      {parameters.length === 0 ? null : <Parameters parameters={parameters} />}
      {body === null ? null : (
        <>
          <h4>Body</h4>
          <SchemaView schema={body} />
        </>
      )}
      <h4>Answer {operation.success.status}</h4>
      {success === null ? <p>{operation.success.contentType}</p> : <SchemaView schema={success} />}
      <h4>Problems</h4>
      <ul class="problems">
        {problemCodesOf(operation).map((code) => (
          <li>
            {problemTypes[code].status} <a href={`/problems/${code}`}>{code}</a>
          </li>
        ))}
      </ul>
      <h4>Example</h4>
      <pre tabindex={0}>
        <code>{curlOf(operation, body, origin)}</code>
      </pre>
    </article>
  );
};

const Parameters: FC<{ parameters: ReadonlyArray<JsonSchema> }> = ({ parameters }) => (
  <>
    <h4>Parameters</h4>
    <dl class="fields">
      {parameters.map((parameter) => (
        <div>
          <dt>
            <code>{String(parameter["name"])}</code>
            <span class="optional">
              {" "}
              {String(parameter["in"])}
              {parameter["required"] === true ? "" : ", optional"}
            </span>
          </dt>
          <dd>
            <SchemaView schema={asSchema(parameter["schema"]) ?? {}} />
          </dd>
        </div>
      ))}
    </dl>
  </>
);

function contentSchema(holder: unknown): JsonSchema | null {
  const content = asSchema(asSchema(holder)?.["content"]);
  return asSchema(asSchema(content?.["application/json"])?.["schema"]);
}

function accessText({ access }: Operation): string {
  if (access === "public") return "Needs no key.";
  return access.publishable === true
    ? `Publishable key, or secret key with ${access.scope}.`
    : `Secret key with ${access.scope}.`;
}

function curlOf(operation: Operation, body: JsonSchema | null, origin: string): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const { components } = openApiDocument();
  return [
    `curl -X ${operation.method} ${origin}${path}`,
    ...(operation.access === "public" ? [] : ['-H "Authorization: Bearer $HOLDFAST_KEY"']),
    ...(operation.idempotency === "none" ? [] : ['-H "Idempotency-Key: $(uuidgen)"']),
    ...(operation.rawBody === undefined
      ? []
      : [`-H "Content-Type: ${operation.rawBody.contentTypes[0] ?? ""}"`, "--data-binary @FILE"]),
    ...(body === null
      ? []
      : [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(exampleOf(body, components.schemas), null, 2)}'`,
        ]),
  ].join(" \\\n  ");
}
