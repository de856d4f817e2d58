import { DurableObject } from "cloudflare:workers";

import { holdView } from "../../contract/hold-view.ts";
import type { HoldView } from "../../contract/holds.ts";
import { PING_TEXT, PONG_TEXT, snapshotText } from "../../contract/live-text.ts";
import { problem, type Problem, type ProblemCode, type ProblemFacts } from "../../contract/problem.ts";
import { createDb } from "../../db/client.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { encodeBytes } from "../../domain/ids.ts";
import type { DropStatus } from "../../domain/inventory/drop.ts";
import type { SkuNews, SkuPort } from "../../domain/inventory/sku-port.ts";
import { showOfGate } from "../../domain/live/gate-choice.ts";
import { WaitingRoom } from "../../domain/live/waiting-room.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { tellSockets } from "../board/client.ts";
import { migrate } from "../shared/migrate.ts";
import { nameInObject } from "../shared/object-name.ts";
import { transact } from "../shared/transact.ts";
import { skuClient } from "../sku/client.ts";
import { skuOnNeed } from "../sku/sku-on-need.ts";
import { Admission } from "./admission.ts";
import { Claims } from "./claims.ts";
import { gatesPerRegion } from "./client.ts";
import { Conversation } from "./conversation.ts";
import { LiveSocket } from "./live-socket.ts";
import { gateMigrations } from "./migrations.ts";
import { OfferBook } from "./offer-book.ts";
import {
  OPEN_SOCKET_HEADER,
  type GateClaims,
  type GatePort,
  type LiveShow,
  type OpenSocket,
} from "./port.ts";
import { SocketBook } from "./socket-book.ts";
import { StockWatch } from "./stock-watch.ts";
import { GateStore } from "./store.ts";

const MESSAGE_BYTES_MAX = { publishable: 4_096, secret: 65_536 } as const;
const SOCKETS_MAX = 20_000;
/** While somebody is here, the gate looks this often whether objects still tell it and clients still live. */
const ROUND_MS = 60_000;
const IDLE_MS_MAX = 600_000;
/** What has to outlive the gate's sleep is written once nothing has happened for so long: it sleeps after ten seconds. */
const QUIET_MS = 500;
/** How long after somebody comes or goes the dashboard is told how many are here. */
const COUNT_MS = 5_000;

/**
 * The front that takes a crowd: it keeps the viewers' sockets, gathers claims into calls to the objects of their SKUs, and
 * tells everybody what changes. It decides nothing about stock, so it may be lost at any moment: clients come back to
 * another, and repeat what was not answered.
 */
export class GateDurableObject extends DurableObject<Env> implements Pick<GatePort, "takeHolds"> {
  readonly #store: GateStore;
  readonly #sockets = new SocketBook();
  readonly #watch: StockWatch;
  readonly #offers: OfferBook;
  readonly #admission: Admission;
  readonly #claims: Claims;
  readonly #conversation: Conversation;
  readonly #showCode: string | null;
  #show: LiveShow | null;
  #toldStatus: DropStatus | null;
  #claimedAtMs = 0;
  #quietTimer: ReturnType<typeof setTimeout> | null = null;
  #countTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #unkept = { skus: new Set<Sku>(), sockets: new Set<LiveSocket>(), isRoom: false };

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    transact(ctx.storage, () => migrate(ctx.storage.sql, gateMigrations));
    this.#store = new GateStore(ctx.storage.sql);
    const db = createDb(env.DB);
    const sku = (code: Sku): SkuPort => skuOnNeed(skuClient(env, code), db, code);
    const nowMs = () => Date.now();
    const name = ctx.id.name ?? "";
    this.#showCode = showOfGate(nameInObject(name));
    this.#show = this.#store.readShow();
    this.#watch = new StockWatch(
      { sku, name, show: this.#showCode, nowMs, onHeard: (said) => this.#heard(said) },
      this.#sockets,
    );
    const told = {
      write: (key: string) => this.#store.writeTold(key),
      forget: (key: string) => this.#store.forgetTold(key),
    };
    this.#offers = new OfferBook({ sku, nowMs, told }, this.#sockets, this.#store.readTold());
    this.#admission = new Admission(
      new WaitingRoom((buyer) => this.#sockets.ofBuyer(buyer).size > 0, this.#store.readRoom()),
      {
        perUnit: () => this.#show?.admissionPerUnit ?? null,
        unitsLeft: () => this.#watch.unitsLeft(),
        gates: gatesPerRegion(env),
        tellAdmitted: (buyer) => this.#tellAdmitted(buyer),
        onChange: () => this.#keepLater(() => (this.#unkept.isRoom = true)),
      },
    );
    this.#claims = new Claims(sku, this.#admission, nowMs, (code, error) =>
      this.#failed("claims", error, code),
    );
    this.#conversation = new Conversation({
      claims: this.#claims,
      sku,
      show: this.#showCode,
      newKey: () => encodeBytes(crypto.getRandomValues(new Uint8Array(13)), 20),
      speakFor: (socket, buyer) => this.#speakFor(socket, buyer),
      onFailure: (error) => this.#failed("call", error),
    });
    // Answered by the platform: a ping wakes nobody.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_TEXT, PONG_TEXT));
    this.#wake();
    this.#toldStatus = this.#statusNow();
  }

  /** Opens a socket. Reached through the binding only, so what the header says was checked. */
  override async fetch(request: Request): Promise<Response> {
    const asked = JSON.parse(request.headers.get(OPEN_SOCKET_HEADER) ?? "") as OpenSocket;
    if (this.#sockets.size >= SOCKETS_MAX) return refusal("unavailable");
    this.#learnShow(asked.show);
    const unknown = await this.#begin(asked.skus);
    if (unknown !== null) return refusal(unknown.code, unknown.facts);

    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const id = encodeBytes(crypto.getRandomValues(new Uint8Array(10)), 16);
    const socket = LiveSocket.opened(server, id, asked, Date.now());
    this.#sockets.add(socket);
    this.#tellCountLater();
    // In the same turn as the socket is added, so that no change falls between the two.
    const stock = this.#watch.seenBy(socket.viewer, socket.skus);
    const show = this.#showCode === null ? null : { code: this.#showCode, status: this.#statusNow() };
    socket.sendNumbered((seq) => snapshotText(seq, stock, show, Date.now()));
    if (socket.buyer !== null) await this.#tellOffers(socket, socket.buyer);
    await this.#armRound();
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const socket = this.#sockets.find(ws);
    if (socket === undefined || socket.isClosed) return;
    if (typeof message !== "string") return socket.close("binary");
    if (!socket.takeMessage(Date.now())) return socket.close("tooFast");
    if (isLonger(message, MESSAGE_BYTES_MAX[socket.viewer])) return socket.close("tooLarge");
    this.#conversation.hear(socket, message);
  }

  override webSocketClose(ws: WebSocket, code: number, reason: string): void {
    this.#gone(ws);
    try {
      // Some codes only say how it ended, and may not be sent. RFC 6455 §7.4.1.
      ws.close([1005, 1006, 1015].includes(code) ? 1000 : code, reason);
    } catch {
      // It is closed on both sides already.
    }
  }

  override webSocketError(ws: WebSocket): void {
    this.#gone(ws);
  }

  /** What an object says of its SKU. */
  async tell(news: SkuNews): Promise<void> {
    // Nobody looks any more: the next round takes the gate off the object's list.
    if (this.#watch.newsOf(news.sku) === null) return;
    this.#watch.learn(news);
  }

  async takeHolds({ caller, show, items }: GateClaims): Promise<ReadonlyArray<Result<HoldView, Problem>>> {
    this.#learnShow(show);
    this.#claimedAtMs = Date.now();
    if (show.admissionPerUnit !== null) {
      // The room is as large as there are units left, so they have to be known.
      await this.#begin(show.skus);
      await this.#armRound();
    }
    return new Promise((resolve) => {
      this.#claims.take(caller, this.#showCode, items, (outcomes) =>
        resolve(
          outcomes.map((outcome) =>
            outcome.ok ? ok(holdView(outcome.value.home, outcome.value.parts)) : err(outcome.error),
          ),
        ),
      );
    });
  }

  /** A round while somebody is here. Late, twice or never, no claim is decided otherwise. */
  override async alarm(): Promise<void> {
    try {
      const nowMs = Date.now();
      for (const socket of this.#sockets.all()) this.#closeIdle(socket, nowMs);
      this.#admission.admit(nowMs);
      await this.#watch.end(
        (sku) => this.#isNeeded(sku, nowMs),
        (sku, error) => this.#failed("unwatch", error, sku),
      );
      await this.#watch.confirm((sku, error) => this.#failed("watch", error, sku));
      await this.#tellCount();
    } catch (error) {
      this.#failed("round", error);
    } finally {
      await this.#armRound();
    }
  }

  #tellCountLater(): void {
    if (this.#countTimer !== null) return;
    this.#countTimer = setTimeout(() => {
      this.#countTimer = null;
      this.ctx.waitUntil(this.#tellCount());
    }, COUNT_MS);
  }

  /** Only a figure for people: one that is lost is told again within a minute. */
  async #tellCount(): Promise<void> {
    try {
      await tellSockets(this.env, this.ctx.id.name ?? "", this.#sockets.size);
    } catch (error) {
      this.#failed("count", error);
    }
  }

  /** After sleep: the sockets are still there, and everything that was kept. */
  #wake(): void {
    const spokenFor = this.#store.readSpokenFor();
    for (const news of this.#store.readNews()) this.#watch.restore(news);
    for (const ws of this.ctx.getWebSockets()) {
      const socket = LiveSocket.woken(ws, Date.now());
      for (const buyer of spokenFor.get(socket.id) ?? []) socket.speakFor(buyer);
      this.#sockets.add(socket);
    }
  }

  #learnShow(show: LiveShow | null): void {
    if (show === null || JSON.stringify(show) === JSON.stringify(this.#show)) return;
    this.#show = show;
    this.#store.writeShow(show);
    this.#admission.admit(Date.now());
    this.#tellStatus();
  }

  /** @returns Why the SKUs cannot be watched; null where they are. */
  async #begin(skus: ReadonlyArray<Sku>): Promise<{ code: ProblemCode; facts?: ProblemFacts } | null> {
    try {
      const unknown = await this.#watch.begin(skus);
      return unknown === null ? null : { code: "sku_unknown", facts: { sku: unknown } };
    } catch (error) {
      this.#failed("watch", error);
      return { code: "unavailable" };
    }
  }

  #heard(said: SkuNews): void {
    this.#offers.hear(said.events);
    this.#tellStatus();
    this.#admission.admit(Date.now());
    this.#keepLater(() => this.#unkept.skus.add(said.sku));
  }

  /** What objects say of the show's drops goes before what the Worker read of it. */
  #statusNow(): DropStatus | null {
    if (this.#showCode === null) return null;
    return this.#watch.showStatus(this.#showCode) ?? this.#show?.status ?? null;
  }

  #tellStatus(): void {
    const status = this.#statusNow();
    if (status === this.#toldStatus || status === null) return;
    this.#toldStatus = status;
    if (status === "scheduled") return;
    for (const socket of this.#sockets.all()) socket.send(`{"type":"show","status":"${status}"}`);
  }

  #tellAdmitted(buyer: BuyerKey): void {
    for (const socket of this.#sockets.ofBuyer(buyer)) socket.send(`{"type":"admitted","buyer":"${buyer}"}`);
  }

  async #tellOffers(socket: LiveSocket, buyer: BuyerKey): Promise<void> {
    try {
      await this.#offers.tell(socket, buyer);
    } catch (error) {
      // The buyer finds the offer again by asking for the place in line.
      this.#failed("offers", error);
    }
  }

  #speakFor(socket: LiveSocket, buyer: BuyerKey): void {
    if (buyer === socket.buyer) return;
    this.#sockets.speakFor(socket, buyer);
    this.#keepLater(() => this.#unkept.sockets.add(socket));
  }

  #gone(ws: WebSocket): void {
    const socket = this.#sockets.find(ws);
    if (socket === undefined) return;
    socket.isClosed = true;
    this.#sockets.remove(socket);
    this.#tellCountLater();
    this.#unkept.sockets.delete(socket);
    if (socket.spokenFor.size > 0) this.#store.forgetSocket(socket.id);
    const { buyer } = socket;
    if (buyer !== null && this.#sockets.ofBuyer(buyer).size === 0) this.#admission.left(buyer, Date.now());
  }

  #closeIdle(socket: LiveSocket, nowMs: number): void {
    const pingedAtMs = this.ctx.getWebSocketAutoResponseTimestamp(socket.platformSocket)?.getTime() ?? 0;
    if (nowMs - Math.max(pingedAtMs, socket.heardAtMs) > IDLE_MS_MAX) socket.close("idle");
  }

  /** SKUs that a socket looks at, or that the waiting room counts while people claim. */
  #isNeeded(sku: Sku, nowMs: number): boolean {
    if (this.#sockets.watcherCount(sku) > 0) return true;
    const isCounted = this.#show?.admissionPerUnit !== null && this.#show?.skus.includes(sku) === true;
    return isCounted && nowMs - this.#claimedAtMs < ROUND_MS;
  }

  /** The next round, unless nobody is here any more: then nothing is kept either. */
  async #armRound(): Promise<void> {
    const nowMs = Date.now();
    const isNeeded = this.#sockets.size > 0 || nowMs - this.#claimedAtMs < ROUND_MS;
    if (isNeeded) {
      if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(nowMs + ROUND_MS);
      return;
    }
    this.#offers.clear();
    this.#store.clear();
  }

  #keepLater(note: () => void): void {
    note();
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#keep(), QUIET_MS);
  }

  #keep(): void {
    this.#quietTimer = null;
    const { skus, sockets } = this.#unkept;
    transact(this.ctx.storage, () => {
      for (const sku of skus) {
        const news = this.#watch.newsOf(sku);
        if (news !== null) this.#store.writeNews(news);
      }
      for (const socket of sockets) this.#store.writeSpokenFor(socket.id, [...socket.spokenFor]);
      if (this.#unkept.isRoom) this.#store.writeRoom(this.#admission.rows());
    });
    skus.clear();
    sockets.clear();
    this.#unkept.isRoom = false;
  }

  #failed(what: string, error: unknown, sku?: Sku): void {
    const name = error instanceof Error ? error.message : "unknown";
    console.error(JSON.stringify({ message: "gate failed", what, sku, error: name }));
  }
}

/** Bytes are counted only where characters leave it open. */
function isLonger(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true;
  return text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax;
}

function refusal(code: ProblemCode, facts: ProblemFacts = {}): Response {
  const body = problem(code, facts);
  return Response.json(body, {
    status: body.status,
    headers: { "content-type": "application/problem+json" },
  });
}
