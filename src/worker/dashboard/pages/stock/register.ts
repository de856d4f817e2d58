import type { Hono } from "hono";

import type { AppEnv } from "../../../app.ts";
import { serveAction, serveFile, servePage } from "../../serve.tsx";
import { exportStock, importMovements, showImport } from "./files.tsx";
import { showStock } from "./list.tsx";
import { keepBack, move } from "./movements.tsx";
import { STOCK_PATH } from "./paths.ts";
import { showSku } from "./sku.tsx";

export function registerStockPages(app: Hono<AppEnv>): void {
  servePage(app, STOCK_PATH, "stock:read", showStock);
  serveFile(app, `${STOCK_PATH}/export.csv`, "stock:read", async (view) => exportStock(view));
  servePage(app, `${STOCK_PATH}/import`, "stock:write", showImport);
  serveAction(app, `${STOCK_PATH}/import`, "stock:write", importMovements);
  servePage(app, `${STOCK_PATH}/:sku`, "stock:read", showSku);
  serveAction(app, `${STOCK_PATH}/:sku/movements`, "stock:write", move);
  serveAction(app, `${STOCK_PATH}/:sku/safety`, "stock:write", keepBack);
}
