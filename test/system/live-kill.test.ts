import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, expect, test } from "vitest";

import { expectSuccess } from "../../scripts/api.ts";
import { auditSku } from "../../scripts/demo/audit.ts";
import { startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";
import { LiveSocket } from "./support/live-socket.ts";

const SHOW = "killed-show";
const SKU = "LIVE-KILL";
const UNITS = 900;
const BUYERS = 1_500;
const SOCKETS = 60;
const ROUNDS = 3;
/** Claims that are answered in a round before its kill. */
const ANSWERS_MIN = 150;

const stateDir = mkdtempSync(path.join(os.tmpdir(), "holdfast-live-kill-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** By buyer: what was answered, a hold's id or why there is none. */
type Answers = Map<number, string>;

/** Every buyer who has no answer yet claims, many over each socket, until all have one or the engine is gone. */
async function claimUntilGone(shop: TestEngine, answers: Answers): Promise<void> {
  const open = [...Array(BUYERS).keys()].filter((buyer) => !answers.has(buyer));
  await Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      try {
        const socket = await LiveSocket.open(shop.port, `/v1/shows/${SHOW}/live`, null);
        for (;;) {
          const buyer = open.shift();
          if (buyer === undefined) break;
          const answer = await socket.ask({
            type: "hold",
            idempotency_key: `kill-${buyer}`,
            buyer: `buyer-${buyer}`,
            lines: [{ sku: SKU, quantity: 1 }],
            ttl_seconds: 3_600,
          });
          const said = answer.hold?.id ?? answer.problem?.code ?? "nothing";
          if (said === "unavailable") open.push(buyer);
          else answers.set(buyer, said);
        }
        socket.close();
      } catch {
        // The engine is gone, and the socket with it.
      }
    }),
  );
}

test("killed in mid-drop, the engine finds every hold it told of, retries get their answer, and all units are held once", async (context) => {
  if (process.platform !== "linux") return context.skip("finding workerd's process needs /proc");
  const answers: Answers = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const shop = await startTestEngine({ stateDir });
    if (round === 0) {
      await stockShop(shop.secret, { [SKU]: UNITS });
      await expectSuccess(
        shop.secret("PUT", `/v1/shows/${SHOW}`, {
          body: { title: "Killed", drops: [{ sku: SKU, quantity: UNITS, ttl_seconds: 3_600 }] },
        }),
      );
      await expectSuccess(shop.secret("POST", `/v1/shows/${SHOW}/open`, { idempotencyKey: "open" }));
    }
    const enough = answers.size + ANSWERS_MIN;
    const claiming = claimUntilGone(shop, answers);
    await until(
      () => Promise.resolve(answers.size),
      (size) => size >= enough,
    );
    const { pid } = shop.engine;
    if (pid === null) throw new Error("the system does not tell workerd's id");
    process.kill(pid, "SIGKILL");
    await shop.stop();
    await claiming;
    expect(answers.size).toBeGreaterThanOrEqual(enough);
  }

  const shop = await startTestEngine({ stateDir });
  try {
    const told = new Map(answers);
    // Whoever was told of a hold is told of the same one again; whoever was not finds out now.
    const again: Answers = new Map();
    await claimUntilGone(shop, again);
    expect(again.size).toBe(BUYERS);
    const changed = [...told].filter(
      ([buyer, said]) => said.startsWith("hold_") && again.get(buyer) !== said,
    );
    expect(changed).toEqual([]);
    const held = [...again.values()].filter((said) => said.startsWith("hold_"));
    expect([held.length, new Set(held).size]).toEqual([UNITS, UNITS]);

    const watcher = await LiveSocket.open(shop.port, `/v1/shows/${SHOW}/live`, "watcher");
    expect(
      await until(
        () => Promise.resolve(watcher.available.get(SKU)),
        (seen) => seen === 0,
      ),
    ).toBe(0);
    watcher.close();
    const { body } = await shop.secret("GET", `/v1/shows/${SHOW}`);
    expect(body).toMatchObject({ drops: [{ left: 0, counters: { oversold: 0, units_held: UNITS } }] });
    expect(await auditSku(shop.secret, SKU)).toEqual([]);
  } finally {
    await shop.end();
  }
});
