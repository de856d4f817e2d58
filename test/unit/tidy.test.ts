import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const filesUnder = (folder: string) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|tsx)$/.test(file))
    .map((file) => path.join(folder, file));

describe("the linter refuses an import across layers", () => {
  const crossings: ReadonlyArray<readonly [layer: string, file: string, source: string]> = [
    ["domain → zod", "src/domain/inventory/bad.ts", `import * as z from "zod";\nexport const s = z.int();\n`],
    ["domain → contract", "src/domain/bad.ts", `export { p } from "../contract/problem.ts";\n`],
    [
      "domain → db",
      "src/domain/orders/bad.ts",
      `import { p } from "../../db/keys.ts";\nexport const q = p;\n`,
    ],
    ["domain → node", "src/domain/bad.ts", `import { p } from "node:crypto";\nexport const q = p;\n`],
    ["domain → clock", "src/domain/bad.ts", `export const now = () => Date.now();\n`],
    ["domain → randomness", "src/domain/bad.ts", `export const dice = () => Math.random();\n`],
    ["domain → ids", "src/domain/bad.ts", `export const id = () => crypto.randomUUID();\n`],
    ["domain → network", "src/domain/bad.ts", `export const ask = () => fetch("https://a.example");\n`],
    ["contract → hono", "src/contract/bad.ts", `import { p } from "hono";\nexport const q = p;\n`],
    ["contract → db", "src/contract/bad.ts", `import { p } from "../db/keys.ts";\nexport const q = p;\n`],
    [
      "contract → worker",
      "src/contract/bad.ts",
      `import { p } from "../worker/app.ts";\nexport const q = p;\n`,
    ],
    [
      "integrations → db",
      "src/integrations/carriers/bad.ts",
      `import { p } from "../../db/keys.ts";\nexport const q = p;\n`,
    ],
    [
      "integrations → worker",
      "src/integrations/bad.ts",
      `import { p } from "../worker/app.ts";\nexport const q = p;\n`,
    ],
    [
      "db → durable objects",
      "src/db/bad.ts",
      `import { p } from "../durable-objects/sku/client.ts";\nexport const q = p;\n`,
    ],
    ["db → worker", "src/db/bad.ts", `import { p } from "../worker/app.ts";\nexport const q = p;\n`],
    ["objects → hono", "src/durable-objects/sku/bad.ts", `import { p } from "hono";\nexport const q = p;\n`],
    [
      "objects → worker",
      "src/durable-objects/bad.ts",
      `import { p } from "../worker/services.ts";\nexport const q = p;\n`,
    ],
    ["use cases → hono", "src/worker/use-cases/bad.ts", `import { p } from "hono";\nexport const q = p;\n`],
    [
      "use cases → environment",
      "src/worker/use-cases/bad.ts",
      `import { p } from "cloudflare:workers";\nexport const q = p;\n`,
    ],
    [
      "use cases → routes",
      "src/worker/use-cases/bad.ts",
      `import { p } from "../routes/routes.ts";\nexport const q = p;\n`,
    ],
    ["any", "src/worker/bad.ts", `export const anything: any = 1;\n`],
    ["non-null assertion", "src/worker/bad.ts", `export const first = (l: Array<string>) => l[0]!;\n`],
    ["default export", "src/worker/bad.ts", `export default 1;\n`],
  ];
  let copy = "";
  let findings: ReadonlyArray<{ readonly filename: string; readonly code: string }> = [];
  const fileOf = (index: number, file: string) => file.replace("bad.ts", `bad-${index}.ts`);

  beforeAll(() => {
    copy = mkdtempSync(path.join(os.tmpdir(), "holdfast-lint-"));
    for (const file of [".oxlintrc.json", "tsconfig.json", "package.json"]) {
      cpSync(path.join(ROOT, file), path.join(copy, file));
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(copy, "node_modules"));
    for (const [index, [, file, source]] of crossings.entries()) {
      const to = path.join(copy, fileOf(index, file));
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, source);
    }
    mkdirSync(path.join(copy, "src/domain/fine"), { recursive: true });
    writeFileSync(path.join(copy, "src/domain/fine/fine.ts"), `export const one = 1;\n`);
    findings = (JSON.parse(lint(copy)) as { diagnostics: Array<{ filename: string; code: string }> })
      .diagnostics;
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const rules = new Map([
    ["domain → clock", "no-restricted-globals"],
    ["domain → ids", "no-restricted-globals"],
    ["domain → network", "no-restricted-globals"],
    ["domain → randomness", "no-restricted-properties"],
    ["any", "no-explicit-any"],
    ["non-null assertion", "no-non-null-assertion"],
    ["default export", "no-default-export"],
  ]);
  test.each(crossings.map((crossing, index) => [crossing[0], fileOf(index, crossing[1])] as const))(
    "%s",
    (name, file) => {
      const rule = rules.get(name) ?? "no-restricted-imports";
      const fired = findings.filter((finding) => finding.filename === file).map((finding) => finding.code);
      expect(fired).toContainEqual(expect.stringContaining(`(${rule})`));
    },
  );

  test("and lets a clean file pass", () => {
    expect(findings.map((finding) => finding.filename)).not.toContain("src/domain/fine/fine.ts");
  });
});

/** Oxlint ends with 1 when it found something, and prints its findings all the same. */
function lint(folder: string): string {
  const oxlint = path.join(ROOT, "node_modules/.bin/oxlint");
  try {
    return execFileSync(oxlint, ["--format", "json", "src"], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe("the tree keeps its promises", () => {
  test("no file of src is longer than 400 lines", () => {
    const long = filesUnder("src").filter((file) => read(file).split("\n").length > 400);
    expect(long).toEqual([]);
  });

  test("nothing is left for later in a comment", () => {
    const marks = new RegExp(
      ["TO" + "DO", "FIX" + "ME", "XX" + "X"].map((mark) => `\\b${mark}\\b`).join("|"),
    );
    const marked = [...filesUnder("src"), ...filesUnder("test"), ...filesUnder("scripts")].filter((file) =>
      marks.test(read(file)),
    );
    expect(marked).toEqual([]);
  });

  test("no file is named for what it does not hold", () => {
    const vague = [...filesUnder("src"), ...filesUnder("scripts")].filter((file) =>
      /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)/.test(file),
    );
    expect(vague).toEqual([]);
  });

  test("file names are kebab-case", () => {
    const odd = [...filesUnder("src"), ...filesUnder("scripts"), ...filesUnder("test")].filter(
      (file) => !/^[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(path.basename(file)),
    );
    expect(odd).toEqual([]);
  });

  test("migrations are numbered from 1 without gap or repeat", () => {
    const numbers = readdirSync(path.join(ROOT, "migrations"))
      .filter((file) => file.endsWith(".sql"))
      .sort()
      .map((file) => Number(file.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test("what wrangler.toml binds, code reads", () => {
    const config = read("wrangler.toml");
    const bindings = [
      ...[...config.matchAll(/^(?:binding|name) = "([A-Z_]+)"/gm)].map((match) => match[1]),
      ...[...config.matchAll(/^([A-Z_]+) = "/gm)].map((match) => match[1]),
    ];
    const source = filesUnder("src").map(read).join("\n");
    expect(bindings.length).toBeGreaterThan(8);
    expect(bindings.filter((binding) => !source.includes(`.${binding}`))).toEqual([]);
  });

  test("each class in wrangler.toml is exported by the Worker, and each queue has a dead-letter queue", () => {
    const config = read("wrangler.toml");
    const index = read("src/worker/index.ts");
    const classes = [...config.matchAll(/class_name = "(\w+)"/g)].map((match) => match[1] ?? "");
    expect(classes.filter((name) => !index.includes(`export { ${name} }`))).toEqual([]);
    expect(classes.filter((name) => !config.includes(`[exports.${name}]`))).toEqual([]);

    const produced = [...config.matchAll(/binding = "\w+_QUEUE"\nqueue = "([\w-]+)"/g)].map(
      (m) => m[1] ?? "",
    );
    expect(produced.length).toBeGreaterThan(0);
    expect(produced.filter((queue) => !config.includes(`dead_letter_queue = "${queue}-dlq"`))).toEqual([]);
    expect(produced.filter((queue) => !config.includes(`queue = "${queue}-dlq"\nmax_batch_size`))).toEqual(
      [],
    );
  });

  test("every npm script is explained in README or CONTRIBUTING", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const docs = read("README.md") + read("CONTRIBUTING.md");
    const invoked = (name: string) =>
      name === "test" || name === "start" ? docs.includes(`npm ${name}`) : docs.includes(`npm run ${name}`);
    expect(Object.keys(scripts).filter((name) => !invoked(name))).toEqual([]);
  });

  test("the lock file names every platform's build of a dependency, without which npm ci refuses to start", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${at}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  test("versions are exact", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});
