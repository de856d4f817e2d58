import { operations } from "../../contract/operations.ts";

/** Loopback origins are registered for every port, because a developer's page has another one each day. */
const ANY_PORT = ":*";

/**
 * Whether a page of this origin is among those registered with a key. A page that we serve ourselves needs no
 * registration.
 *
 * @param origin - As the browser sent it; `null` for a page without one, which matches nothing.
 */
export function isOriginRegistered(
  registered: ReadonlyArray<string>,
  origin: string,
  requestUrl: string,
): boolean {
  if (origin === new URL(requestUrl).origin) return true;
  return registered.some((entry) =>
    entry.endsWith(ANY_PORT)
      ? origin.replace(/:\d{1,5}$/, "") === entry.slice(0, -ANY_PORT.length)
      : origin === entry,
  );
}

const pagePaths = operations
  .filter(({ access }) => access !== "public" && access.publishable === true)
  .map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));

/** Which methods of a path a page may call; none where the path is not for pages. */
export function pageMethods(path: string): ReadonlyArray<string> {
  return pagePaths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}
