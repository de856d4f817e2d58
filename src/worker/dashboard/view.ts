import type { Scope } from "../../contract/operation.ts";
import type { Services } from "../services.ts";
import type { Ask } from "./ask.ts";
import type { Flash } from "./flash.ts";
import type { SignedIn } from "./signed-in.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** What every page knows: who looks at it, when, and how to ask the engine. */
export type View = {
  readonly who: SignedIn;
  readonly ask: Ask;
  /** For what only pages want to know. Changes go through `ask`. */
  readonly services: Services;
  readonly nowMs: number;
  readonly theme: Theme;
  readonly flash: Flash | null;
  /** Path and query of the page. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** A parameter of the query; undefined where it is absent or empty. */
  readonly query: (name: string) => string | undefined;
  /** Ends the session. @returns The `Set-Cookie` that takes it from the browser. */
  readonly signOut: () => Promise<string>;
  readonly can: (scope: Scope) => boolean;
};
