import path from "node:path";

import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

import { buildBrowserFiles } from "./scripts/build-browser.ts";

/** Nothing asserts how fast it is: a limit only ends what hangs, on a busy machine too. */
const patient = { testTimeout: 180_000, hookTimeout: 60_000 };

await buildBrowserFiles();

export default defineConfig(async () => ({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/store/**/*.test.ts", "test/simulation/**/*.test.ts"],
          setupFiles: ["./test/support/fixed-seed.ts"],
          ...patient,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Nothing in a test reaches the network, whatever it is given as an address.
              outboundService: () => new Response("tests have no network", { status: 502 }),
              bindings: {
                PAYMENTS_ON_TRUST: "any_key",
                FULFILLMENT_MODE: "automatic",
                PAGE_LIMITS: "off",
                STRIPE_SECRET_KEY: "sk_test_stripe",
                STRIPE_WEBHOOK_SECRET: "whsec_of_the_tests",
                BUYER_TOKEN_SECRET: "a-secret-of-the-tests-with-40-characters",
                // Two thousand is the full size of the storm, which takes its minutes.
                STORM_ORDERS: process.env["HOLDFAST_STORM_ORDERS"] ?? "150",
                PUBLIC_URL: "https://stock.example.com",
                POSTMARK_WEBHOOK_PASSWORD: "a password of the tests",
                HOLDFAST_SECRETS_KEY: "a key for tests, and for nothing else",
                TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, "migrations")),
              },
            },
          }),
        ],
        test: {
          name: "integration",
          // One file each instead of hundreds, which every test file would fetch one by one.
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: [
                  "drizzle-orm",
                  "drizzle-orm/d1",
                  "drizzle-orm/sqlite-core",
                  "pdf-lib",
                  "stripe",
                  "zod",
                ],
              },
            },
          },
          include: ["test/integration/**/*.test.ts"],
          setupFiles: ["./test/support/migrated-d1.ts"],
          ...patient,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          ...patient,
          // Each file has an engine of its own, and two on one machine would starve each other.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/browser/support/start.ts"],
          ...patient,
          // All share one engine and one browser.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
}));
