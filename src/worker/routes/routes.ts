import type { Hono } from "hono";

import type { AppEnv } from "../app.ts";
import { registerHolds } from "./holds.ts";

/** Every group of routes. A group that is not listed here is not served. */
export const routes: ReadonlyArray<(app: Hono<AppEnv>) => void> = [registerHolds];
