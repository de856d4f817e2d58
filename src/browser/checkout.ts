import { newKey } from "../client/back-off.ts";
import { createCall } from "../client/call.ts";
import type { OperationId, RouteOf } from "../client/contract.ts";
import { drawPictures } from "./show-page/pictures.ts";
import { formatCountdown } from "./widget/view.ts";

const ORDER_AGAIN_MS = 1_200;
const routes = { placeOrder: "POST /v1/orders" } as const satisfies { [Id in OperationId]?: RouteOf<Id> };

drawPictures(document.querySelectorAll<HTMLElement>(".picture"));
const form = document.querySelector<HTMLFormElement>("#checkout");
if (form !== null) startForm(form);
const until = document.getElementById("until");
if (until?.dataset["status"] === "active") startCountdown(until);
if (document.getElementById("order") !== null) void followOrder();

function startForm(form: HTMLFormElement): void {
  const key = document.querySelector<HTMLMetaElement>('meta[name="holdfast-key"]')?.content ?? "";
  const call = createCall({ url: location.origin, key }, routes);
  const notice = document.getElementById("notice");
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button === null || button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Placing…";
    const said = new FormData(form);
    const text = (name: string) => {
      const value = said.get(name);
      return typeof value === "string" ? value : "";
    };
    const order = {
      hold: form.dataset["hold"] ?? "",
      customer: { email: text("email"), name: text("name") },
      shipping_address: {
        name: text("name"),
        line1: text("line1"),
        city: text("city"),
        postal_code: text("postal_code"),
        country: text("country"),
      },
      currency: "EUR",
      payment: {
        provider: "manual",
        outcome: text("outcome") === "declined" ? ("declined" as const) : ("approved" as const),
      },
    };
    // A new key for each press: after a refusal the next one is a new wish, and the hold sees to it that it is one order.
    void call("placeOrder", { body: order, idempotencyKey: newKey() }).then((answer) => {
      if (answer.ok) return location.assign(`/demo/orders/${encodeURIComponent(answer.body.id)}`);
      button.removeAttribute("aria-disabled");
      button.textContent = "Place the order";
      if (notice !== null) notice.textContent = `${answer.problem.title}. ${answer.problem.detail ?? ""}`;
      return undefined;
    });
  });
}

function startCountdown(until: HTMLElement): void {
  const expiresAtMs = Date.parse(until.dataset["expiresAt"] ?? "");
  const shown = document.getElementById("countdown");
  const tick = () => {
    const leftMs = expiresAtMs - Date.now();
    if (shown !== null) shown.textContent = leftMs > 0 ? formatCountdown(leftMs) : "the time is up";
    if (leftMs <= 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 1_000);
  tick();
}

/** Asks for the page again until the order has come to its end, and takes over what it says. */
async function followOrder(): Promise<void> {
  for (;;) {
    const shown = document.getElementById("order");
    if (shown === null || ["completed", "canceled"].includes(shown.dataset["status"] ?? "")) return;
    await new Promise((resolve) => setTimeout(resolve, ORDER_AGAIN_MS));
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok !== true) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const steps = page.querySelector(".steps");
    const status = page.getElementById("order")?.dataset["status"];
    if (steps !== null) document.querySelector(".steps")?.replaceWith(steps);
    if (status !== undefined) shown.dataset["status"] = status;
  }
}
