import { DurableObject } from "cloudflare:workers";

import { migrate } from "../shared/migrate.ts";
import { nameInObject } from "../shared/object-name.ts";
import { transact } from "../shared/transact.ts";
import { boardMigrations } from "./migrations.ts";
import { topicNamed, type BoardTopic } from "./port.ts";
import { BoardStore } from "./store.ts";

/** How often a board reads while somebody watches. */
const PERIOD_MS = 2_000;
/** After a failure: whoever is in trouble is not asked more often. */
const PERIOD_FAILED_MS = 10_000;
/** Whoever signed out, or lost a scope, watches on for so long at most: the page opens another socket, and is asked who it is. */
const SOCKET_MS_MAX = 15 * 60_000;
const SOCKETS_MAX = 500;

/**
 * What people watch on the dashboard. However many watch, the engine is read once every two seconds for each topic; while
 * nobody does, not at all. It decides nothing and may be lost at any moment: pages open another socket.
 */
export abstract class LiveBoard extends DurableObject<Env> {
  readonly #store: BoardStore;
  readonly #topic: BoardTopic;
  /** What was sent last, and how old it is. */
  #last: { readonly text: string; readonly atMs: number } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    transact(ctx.storage, () => migrate(ctx.storage.sql, boardMigrations));
    this.#store = new BoardStore(ctx.storage.sql);
    this.#topic = topicNamed(nameInObject(ctx.id.name ?? ""));
    // Answered by the platform: a ping wakes nobody.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * Reads what the board shows.
   *
   * @param sockets - Live sockets of all gates, as they told.
   */
  protected abstract readBoard(topic: BoardTopic, nowMs: number, sockets: number): Promise<object>;

  /** Opens a socket. Reached through the binding only, so that whoever asks was checked. */
  override async fetch(): Promise<Response> {
    if (this.ctx.getWebSockets().length >= SOCKETS_MAX) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ openedAtMs: Date.now() });
    const isFresh = this.#last !== null && Date.now() - this.#last.atMs < PERIOD_MS;
    if (isFresh) server.send(this.#last?.text ?? "");
    // A first look now, and from then on in rounds.
    await this.ctx.storage.setAlarm(Date.now() + (isFresh ? PERIOD_MS : 0));
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(ws: WebSocket): void {
    ws.close(1008, "a board only tells");
  }

  override webSocketClose(ws: WebSocket): void {
    try {
      ws.close(1000);
    } catch {
      // It is closed on both sides already.
    }
  }

  async tellSockets({ gate, sockets }: { readonly gate: string; readonly sockets: number }): Promise<void> {
    const nowMs = Date.now();
    transact(this.ctx.storage, () => this.#store.writeSockets(gate, sockets, nowMs));
  }

  override async alarm(): Promise<void> {
    const sockets = this.#openSockets();
    if (sockets.length === 0) return;
    let periodMs = PERIOD_MS;
    try {
      const nowMs = Date.now();
      const text = JSON.stringify(await this.readBoard(this.#topic, nowMs, this.#store.readSockets(nowMs)));
      this.#last = { text, atMs: nowMs };
      // Those that came while it was read are sent it as well.
      for (const socket of this.ctx.getWebSockets()) send(socket, text);
    } catch (error) {
      periodMs = PERIOD_FAILED_MS;
      const name = error instanceof Error ? error.name : "unknown";
      console.error(JSON.stringify({ message: "board not read", topic: this.#topic.kind, error: name }));
    } finally {
      await this.ctx.storage.setAlarm(Date.now() + periodMs);
    }
  }

  #openSockets(): ReadonlyArray<WebSocket> {
    const nowMs = Date.now();
    return this.ctx.getWebSockets().filter((socket) => {
      const { openedAtMs } = socket.deserializeAttachment() as { readonly openedAtMs: number };
      if (nowMs - openedAtMs < SOCKET_MS_MAX) return true;
      socket.close(4000, "open another");
      return false;
    });
  }
}

function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // It is closing: its page opens another.
  }
}
