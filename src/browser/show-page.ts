import { newKey } from "../client/back-off.ts";
import { createCall } from "../client/call.ts";
import type { OperationId, RouteOf } from "../client/contract.ts";
import { startBasket } from "./show-page/basket.ts";
import { drawPictures } from "./show-page/pictures.ts";
import { startVideo } from "./show-page/video.ts";
import { buyerOfBrowser } from "./widget/memory.ts";

const routes = { takeHold: "POST /v1/holds" } as const satisfies { [Id in OperationId]?: RouteOf<Id> };

const key = document.querySelector<HTMLMetaElement>('meta[name="holdfast-key"]')?.content ?? "";
const call = createCall({ url: location.origin, key }, routes);

drawPictures(document.querySelectorAll<HTMLElement>(".picture"));
const canvas = document.querySelector<HTMLCanvasElement>("#video");
const video = canvas === null ? null : startVideo(canvas);

startBasket(async (lines) => {
  const answer = await call("takeHold", {
    body: { lines: [...lines], buyer: buyerOfBrowser() },
    idempotencyKey: newKey(),
  });
  if (!answer.ok) return answer.problem;
  location.assign(`/demo/checkout?hold=${encodeURIComponent(answer.body.id)}`);
  return null;
});

const words: Readonly<Record<string, string>> = {
  hold: "You have one. Check out before the time is up.",
  offer: "It is your turn: one came free for you.",
  release: "You let it go, and the next in line has it.",
  expire: "Your hold ran out.",
  purchase: "It is yours.",
  waitlist: "You are in line.",
};
const ticker = document.getElementById("ticker");
for (const [name, text] of Object.entries(words)) {
  addEventListener(`holdfast:${name}`, () => {
    if (ticker !== null) ticker.textContent = text;
    if (name === "hold" || name === "offer" || name === "purchase") video?.celebrate();
  });
}

/** What the badge says follows the drops: all of them wait, or all are over. */
const status = document.getElementById("status");
addEventListener("holdfast:state", () => {
  const phases = [...document.querySelectorAll<HTMLElement>("holdfast-drop")].map(
    ({ dataset }) => dataset["phase"],
  );
  const isAll = (phase: string) => phases.length > 0 && phases.every((one) => one === phase);
  if (status === null) return;
  const text = isAll("closed") ? "Ended" : isAll("scheduled") ? "Starts soon" : "Live";
  if (status.textContent !== text) status.textContent = text;
});
