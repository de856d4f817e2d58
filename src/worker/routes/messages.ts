import type { Hono } from "hono";

import { messageOperations } from "../../contract/messages.ts";
import {
  deleteBuyerContact,
  findBuyerContact,
  readRecipient,
  writeBuyerContact,
  writeRule,
} from "../../db/contact-rules.ts";
import { auditMessage, findMessage, listMessages, reviveFailed, reviveMessage } from "../../db/messages.ts";
import { isOrderKnown } from "../../db/orders.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { actorOf } from "../http/principal.ts";
import { contactView, messageDetailView, messageView, ruleView } from "../use-cases/message-view.ts";
import { previewMessage, testMessage } from "../use-cases/preview-message.ts";
import { sendMessagesSoon } from "../use-cases/relay-messages.ts";

const ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** One order has a few; a change of mind a day for a year would have more. */
const ORDER_MESSAGES_MAX = 500;
const RESENT_MAX = 1_000;

export function registerMessages(app: Hono<AppEnv>): void {
  registerPreviews(app);
  registerLog(app);
  registerContacts(app);
}

function registerPreviews(app: Hono<AppEnv>): void {
  bind(app, messageOperations.previewMessage, async ({ services, params, query }) =>
    answerResult(
      await previewMessage(services, {
        brand: params.code,
        template: params.template,
        language: query.language,
        orderId: query.order,
      }),
    ),
  );

  bind(app, messageOperations.testMessage, async ({ services, params, body, idempotency }) => {
    invariant(idempotency !== null, "the operation requires a key");
    return answerResult(
      await testMessage(services, {
        brand: params.code,
        template: params.template,
        language: body.language,
        orderId: body.order,
        to: body.to,
        key: `test.${idempotency.key}`,
      }),
    );
  });
}

function registerLog(app: Hono<AppEnv>): void {
  bind(app, messageOperations.listMessages, async ({ services, query }) => {
    const { limit, cursor, status, template } = query;
    const before = decodeCursor(cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listMessages(services.db, { status, template }, before.value, limit + 1);
    return answer(pageOf(rows, limit, ({ id }) => id, messageView));
  });

  bind(app, messageOperations.listOrderMessages, async ({ services, params }) => {
    if (!(await isOrderKnown(services.db, params.id))) return refuse("not_found");
    const rows = await listMessages(services.db, { orderId: params.id }, null, ORDER_MESSAGES_MAX);
    const byTime = rows.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
    return answer({ data: byTime.map(messageView) });
  });

  bind(app, messageOperations.getMessage, async ({ services, params }) => {
    const row = await findMessage(services.db, params.id);
    return row === null ? refuse("not_found") : answer(await messageDetailView(services, row));
  });

  bind(app, messageOperations.resendMessage, async (call) => {
    const { services, params } = call;
    const nowMs = services.nowMs();
    await reviveMessage(services.db, params.id, auditMessage(actorOf(call), params.id, nowMs), nowMs);
    const row = await findMessage(services.db, params.id);
    if (row === null) return refuse("not_found");
    await sendMessagesSoon(services, [row.id]);
    return answer(messageView(row));
  });

  bind(app, messageOperations.resendFailedMessages, async (call) => {
    const { services, body } = call;
    const nowMs = services.nowMs();
    const audit = auditMessage(actorOf(call), "failed", nowMs);
    const ids = await reviveFailed(services.db, Date.parse(body.since), RESENT_MAX, audit, nowMs);
    await sendMessagesSoon(services, ids);
    return answer({ resent: ids.length });
  });
}

function registerContacts(app: Hono<AppEnv>): void {
  bind(app, messageOperations.getContactRule, async ({ services, params }) => {
    const { rule } = await readRecipient(services.db, params.id);
    return answer(ruleView(params.id, rule));
  });

  bind(app, messageOperations.putContactRule, async (call) => {
    const { services, params, body } = call;
    const nowMs = services.nowMs();
    const { rule } = await readRecipient(services.db, params.id);
    const row = {
      customerId: params.id,
      optedOutAtMs: body.is_opted_out ? (rule?.optedOutAtMs ?? nowMs) : null,
      suppressedAtMs: body.is_suppressed ? (rule?.suppressedAtMs ?? nowMs) : null,
      suppressedBecause: body.is_suppressed ? (rule?.suppressedBecause ?? ("asked" as const)) : null,
      updatedAtMs: nowMs,
    };
    await writeRule(services.db, row, actorOf(call));
    return answer(ruleView(params.id, row));
  });

  bind(app, messageOperations.putBuyerContact, async (call) => {
    const { services, params, body } = call;
    const { email, name = null, brand = null, language = null } = body;
    const contact = { buyer: params.buyer, email, name, brand, language };
    return answer(
      contactView(await writeBuyerContact(services.db, contact, actorOf(call), services.nowMs())),
    );
  });

  bind(app, messageOperations.deleteBuyerContact, async (call) => {
    const { services, params } = call;
    const row = await findBuyerContact(services.db, params.buyer);
    if (row === null) return refuse("not_found");
    await deleteBuyerContact(services.db, params.buyer, actorOf(call), services.nowMs());
    return answer(contactView(row));
  });
}
