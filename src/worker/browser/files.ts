import { type BrowserFile, browserFiles } from "#browser-files";

import { invariant } from "../../domain/invariant.ts";

const byName = new Map(browserFiles.map((file) => [file.name, file]));

/**
 * Where a page finds one of our scripts or style sheets. The path changes whenever the text does, so that browsers keep
 * it for as long as they like.
 *
 * @param name - Of the file built from `src/browser`: `reference.js` for `src/browser/reference.ts`.
 */
export function browserPath(name: string): string {
  const file = byName.get(name);
  invariant(file !== undefined, `src/browser has no source of ${name}`);
  const dot = name.lastIndexOf(".");
  return `/assets/${name.slice(0, dot)}.${file.hash}${name.slice(dot)}`;
}

/** @param named - As {@link browserPath} names it, or by its name alone. */
export function findBrowserFile(named: string): { readonly file: BrowserFile; isExact: boolean } | null {
  const [, stem, hash, extension] = /^([a-z0-9-]+)(?:\.([0-9a-f]{16}))?(\.(?:js|css))$/.exec(named) ?? [];
  const file = byName.get(`${stem}${extension}`);
  return file === undefined ? null : { file, isExact: file.hash === hash };
}
