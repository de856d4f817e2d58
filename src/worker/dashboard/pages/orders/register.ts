import type { Hono } from "hono";

import { orderOperations } from "../../../../contract/orders.ts";
import { paymentOperations } from "../../../../contract/payments.ts";
import { problem } from "../../../../contract/problem.ts";
import { readOrder } from "../../../../db/orders.ts";
import type { AppEnv } from "../../../app.ts";
import { readMoney } from "../../components/money.tsx";
import { done, failed, serveAction, servePage } from "../../serve.tsx";
import { actOnChosen } from "./bulk.tsx";
import { cancel, showCancel } from "./cancel.tsx";
import { beginChange, confirmChange, dropChange, showChange, stage } from "./change.tsx";
import { showOrders } from "./list.tsx";
import { showOrder } from "./order.tsx";
import { orderPath, ORDERS_PATH } from "./paths.ts";
import { refund, showRefund } from "./refund.tsx";
import { requestReturn, returnStep, showReturn } from "./returns.tsx";

const ORDER = `${ORDERS_PATH}/:id`;
const CHANGE = `${ORDER}/changes/:change`;

export function registerOrderPages(app: Hono<AppEnv>): void {
  servePage(app, ORDERS_PATH, "orders:read", showOrders);
  serveAction(app, `${ORDERS_PATH}/bulk`, "orders:write", actOnChosen);
  servePage(app, ORDER, "orders:read", showOrder);
  servePage(app, `${ORDER}/refund`, "orders:write", showRefund);
  serveAction(app, `${ORDER}/refund`, "orders:write", refund);
  servePage(app, `${ORDER}/cancel`, "orders:write", showCancel);
  serveAction(app, `${ORDER}/cancel`, "orders:write", cancel);
  registerHolds(app);
  registerMoney(app);

  serveAction(app, `${ORDER}/changes`, "orders:write", beginChange);
  servePage(app, CHANGE, "orders:write", showChange);
  serveAction(app, CHANGE, "orders:write", stage);
  serveAction(app, `${CHANGE}/confirm`, "orders:write", confirmChange);
  serveAction(app, `${CHANGE}/drop`, "orders:write", dropChange);

  serveAction(app, `${ORDER}/returns`, "orders:write", requestReturn);
  servePage(app, "/admin/returns/:id", "orders:read", showReturn);
  serveAction(app, "/admin/returns/:id/:step", "orders:write", returnStep);
}

function registerHolds(app: Hono<AppEnv>): void {
  serveAction(app, `${ORDER}/hold`, "orders:write", async (view, form, key) => {
    const id = view.params["id"] ?? "";
    const body = { reason: form.text("hold_reason") };
    const held = await view.ask(orderOperations.holdOrder, { params: { id }, body, key });
    return held.ok ? done(orderPath(id), "The order is on hold.") : failed(orderPath(id), held.error);
  });

  serveAction(app, `${ORDER}/release`, "orders:write", async (view, _, key) => {
    const id = view.params["id"] ?? "";
    const released = await view.ask(orderOperations.releaseOrder, { params: { id }, body: {}, key });
    return released.ok ? done(orderPath(id), "The order goes on.") : failed(orderPath(id), released.error);
  });
}

function registerMoney(app: Hono<AppEnv>): void {
  serveAction(app, `${ORDER}/capture`, "orders:write", async (view, form, key) => {
    const id = view.params["id"] ?? "";
    const order = await readOrder(view.services.db, id);
    if (order === null) return { problem: problem("not_found") };
    const amount = readMoney(form.text("capture_amount"), order.order.currency);
    if (amount === null) {
      return {
        to: orderPath(id),
        flash: { kind: "failed", text: `This is no amount in ${order.order.currency}.` },
      };
    }
    const captured = await view.ask(paymentOperations.captureOrder, {
      params: { id },
      body: { amount, remainder: form.text("remainder") === "release" ? "release" : "keep" },
      key,
    });
    return captured.ok
      ? done(orderPath(id), "The capture is asked for.")
      : failed(orderPath(id), captured.error);
  });

  serveAction(app, `${ORDER}/void`, "orders:write", async (view, _, key) => {
    const id = view.params["id"] ?? "";
    const voided = await view.ask(paymentOperations.voidOrder, { params: { id }, body: {}, key });
    return voided.ok ? done(orderPath(id), "The void is asked for.") : failed(orderPath(id), voided.error);
  });

  serveAction(app, `${ORDER}/pay`, "orders:write", async (view, _, key) => {
    const id = view.params["id"] ?? "";
    const paid = await view.ask(paymentOperations.payOrder, {
      params: { id },
      body: { provider: "manual" },
      key,
    });
    return paid.ok ? done(orderPath(id), "The payment is noted.") : failed(orderPath(id), paid.error);
  });
}
