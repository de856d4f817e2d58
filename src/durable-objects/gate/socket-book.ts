import type { BuyerKey, Sku } from "../../domain/brand.ts";
import type { Viewer } from "../../domain/live/seen-stock.ts";
import type { LiveSocket } from "./live-socket.ts";

type Watchers = Readonly<Record<Viewer, Set<LiveSocket>>>;

/** The sockets of a gate, by what is told to them. */
export class SocketBook {
  readonly #sockets = new Map<WebSocket, LiveSocket>();
  readonly #bySku = new Map<Sku, Watchers>();
  readonly #byBuyer = new Map<BuyerKey, Set<LiveSocket>>();

  get size(): number {
    return this.#sockets.size;
  }

  add(socket: LiveSocket): void {
    this.#sockets.set(socket.platformSocket, socket);
    for (const sku of socket.skus) {
      const watchers = this.#bySku.get(sku) ?? { publishable: new Set(), secret: new Set() };
      watchers[socket.viewer].add(socket);
      this.#bySku.set(sku, watchers);
    }
    if (socket.buyer !== null) this.#addBuyer(socket.buyer, socket);
    for (const buyer of socket.spokenFor) this.#addBuyer(buyer, socket);
  }

  find(ws: WebSocket): LiveSocket | undefined {
    return this.#sockets.get(ws);
  }

  remove(socket: LiveSocket): void {
    this.#sockets.delete(socket.platformSocket);
    for (const sku of socket.skus) {
      const watchers = this.#bySku.get(sku);
      watchers?.[socket.viewer].delete(socket);
      if (watchers?.publishable.size === 0 && watchers.secret.size === 0) this.#bySku.delete(sku);
    }
    if (socket.buyer !== null) this.#removeBuyer(socket.buyer, socket);
    for (const buyer of socket.spokenFor) this.#removeBuyer(buyer, socket);
  }

  all(): Iterable<LiveSocket> {
    return this.#sockets.values();
  }

  skus(): Iterable<Sku> {
    return this.#bySku.keys();
  }

  watchers(sku: Sku, viewer: Viewer): ReadonlySet<LiveSocket> {
    return this.#bySku.get(sku)?.[viewer] ?? NOBODY;
  }

  watcherCount(sku: Sku): number {
    return this.watchers(sku, "publishable").size + this.watchers(sku, "secret").size;
  }

  /** Sockets that are the buyer's, or of servers that spoke for the buyer. */
  ofBuyer(buyer: BuyerKey): ReadonlySet<LiveSocket> {
    return this.#byBuyer.get(buyer) ?? NOBODY;
  }

  /** From now on the socket is told what concerns this buyer. */
  speakFor(socket: LiveSocket, buyer: BuyerKey): void {
    const forgotten = socket.speakFor(buyer);
    if (forgotten === false) return;
    if (forgotten !== null) this.#removeBuyer(forgotten, socket);
    this.#addBuyer(buyer, socket);
  }

  #addBuyer(buyer: BuyerKey, socket: LiveSocket): void {
    const sockets = this.#byBuyer.get(buyer);
    if (sockets === undefined) this.#byBuyer.set(buyer, new Set([socket]));
    else sockets.add(socket);
  }

  #removeBuyer(buyer: BuyerKey, socket: LiveSocket): void {
    const sockets = this.#byBuyer.get(buyer);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#byBuyer.delete(buyer);
  }
}

const NOBODY: ReadonlySet<LiveSocket> = new Set();
