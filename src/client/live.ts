import type { AvailabilityView } from "../contract/holds.ts";
import { backOffMs } from "./back-off.ts";
import { unreachable } from "./call.ts";
import type { ClientProblem } from "./contract.ts";
import type { LiveAnswer, LiveNews, Question, ServerMessage, Snapshot } from "./live-messages.ts";

export type LiveOptions = {
  readonly url: string;
  readonly key: string;
  /** A show's socket, or one on up to 50 SKUs. */
  readonly on: { readonly show: string } | { readonly skus: ReadonlyArray<string> };
  /** Whom it is for. A server may leave it out, and name a buyer on each message. */
  readonly buyer?: string;
  /** In place of `buyer`. Asked each time a socket is opened, because tokens end. */
  readonly buyerToken?: () => string | null;
  readonly humanProof?: () => string | null;
  readonly onNews?: (news: LiveNews) => void;
  readonly onState?: (state: LiveState) => void;
};

/** `waiting` for the next attempt; `closed` by ourselves, for good. */
export type LiveState = "connecting" | "open" | "waiting" | "closed";
export type LiveResult =
  | Extract<LiveAnswer, { ok: true }>
  | { readonly ok: false; readonly problem: ClientProblem };

const FIRST_WAIT_MS = 400;
const WAIT_MS_MAX = 15_000;
/** Proxies end what is silent for a minute; the engine ends it after ten. */
const PING_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
const SNAPSHOT_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 30_000;
/** After so long a socket counts as good, and the next loss as the first. */
const GOOD_AFTER_MS = 5_000;

type Pending = { readonly text: string; readonly resolve: (result: LiveResult) => void };

/**
 * A socket that comes back. What was asked on one that is lost is asked again on the next with the same words: claims
 * carry a key, so whichever arrives is the one that counts. Each new socket begins with a snapshot, so nothing is missed.
 */
export class LiveConnection {
  /** By SKU, as last told. */
  readonly stock = new Map<string, AvailabilityView>();
  readonly #options: LiveOptions;
  readonly #pending = new Map<string, Pending>();
  #ws: WebSocket | null = null;
  #state: LiveState = "connecting";
  #refs = 0;
  #seq = 0;
  #losses = 0;
  #openedAtMs = 0;
  #heardAtMs = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#connect();
  }

  get state(): LiveState {
    return this.#state;
  }

  /** @returns The answer; `unreachable` where none came in half a minute, over however many sockets. */
  ask(question: Question): Promise<LiveResult> {
    this.#refs += 1;
    const ref = String(this.#refs);
    const text = JSON.stringify({ ...question, ref });
    return new Promise<LiveResult>((resolve) => {
      const timer = setTimeout(() => this.#answer(ref, noAnswer()), ANSWER_WITHIN_MS);
      const settle = (result: LiveResult) => {
        clearTimeout(timer);
        resolve(result);
      };
      if (this.#state === "closed") return settle(noAnswer());
      this.#pending.set(ref, { text, resolve: settle });
      if (this.#state === "open") this.#ws?.send(text);
      return undefined;
    });
  }

  /** Tries at once what it would try later: for a page that is online, or seen, again. */
  wake(): void {
    if (this.#state === "waiting") this.#connect();
    else if (this.#state === "open") this.#beat();
  }

  close(): void {
    this.#enter("closed");
    clearTimeout(this.#retry);
    this.#drop();
    for (const ref of this.#pending.keys()) this.#answer(ref, noAnswer());
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.#enter("connecting");
    let ws: WebSocket;
    try {
      ws = new WebSocket(this.#address());
    } catch {
      return this.#lost();
    }
    this.#ws = ws;
    this.#seq = 0;
    this.#openedAtMs = Date.now();
    this.#heardAtMs = this.#openedAtMs;
    ws.addEventListener("message", ({ data }) => {
      if (ws === this.#ws) this.#hear(JSON.parse(data as string) as ServerMessage);
    });
    const gone = () => {
      if (ws === this.#ws) this.#lost();
    };
    ws.addEventListener("close", gone);
    ws.addEventListener("error", gone);
    this.#heartbeat = setInterval(() => this.#watch(), 1_000);
  }

  #address(): string {
    const { url, key, on, buyer, buyerToken, humanProof } = this.#options;
    const at = "show" in on ? `/v1/shows/${encodeURIComponent(on.show)}/live` : "/v1/live";
    const query = new URLSearchParams("show" in on ? {} : { skus: on.skus.join(",") });
    query.set("key", key);
    const token = buyerToken?.() ?? null;
    if (token !== null) query.set("token", token);
    else if (buyer !== undefined) query.set("buyer", buyer);
    const proof = humanProof?.() ?? null;
    if (proof !== null) query.set("turnstile", proof);
    return `${url.replace(/^http/, "ws")}${at}?${query.toString()}`;
  }

  #hear(message: ServerMessage): void {
    this.#heardAtMs = Date.now();
    if (message.type === "pong") return;
    if (message.type === "check") {
      this.#ws?.send(JSON.stringify({ type: "checked", id: message.id }));
      return;
    }
    if (message.type === "result") return this.#answer(message.ref, message);
    if (message.type === "results") return this.#answer(message.ref, { ok: true, items: message.items });
    if (message.type === "snapshot") return this.#begin(message);
    if (message.type === "stock") {
      // A gap cannot happen; if it does, what we know is not what is.
      if (message.seq !== this.#seq + 1) return this.#lost();
      this.#seq = message.seq;
      this.stock.set(message.sku, message);
    }
    this.#options.onNews?.(message);
  }

  #begin(snapshot: Snapshot): void {
    this.#seq = snapshot.seq;
    this.stock.clear();
    for (const seen of snapshot.stock) this.stock.set(seen.sku, seen);
    this.#enter("open");
    this.#options.onNews?.(snapshot);
    for (const { text } of this.#pending.values()) this.#ws?.send(text);
  }

  #answer(ref: string, result: LiveResult): void {
    const pending = this.#pending.get(ref);
    this.#pending.delete(ref);
    pending?.resolve(result);
  }

  #lost(): void {
    this.#drop();
    if (this.#state === "closed") return;
    const wasGood = this.#state === "open" && Date.now() - this.#openedAtMs > GOOD_AFTER_MS;
    const waitMs = backOffMs(wasGood ? 0 : this.#losses, Math.random(), FIRST_WAIT_MS, WAIT_MS_MAX);
    this.#losses = wasGood ? 1 : this.#losses + 1;
    this.#enter("waiting");
    this.#retry = setTimeout(() => this.#connect(), waitMs);
  }

  #drop(): void {
    clearInterval(this.#heartbeat);
    const ws = this.#ws;
    this.#ws = null;
    ws?.close();
  }

  /** A connection may be dead without anybody saying so: a phone that changed networks, a proxy that forgot. */
  #watch(): void {
    const silentMs = Date.now() - this.#heardAtMs;
    if (this.#state !== "open") {
      if (silentMs > SNAPSHOT_WITHIN_MS) this.#lost();
    } else if (silentMs > PING_MS + PONG_WITHIN_MS) this.#lost();
    else if (silentMs > PING_MS) this.#beat();
  }

  #beat(): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send('{"type":"ping"}');
  }

  #enter(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}

function noAnswer(): LiveResult {
  return { ok: false, problem: unreachable("The socket gave no answer.") };
}
