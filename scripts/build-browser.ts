import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

import * as esbuild from "esbuild";

const ROOT = path.dirname(import.meta.dirname);
const SOURCES = path.join(ROOT, "src/browser");
const OUTPUT = path.join(ROOT, "build/browser-files.js");
const CONTENT_TYPES = { ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" } as const;

/**
 * Makes the module `#browser-files` of what browsers are served: each `.ts` and `.css` file directly in `src/browser` is a
 * file of its own, with all that it imports. It takes a tenth of a second, so whatever runs or bundles the Worker makes it
 * anew first, and nothing built is ever in the repository.
 */
export async function buildBrowserFiles(): Promise<void> {
  const entries = readdirSync(SOURCES).filter((name) => /\.(ts|css)$/.test(name) && !name.endsWith(".d.ts"));
  const { outputFiles } = await esbuild.build({
    entryPoints: entries.map((name) => path.join(SOURCES, name)),
    bundle: true,
    minify: true,
    write: false,
    // Neither a page's own names nor ours can collide, whether it loads a file as a module or not.
    format: "iife",
    target: ["chrome111", "firefox114", "safari16.4"],
    plugins: [cssAsText],
    outdir: path.join(ROOT, "build"),
    absWorkingDir: ROOT,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  const files = outputFiles
    .map(({ path: file, text }) => ({ ...path.parse(file), text }))
    .sort((one, other) => (one.base < other.base ? -1 : 1))
    .map(({ base, ext, text }) => ({
      name: base,
      contentType: CONTENT_TYPES[ext as keyof typeof CONTENT_TYPES],
      hash: createHash("sha256").update(text).digest("hex").slice(0, 16),
      text,
    }));
  writeWhole(`export const browserFiles = ${JSON.stringify(files, null, 1)};\n`);
}

/** A style sheet that a script imports is for the script to use, as in a shadow root; others are files of their own. */
const cssAsText: esbuild.Plugin = {
  name: "css-as-text",
  setup(build) {
    build.onResolve({ filter: /\.css$/ }, ({ path: file, kind, resolveDir }) =>
      kind === "import-statement"
        ? { path: path.join(resolveDir, file), namespace: "css-as-text" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "css-as-text" }, async ({ path: file }) => {
      const { code } = await esbuild.transform(readFileSync(file, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** In one step, because several test runners may build at once while one of them reads. */
function writeWhole(module: string): void {
  if (existsSync(OUTPUT) && readFileSync(OUTPUT, "utf8") === module) return;
  mkdirSync(path.dirname(OUTPUT), { recursive: true });
  const written = `${OUTPUT}.${process.pid}`;
  writeFileSync(written, module);
  renameSync(written, OUTPUT);
}

if (process.argv[1] === import.meta.filename) {
  await buildBrowserFiles();
  await esbuild.stop();
}
