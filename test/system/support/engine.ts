import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { type Api, createApi, expectSuccess } from "../../../scripts/api.ts";
import { type Engine, type EngineLog, startEngine } from "../../../scripts/engine.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "../../../scripts/seed.ts";

export type TestEngine = {
  readonly engine: Engine;
  readonly port: number;
  readonly stateDir: string;
  readonly secret: Api;
  readonly publishable: Api;
  /** Everything that workerd and the Worker said. */
  readonly logs: Array<EngineLog>;
  /** Stops the engine and keeps its state. */
  readonly stop: () => Promise<void>;
  /** Stops the engine and forgets its state. */
  readonly end: () => Promise<void>;
};

/** An engine of the test's own, on a free port. Crons run when the test says so. */
export async function startTestEngine(
  options: {
    readonly stateDir?: string;
    readonly vars?: Record<string, string>;
    readonly outside?: NonNullable<Parameters<typeof startEngine>[0]["outside"]>;
  } = {},
): Promise<TestEngine> {
  const stateDir = options.stateDir ?? mkdtempSync(path.join(os.tmpdir(), "holdfast-system-"));
  const logs: Array<EngineLog> = [];
  const engine = await startEngine({
    port: 0,
    stateDir,
    crons: "by hand",
    onLog: (log) => logs.push(log),
    ...(options.vars === undefined ? {} : { vars: options.vars }),
    ...(options.outside === undefined ? {} : { outside: options.outside }),
  });
  return {
    engine,
    port: Number(new URL(engine.url).port),
    stateDir,
    secret: createApi(engine.url, LOCAL_SECRET_KEY),
    publishable: createApi(engine.url, LOCAL_PUBLISHABLE_KEY),
    logs,
    stop: () => engine.stop(),
    end: async () => {
      await engine.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** One location, and the SKUs with their units there. */
export async function stockShop(
  api: Api,
  units: Readonly<Record<string, number>>,
  location = "BER-1",
): Promise<void> {
  await expectSuccess(
    api("PUT", `/v1/locations/${location}`, {
      body: { name: location, type: "warehouse", address: { country: "DE" }, ships: true, pickup: true },
    }),
  );
  for (const sku of Object.keys(units)) {
    await expectSuccess(
      api("PUT", `/v1/skus/${sku}`, {
        body: { title: sku, prices: [{ currency: "EUR", amount: 2500 }], weight_grams: 300 },
      }),
    );
  }
  const movements = Object.entries(units).map(([sku, quantity]) => ({
    sku,
    location,
    kind: "received",
    quantity,
  }));
  await expectSuccess(
    api("POST", "/v1/stock/movements", {
      body: { movements },
      idempotencyKey: `stock-${location}-${Object.keys(units)[0]}`,
    }),
  );
}

export const shippingAddress = {
  name: "Ada Albers",
  line1: "Lindenweg 4",
  city: "Berlin",
  postal_code: "10999",
  country: "DE",
};

export function orderBody(hold: string) {
  return {
    hold,
    customer: { email: "ada@shop.example", name: "Ada Albers" },
    shipping_address: shippingAddress,
    payment: { provider: "manual" },
  };
}

/** Asks again until `isSo` says yes. The bound is far above what it takes; it ends a test that would hang. */
export async function until<Seen>(
  look: () => Promise<Seen>,
  isSo: (seen: Seen) => boolean,
  secondsMax = 90,
): Promise<Seen> {
  const endMs = Date.now() + secondsMax * 1000;
  for (;;) {
    const seen = await look();
    if (isSo(seen) || Date.now() > endMs) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
