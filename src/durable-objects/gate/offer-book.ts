import { holdText } from "../../contract/live-text.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { composeHoldId, type HoldKey, type HoldPart } from "../../domain/inventory/hold.ts";
import type { SkuEvent, SkuPort } from "../../domain/inventory/sku-port.ts";
import type { LiveSocket } from "./live-socket.ts";
import type { SocketBook } from "./socket-book.ts";

export type OfferPorts = {
  readonly sku: (sku: HoldPart["sku"]) => Pick<SkuPort, "readHold">;
  readonly nowMs: () => number;
  readonly told: {
    readonly write: (key: HoldKey) => void;
    readonly forget: (key: HoldKey) => void;
  };
};

/** The offers that live, and who was told of them. */
export class OfferBook {
  readonly #ports: OfferPorts;
  readonly #sockets: SocketBook;
  readonly #byBuyer = new Map<BuyerKey, Map<HoldKey, HoldPart>>();
  /** Objects repeat the offers that live whenever a gate begins to watch. */
  readonly #told: Set<HoldKey>;

  constructor(ports: OfferPorts, sockets: SocketBook, told: ReadonlyArray<HoldKey>) {
    this.#ports = ports;
    this.#sockets = sockets;
    this.#told = new Set(told);
  }

  hear(events: ReadonlyArray<SkuEvent>): void {
    for (const { type, buyer, hold } of events) {
      if (type === "offered") this.#offered(buyer, hold);
      else this.#expired(buyer, hold);
    }
  }

  /** Tells a socket that has just begun to speak for a buyer of the offers that the buyer may still take. */
  async tell(socket: LiveSocket, buyer: BuyerKey): Promise<void> {
    const nowMs = this.#ports.nowMs();
    for (const { key, sku, expiresAtMs } of this.#byBuyer.get(buyer)?.values() ?? []) {
      // Nobody told us whether it was taken or declined meanwhile.
      const hold = expiresAtMs <= nowMs ? null : await this.#ports.sku(sku).readHold(key);
      if (hold?.status === "active") this.#send(socket, hold);
      else this.#forget(buyer, key);
    }
  }

  clear(): void {
    this.#byBuyer.clear();
    this.#told.clear();
  }

  #offered(buyer: BuyerKey, hold: HoldPart): void {
    const offers = this.#byBuyer.get(buyer) ?? new Map<HoldKey, HoldPart>();
    offers.set(hold.key, hold);
    this.#byBuyer.set(buyer, offers);
    const sockets = this.#sockets.ofBuyer(buyer);
    if (sockets.size === 0 || this.#told.has(hold.key)) return;
    for (const socket of sockets) this.#send(socket, hold);
  }

  #expired(buyer: BuyerKey, hold: HoldPart): void {
    this.#forget(buyer, hold.key);
    // A basket's hold is named by its home part, which expires as well and says so.
    if (hold.home !== null) return;
    const text = `{"type":"hold_expired","hold":"${composeHoldId(hold.createdAtMs, hold.key, hold.sku)}"}`;
    for (const socket of this.#sockets.ofBuyer(buyer)) socket.send(text);
  }

  #send(socket: LiveSocket, hold: HoldPart): void {
    socket.send(`{"type":"offer","hold":${holdText({ home: hold, parts: [hold] })}}`);
    if (this.#told.has(hold.key)) return;
    this.#told.add(hold.key);
    this.#ports.told.write(hold.key);
  }

  #forget(buyer: BuyerKey, key: HoldKey): void {
    const offers = this.#byBuyer.get(buyer);
    offers?.delete(key);
    if (offers?.size === 0) this.#byBuyer.delete(buyer);
    if (this.#told.delete(key)) this.#ports.told.forget(key);
  }
}
