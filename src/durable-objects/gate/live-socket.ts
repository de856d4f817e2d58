import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { fullBucket, messageRates, takeMessage, type Bucket } from "../../domain/live/message-rate.ts";
import {
  countSent,
  newReading,
  proveReading,
  readingLimits,
  type Reading,
} from "../../domain/live/reading-proof.ts";
import type { GateCaller, OpenSocket } from "./port.ts";

/** Beyond so many, a server's socket forgets the buyers it spoke for first. */
const SPOKEN_FOR_MAX = 20_000;

/** Why a gate closes a socket: a code of RFC 6455 §7.4, or of the range that it leaves to applications. */
export const closings = {
  binary: [1003, "binary messages are not understood"],
  tooFast: [1008, "too many messages"],
  tooLarge: [1009, "the message is too large"],
  idle: [4001, "nothing was heard of you for long: send pings"],
  notReading: [4002, "you read more slowly than is sent, or do not answer checks"],
} as const;
export type Closing = keyof typeof closings;

/** What a sleeping gate keeps with the socket. */
type Attachment = {
  readonly id: string;
  readonly principalId: string;
  readonly viewer: GateCaller["viewer"];
  readonly device: string | null;
  readonly buyer: BuyerKey | null;
  readonly owner: BuyerKey | null;
  readonly skus: ReadonlyArray<Sku>;
  readonly origin: string | null;
  readonly seq: number;
  readonly reading: Reading;
};

/** One open socket. Everything that must survive the gate's sleep is in its attachment whenever an event has ended. */
export class LiveSocket implements GateCaller {
  readonly id: string;
  readonly principalId: string;
  readonly viewer: GateCaller["viewer"];
  readonly device: string | null;
  readonly buyer: BuyerKey | null;
  readonly owner: BuyerKey | null;
  readonly skus: ReadonlyArray<Sku>;
  readonly origin: string | null;
  /** Buyers that a server's socket got a hold or a place in line for. Their offers and expiries are told here. */
  readonly spokenFor = new Set<BuyerKey>();
  /** When a message last came; pings that the platform answers are known to the platform alone. */
  heardAtMs: number;
  isClosed = false;
  readonly #ws: WebSocket;
  readonly #bucket: Bucket;
  readonly #reading: Reading;
  #seq: number;

  private constructor(ws: WebSocket, kept: Attachment, nowMs: number) {
    this.#ws = ws;
    this.id = kept.id;
    this.principalId = kept.principalId;
    this.viewer = kept.viewer;
    this.device = kept.device;
    this.buyer = kept.buyer;
    this.owner = kept.owner;
    this.skus = kept.skus;
    this.origin = kept.origin;
    this.heardAtMs = nowMs;
    this.#seq = kept.seq;
    this.#reading = kept.reading;
    this.#bucket = fullBucket(messageRates[kept.viewer], nowMs);
  }

  static opened(ws: WebSocket, id: string, socket: OpenSocket, nowMs: number): LiveSocket {
    const { principalId, viewer, device, buyer, owner, skus, origin } = socket;
    const kept = {
      id,
      principalId,
      viewer,
      device,
      buyer,
      owner,
      skus,
      origin,
      seq: 0,
      reading: newReading(),
    };
    const opened = new LiveSocket(ws, kept, nowMs);
    opened.#keep();
    return opened;
  }

  /** A socket that slept. */
  static woken(ws: WebSocket, nowMs: number): LiveSocket {
    return new LiveSocket(ws, ws.deserializeAttachment() as Attachment, nowMs);
  }

  get platformSocket(): WebSocket {
    return this.#ws;
  }

  /** @returns false where the buyer is known here already. */
  speakFor(buyer: BuyerKey): BuyerKey | null | false {
    if (buyer === this.buyer || this.spokenFor.has(buyer)) return false;
    this.spokenFor.add(buyer);
    if (this.spokenFor.size <= SPOKEN_FOR_MAX) return null;
    const [oldest] = this.spokenFor;
    if (oldest !== undefined) this.spokenFor.delete(oldest);
    return oldest ?? null;
  }

  takeMessage(nowMs: number): boolean {
    this.heardAtMs = nowMs;
    return takeMessage(this.#bucket, messageRates[this.viewer], nowMs);
  }

  /** Sends what answers or concerns this client alone. */
  send(text: string): void {
    if (this.isClosed) return;
    const verdict = countSent(this.#reading, text.length, readingLimits[this.viewer]);
    if (verdict === "drop") return this.close("notReading");
    this.#transmit(text);
    if (verdict === "check") this.#transmit(`{"type":"check","id":${this.#reading.checkedAtChars}}`);
  }

  /** Sends one of the messages that are numbered, so that a client knows that it missed none. */
  sendNumbered(compose: (seq: number) => string): void {
    if (this.isClosed) return;
    this.#seq += 1;
    this.send(compose(this.#seq));
    this.#keep();
  }

  proveReading(name: number): void {
    proveReading(this.#reading, name);
    this.#keep();
  }

  close(closing: Closing): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const [code, reason] = closings[closing];
    try {
      this.#ws.close(code, reason);
    } catch {
      // It is closed already.
    }
  }

  #transmit(text: string): void {
    try {
      this.#ws.send(text);
    } catch {
      // The client has gone; the platform says so in an event of its own.
      this.isClosed = true;
    }
  }

  #keep(): void {
    if (this.isClosed) return;
    const { id, principalId, viewer, device, buyer, owner, skus, origin } = this;
    this.#ws.serializeAttachment({
      id,
      principalId,
      viewer,
      device,
      buyer,
      owner,
      skus,
      origin,
      seq: this.#seq,
      reading: this.#reading,
    } satisfies Attachment);
  }
}
