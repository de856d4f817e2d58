import { LiveSocket } from "./live-socket.ts";
import { plotOf, type Plot } from "./plots.ts";
import { showMessage, tickCountdowns } from "./show-message.ts";

/** Connects each part of the page that names a board, and shows what it is told. */
export function watchBoards(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-board]")) {
    const path = root.dataset["board"];
    if (path !== undefined && path !== "") watch(root, path);
  }
}

function watch(root: HTMLElement, path: string): void {
  const state = root.querySelector<HTMLElement>("[data-live-state]");
  let plot: Plot | null = null;
  /** How far the server's clock is ahead of ours, so that countdowns are the server's. */
  let aheadMs = 0;
  const tell = (text: string, isLive: boolean) => {
    if (state === null || state.textContent === text) return;
    state.textContent = text;
    state.classList.toggle("on", isLive);
  };
  const socket = new LiveSocket(path, {
    onMessage: (text) => {
      const message: unknown = JSON.parse(text);
      const { at } = message as { readonly at: number };
      aheadMs = at - Date.now();
      showMessage(root, message);
      tickCountdowns(root, at);
      plot ??= plotOf(root);
      plot?.add(message);
      tell("live", true);
    },
    onLost: (seconds) => tell(`not connected, trying again in ${seconds} s`, false),
    onRest: () => tell("paused while this tab is hidden", false),
  });
  socket.open();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot?.recolour());
  setInterval(() => tickCountdowns(root, Date.now() + aheadMs), 1_000);
}
