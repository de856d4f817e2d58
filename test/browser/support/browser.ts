import { mkdirSync } from "node:fs";
import path from "node:path";

import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";

import { createApi } from "../../../scripts/api.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "../../../scripts/seed.ts";

/** The engine that all browser tests share: each test has SKUs and shows of its own. */
export const engineUrl = inject("engineUrl");
export const secret = createApi(engineUrl, LOCAL_SECRET_KEY);
export const publishable = createApi(engineUrl, LOCAL_PUBLISHABLE_KEY);

/** Far above what anything takes; it ends a test that would hang. */
const PATIENCE_MS = 60_000;

export type Visit = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything a page must not do: against its policy, or into an error that nobody caught. */
  readonly faults: ReadonlyArray<string>;
  readonly newTab: () => Promise<Page>;
};
export type VisitOptions = {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly locale?: string;
  readonly reducedMotion?: "reduce" | "no-preference";
};

/** Opens windows of people who share nothing. */
export async function openBrowser() {
  const browser: Browser = await chromium.connect(inject("browserEndpoint"));
  const visits: Array<Visit> = [];
  return {
    visit: async (options: VisitOptions = {}): Promise<Visit> => {
      const visit = await openVisit(browser, options);
      visits.push(visit);
      return visit;
    },
    /** Closes what was opened, and tells of what went wrong on any page. */
    endVisits: async (): Promise<void> => {
      const faults = visits.flatMap((visit) => visit.faults);
      await Promise.all(visits.splice(0).map(({ context }) => context.close()));
      expect(faults).toEqual([]);
    },
    close: () => browser.close(),
  };
}

async function openVisit(browser: Browser, options: VisitOptions): Promise<Visit> {
  const { width = 1280, height = 860, colorScheme = "light", locale = "en-US", reducedMotion } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale,
    ...(reducedMotion === undefined ? {} : { reducedMotion }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const faults: Array<string> = [];
  await context.exposeBinding("reportViolation", (_source, said: string) => faults.push(said));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
      const report = (globalThis as unknown as { reportViolation: (said: string) => void }).reportViolation;
      report(`policy: ${violatedDirective} ${blockedURI} in ${sourceFile}`);
    });
  });
  const watch = (page: Page) => page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  const newTab = async () => {
    const page = await context.newPage();
    watch(page);
    return page;
  };
  return { page: await newTab(), context, faults, newTab };
}

/** What axe finds wrong by WCAG 2.2 AA, each in one line. */
export async function axeFindings(page: Page): Promise<ReadonlyArray<string>> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (on: Document, how: object) => Promise<AxeResults> };
    };
    const { violations } = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary ?? ""}`),
    );
  });
}

/** Keeps a picture, where somebody asked for pictures: `HOLDFAST_SCREENSHOTS=folder`. */
export async function picture(page: Page, name: string, isWhole = false): Promise<void> {
  const folder = process.env["HOLDFAST_SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: isWhole });
}
