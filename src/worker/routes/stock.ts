import type { Hono } from "hono";

import { stockOperations } from "../../contract/stock.ts";
import { listProjectedStock } from "../../db/stock-projection.ts";
import { kindsBehind } from "../../domain/inventory/ledger.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { actorOf } from "../http/principal.ts";
import { ledgerEntryView, moveStockOf, setSafetyStock, stockView } from "../use-cases/move-stock.ts";

const CODE = /^[A-Za-z0-9._:-]{1,64}$/;
const SEQ = /^\d{1,15}$/;

export function registerStock(app: Hono<AppEnv>): void {
  bind(app, stockOperations.moveStock, async (call) =>
    answer({
      results: await moveStockOf(
        call.services,
        actorOf(call),
        call.idempotency?.key ?? "",
        call.body.movements,
      ),
    }),
  );

  bind(app, stockOperations.listStock, async (call) => {
    const { limit, cursor } = call.query;
    const after = decodeCursor(cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listProjectedStock(call.services.db, after.value, limit + 1);
    return answer(
      pageOf(
        rows,
        limit,
        (row) => row.sku,
        (row) => row,
      ),
    );
  });

  bind(app, stockOperations.getStock, async (call) => {
    const report = await call.services.sku(call.params.sku).stock();
    return report === null ? refuse("sku_unknown", { sku: call.params.sku }) : answer(stockView(report));
  });

  bind(app, stockOperations.listMovements, async (call) => {
    const { sku } = call.params;
    const { limit, cursor, order, of: number, location } = call.query;
    const after = decodeCursor(cursor, SEQ);
    if (!after.ok) return answerResult(after);
    const object = call.services.sku(sku);
    const seq = after.value === null ? null : Number(after.value);
    const listed =
      order === "oldest"
        ? object.movements({ afterSeq: seq ?? 0, limit: limit + 1 })
        : object.latestMovements({
            beforeSeq: seq,
            limit: limit + 1,
            location: location ?? null,
            kinds: kindsBehind(number ?? null),
          });
    const [known, movements] = await Promise.all([object.stock(), listed]);
    if (known === null) return refuse("sku_unknown", { sku });
    return answer(pageOf(movements, limit, ({ seq }) => String(seq), ledgerEntryView));
  });

  bind(app, stockOperations.setSafetyStock, async (call) =>
    answerResult(
      await setSafetyStock(
        call.services,
        actorOf(call),
        call.params.sku,
        call.params.location,
        call.body.safety_stock,
      ),
    ),
  );
}
