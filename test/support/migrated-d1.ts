import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Storage is isolated by test file, so each file starts with an empty, migrated database.
await applyD1Migrations(env.DB, (env as unknown as { TEST_MIGRATIONS: Array<D1Migration> }).TEST_MIGRATIONS);
