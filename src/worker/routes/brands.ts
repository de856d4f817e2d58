import type { Hono } from "hono";

import { brandOperations } from "../../contract/brands.ts";
import { deleteBrand, findBrand, findSetting, listBrands, listSettings } from "../../db/brands.ts";
import { messageTemplates } from "../../domain/messages/message.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { brandView, putBrand, putSetting, settingView } from "../use-cases/brands.ts";

const CODE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

export function registerBrands(app: Hono<AppEnv>): void {
  registerIdentities(app);

  bind(app, brandOperations.listMessageTemplates, async ({ services, params: { code } }) => {
    const rows = new Map((await listSettings(services.db, code)).map((row) => [row.code, row]));
    return answer({
      data: messageTemplates.map((template) =>
        settingView(code, template, rows.get(`${code}/${template}`) ?? null),
      ),
    });
  });

  bind(app, brandOperations.getMessageTemplate, async ({ services, params: { code, template } }) => {
    const row = await findSetting(services.db, code, template);
    return answer(settingView(code, template, row), { etag: etagOf(row?.version ?? 0) });
  });

  bind(app, brandOperations.putMessageTemplate, async (call) => {
    const { services, params, body, ifMatch } = call;
    const subject = { brand: params.code, template: params.template };
    return answerResult(await putSetting(services, actorOf(call), subject, body, ifMatch), ({ version }) => ({
      etag: etagOf(version),
    }));
  });
}

function registerIdentities(app: Hono<AppEnv>): void {
  bind(app, brandOperations.putBrand, async (call) =>
    answerResult(
      await putBrand(call.services, actorOf(call), call.params.code, call.body, call.ifMatch),
      ({ version }) => ({ etag: etagOf(version) }),
    ),
  );

  bind(app, brandOperations.getBrand, async ({ services, params }) => {
    const row = await findBrand(services.db, params.code);
    return row === null ? refuse("not_found") : answer(brandView(row), { etag: etagOf(row.version) });
  });

  bind(app, brandOperations.listBrands, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listBrands(services.db, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ code }) => code, brandView));
  });

  bind(app, brandOperations.deleteBrand, async (call) => {
    const { services, params } = call;
    const row = await findBrand(services.db, params.code);
    if (row === null) return refuse("not_found");
    if (!matches(call.ifMatch, row.version)) return refuse("precondition_failed");
    await deleteBrand(services.db, params.code, actorOf(call), services.nowMs());
    return answer(brandView(row));
  });
}
