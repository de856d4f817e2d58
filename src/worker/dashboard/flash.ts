import type { Context } from "hono";
import { getCookie } from "hono/cookie";

import type { AppEnv } from "../app.ts";

/** What the page after a change says about it, once. */
export type Flash = { readonly kind: "done" | "failed"; readonly text: string };

const NAME = "holdfast-said";
const TEXT_MAX = 600;

export function flashCookie({ kind, text }: Flash): string {
  const value = encodeURIComponent(JSON.stringify({ kind, text: text.slice(0, TEXT_MAX) }));
  return `${NAME}=${value}; Path=/admin; Max-Age=60; HttpOnly; SameSite=Lax`;
}

export const noFlashCookie = `${NAME}=; Path=/admin; Max-Age=0; HttpOnly; SameSite=Lax`;

/** It comes back from the browser, so it is text to show and nothing else. */
export function readFlash(c: Context<AppEnv>): Flash | null {
  const sent = getCookie(c, NAME);
  if (sent === undefined || sent === "") return null;
  try {
    const { kind, text } = JSON.parse(sent) as Partial<Record<keyof Flash, unknown>>;
    if ((kind !== "done" && kind !== "failed") || typeof text !== "string") return null;
    return { kind, text: text.slice(0, TEXT_MAX) };
  } catch {
    return null;
  }
}
