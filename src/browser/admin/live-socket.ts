const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
const PING_MS = 25_000;
/** Nothing heard for so long, not even a pong: the connection is gone, whatever the browser thinks. */
const SILENT_MS_MAX = 60_000;
/** A tab that nobody looks at costs nothing. */
const HIDDEN_MS_MAX = 60_000;

type Listener = {
  readonly onMessage: (text: string) => void;
  readonly onLost: (retrySeconds: number) => void;
  readonly onRest: () => void;
};

/** A socket that comes back: later each time, not all pages at once, and at once when the network or the tab returns. */
export class LiveSocket {
  readonly #path: string;
  readonly #listener: Listener;
  #socket: WebSocket | null = null;
  #failures = 0;
  #heardAtMs = 0;
  #retryTimer = 0;
  #hiddenTimer = 0;

  constructor(path: string, listener: Listener) {
    this.#path = path;
    this.#listener = listener;
    setInterval(() => this.#check(), PING_MS);
    window.addEventListener("online", () => this.open());
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  open(): void {
    clearTimeout(this.#retryTimer);
    if (this.#socket !== null || document.hidden) return;
    const socket = new WebSocket(new URL(this.#path, location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    this.#heardAtMs = Date.now();
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      this.#heardAtMs = Date.now();
      this.#failures = 0;
      if (typeof data === "string" && data !== "pong") this.#listener.onMessage(data);
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
  }

  #lost(): void {
    this.#socket = null;
    if (document.hidden) return this.#listener.onRest();
    this.#failures += 1;
    const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (this.#failures - 1));
    const retryMs = longest * (0.5 + Math.random() / 2);
    this.#listener.onLost(Math.max(1, Math.round(retryMs / 1_000)));
    this.#retryTimer = window.setTimeout(() => this.open(), retryMs);
  }

  #check(): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (Date.now() - this.#heardAtMs > SILENT_MS_MAX) {
      socket.close();
      this.#lost();
      return;
    }
    if (socket.readyState === WebSocket.OPEN) socket.send("ping");
  }

  #seen(): void {
    clearTimeout(this.#hiddenTimer);
    if (!document.hidden) return this.open();
    this.#hiddenTimer = window.setTimeout(() => {
      clearTimeout(this.#retryTimer);
      const socket = this.#socket;
      this.#socket = null;
      socket?.close();
      this.#listener.onRest();
    }, HIDDEN_MS_MAX);
  }
}
