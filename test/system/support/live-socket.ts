import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "../../../scripts/seed.ts";

type Hold = { readonly id: string; readonly buyer: string; readonly expires_at: string };

export type Message = {
  readonly type: string;
  readonly ref?: string;
  readonly ok?: boolean;
  readonly seq?: number;
  readonly sku?: string;
  readonly available?: number;
  readonly hold?: Hold;
  readonly waitlist?: { readonly id: string; readonly position: number };
  readonly problem?: { readonly code: string };
  readonly stock?: ReadonlyArray<{ readonly sku: string; readonly available: number }>;
  readonly id?: number;
};

/** A bare socket, so that tests see what comes and when it ends: it proves that it reads, and never comes back. */
export class LiveSocket {
  /** By SKU. */
  readonly available = new Map<string, number>();
  readonly offers: Array<Hold> = [];
  /** Every `seq` that came, in order. */
  readonly seqs: Array<number> = [];
  readonly gone: Promise<void>;
  readonly #ws: WebSocket;
  readonly #answers = new Map<string, (message: Message) => void>();
  #refs = 0;
  #onOffer: (hold: Hold) => void = () => {};

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data as string) as Message));
    this.gone = new Promise((resolve) => ws.addEventListener("close", () => resolve()));
  }

  /** @param path - With its query, but for the key. Of a page where a buyer is named, else of a server. */
  static async open(port: number, path: string, buyer: string | null): Promise<LiveSocket> {
    const who =
      buyer === null
        ? `key=${LOCAL_SECRET_KEY}`
        : `key=${LOCAL_PUBLISHABLE_KEY}&buyer=${encodeURIComponent(buyer)}`;
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}${path.includes("?") ? "&" : "?"}${who}`);
    const socket = new LiveSocket(ws);
    await new Promise<void>((resolve, reject) => {
      ws.addEventListener("open", () => resolve());
      ws.addEventListener("error", () =>
        reject(new Error(`the socket of ${buyer ?? "a server"} was not opened`)),
      );
    });
    return socket;
  }

  /** @throws where the socket ends before the answer comes. */
  ask(message: object): Promise<Message> {
    this.#refs += 1;
    const ref = String(this.#refs);
    this.#ws.send(JSON.stringify({ ...message, ref }));
    return Promise.race([
      new Promise<Message>((resolve) => this.#answers.set(ref, resolve)),
      this.gone.then(() => {
        throw new Error("the socket is gone");
      }),
    ]);
  }

  /** What was offered already is told at once. */
  onOffer(listener: (hold: Hold) => void): void {
    this.#onOffer = listener;
    for (const hold of this.offers) listener(hold);
  }

  close(): void {
    this.#ws.close();
  }

  #hear(message: Message): void {
    if (message.seq !== undefined) this.seqs.push(message.seq);
    for (const { sku, available } of message.stock ?? []) this.available.set(sku, available);
    if (message.type === "stock") this.available.set(message.sku ?? "", message.available ?? -1);
    if (message.type === "offer" && message.hold !== undefined) {
      this.offers.push(message.hold);
      this.#onOffer(message.hold);
    }
    if (message.type === "check") this.#ws.send(JSON.stringify({ type: "checked", id: message.id }));
    const answer = this.#answers.get(message.ref ?? "");
    if (answer === undefined) return;
    this.#answers.delete(message.ref ?? "");
    answer(message);
  }
}
