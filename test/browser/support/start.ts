import path from "node:path";

import sparticuz, { inflate } from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";

import { startTestEngine } from "../../system/support/engine.ts";

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it is added to
  interface ProvidedContext {
    engineUrl: string;
    browserEndpoint: string;
  }
}

/** One engine and one browser for all files: each costs seconds to start, and contexts keep tests apart. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shop = await startTestEngine();
  // Not the arguments that come with it: they switch off what keeps pages of other origins out.
  const browser = await chromium.launchServer({
    executablePath: await sparticuz.executablePath(),
    args: [
      "--no-sandbox",
      "--no-zygote",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--force-color-profile=srgb",
    ],
    env: { ...process.env, LD_LIBRARY_PATH: await libraryPath() },
    headless: true,
  });
  project.provide("engineUrl", shop.engine.url);
  project.provide("browserEndpoint", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await shop.end();
  };
}

/** The browser's package brings the libraries that a bare system lacks (NSS above all), and unpacks them by itself only in a Lambda. */
async function libraryPath(): Promise<string> {
  const pack = "../../../node_modules/@sparticuz/chromium/bin/al2023.tar.br";
  const unpacked = await inflate(path.join(import.meta.dirname, pack));
  const given = process.env["LD_LIBRARY_PATH"];
  return [...(given === undefined ? [] : [given]), path.join(unpacked, "lib")].join(":");
}
