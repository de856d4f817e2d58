import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
// The Worker imports it where it draws. A consumer that still draws a label while its file ends would ask the test runner,
// which is gone by then, for the module, and take the whole run down.
import "pdf-lib";

// Storage is isolated by test file, so each file starts with an empty, migrated database.
await applyD1Migrations(env.DB, (env as unknown as { TEST_MIGRATIONS: Array<D1Migration> }).TEST_MIGRATIONS);
