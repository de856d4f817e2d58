import { deleteOld } from "../../db/retention.ts";
import type { Services } from "../services.ts";
import { askChannels } from "../use-cases/ask-channels.ts";
import { expireDrafts } from "../use-cases/expire-drafts.ts";
import { keepDraws } from "../use-cases/keep-draws.ts";
import { cancelOverdueBackorders, raiseStuckFulfillment } from "../use-cases/overdue-fulfillment.ts";
import { planRules } from "../use-cases/plan-rules.ts";
import { retryPaymentNews } from "../use-cases/receive-payment-news.ts";
import { reconcile } from "../use-cases/reconcile.ts";
import { relayDueWebhooks, relayEvents } from "../use-cases/relay-events.ts";
import { relayDueMessages, relayMessages } from "../use-cases/relay-messages.ts";
import { relayOutbox } from "../use-cases/relay-outbox.ts";
import { retryIncomplete } from "../use-cases/retry-incomplete.ts";
import { retryPaymentRequests } from "../use-cases/settle-requests.ts";
import { settleShows } from "../use-cases/settle-shows.ts";
import { tellShows } from "../use-cases/tell-shows.ts";
import { askCarriers } from "../use-cases/track-parcels.ts";
import { watchPayments } from "../use-cases/watch-payments.ts";
import { sealClearSecrets } from "../use-cases/webhook-secrets.ts";

/** Answers to idempotency keys are kept this long, and so are replayed dead letters. */
const RETENTION_MS = 30 * 86_400_000;
/** Bounds one run; what is left over waits a minute, or a day. */
const ROUNDS_MAX = 20;
const DAILY = "17 3 * * *";

/** What a cron trigger does. Each part is tried whatever became of the one before it. */
export async function runScheduled(cron: string, services: Services): Promise<void> {
  if (cron === DAILY) {
    await attempt("retention", () => repeat(() => deleteOld(services.db, services.nowMs() - RETENTION_MS)));
    await attempt("webhook secrets", async () => void (await sealClearSecrets(services)));
    await attempt("stuck", () => raiseStuckFulfillment(services));
    return;
  }
  await attempt("relay", () => repeat(() => relayOutbox(services)));
  await attempt("events", () => relayEvents(services));
  await attempt("rules", () => planRules(services));
  await attempt("messages", () => relayMessages(services));
  await attempt("due messages", () => relayDueMessages(services));
  await attempt("webhooks", () => relayDueWebhooks(services));
  await attempt("backorders", () => cancelOverdueBackorders(services));
  await attempt("incomplete", async () => void (await retryIncomplete(services)));
  await attempt("payments", async () => void (await retryPaymentRequests(services)));
  await attempt("payment news", () => retryPaymentNews(services));
  await attempt("awaited payments", () => watchPayments(services));
  await attempt("quotes", () => expireDrafts(services));
  await attempt("channels", () => askChannels(services));
  await attempt("parcels", () => askCarriers(services));
  await attempt("shows", () => tellShows(services));
  await attempt("draws", () => keepDraws(services));
  await attempt("figures", async () => void (await settleShows(services)));
  await attempt("reconcile", async () => {
    for (const mend of await reconcile(services)) {
      console.warn(JSON.stringify({ message: "reconciler mended", ...mend }));
    }
  });
}

/** Goes on while there is something to do. */
async function repeat(round: () => Promise<number>): Promise<void> {
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
    if ((await round()) === 0) return;
  }
}

async function attempt(part: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    console.error(JSON.stringify({ message: "scheduled work failed", part, error: name }));
  }
}
