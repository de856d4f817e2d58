import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import * as esbuild from "esbuild";

import { allRoutes } from "../src/client/routes.ts";

const ROOT = path.dirname(import.meta.dirname);
const root = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  readonly version: string;
  readonly license: string;
  readonly dependencies: { readonly zod: string };
};

/**
 * Makes the client's npm package: one module without dependencies, and declarations in which the contract's own types stand.
 * Those name the schemas, so whoever type-checks needs zod; nothing of it runs.
 *
 * @param folder - Replaced as a whole.
 */
export async function buildClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await esbuild.build({
    entryPoints: [path.join(ROOT, "src/client/client.ts")],
    outfile: path.join(folder, "client.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    absWorkingDir: ROOT,
    plugins: [routesAsList],
    logLevel: "warning",
  });
  writeDeclarations(path.join(folder, "types"));
  cpSync(path.join(ROOT, "LICENSE"), path.join(folder, "LICENSE"));
  cpSync(path.join(ROOT, "docs/client.md"), path.join(folder, "README.md"));
  const description = {
    name: "@holdfast/client",
    version: root.version,
    description: "A typed client of a Holdfast engine: calls, live sockets, retries.",
    license: root.license,
    type: "module",
    exports: { ".": { types: "./types/client/client.d.ts", default: "./client.js" } },
    files: ["client.js", "types"],
    sideEffects: false,
    engines: { node: ">=22" },
    dependencies: { zod: root.dependencies.zod },
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
}

/** The contract makes the list at the time of building; pages need not carry its schemas. */
const routesAsList: esbuild.Plugin = {
  name: "routes-as-list",
  setup(build) {
    build.onLoad({ filter: /src[\\/]client[\\/]routes\.ts$/ }, () => ({
      contents: `export const allRoutes = ${JSON.stringify(allRoutes)};`,
      loader: "js",
    }));
  },
};

function writeDeclarations(folder: string): void {
  const options = {
    extends: path.join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      incremental: false,
      lib: ["es2024", "dom"],
      types: [],
      rootDir: path.join(ROOT, "src"),
      outDir: folder,
    },
    include: [],
    files: [path.join(ROOT, "src/client/client.ts")],
  };
  const config = path.join(path.dirname(folder), "tsconfig.json");
  writeFileSync(config, JSON.stringify(options));
  execFileSync(process.execPath, [path.join(ROOT, "node_modules/typescript/bin/tsc"), "-p", config], {
    stdio: "inherit",
  });
  rmSync(config);
  // Elsewhere a declaration stands for a script, and is imported as one.
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = path.join(folder, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1"));
  }
}

if (process.argv[1] === import.meta.filename) {
  await buildClient(path.join(ROOT, "build/client"));
  await esbuild.stop();
  console.log("The package is in build/client: npm publish build/client");
}
