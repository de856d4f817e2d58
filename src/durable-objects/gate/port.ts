import type { HoldBatchItem, HoldView } from "../../contract/holds.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import type { DropStatus } from "../../domain/inventory/drop.ts";
import type { Viewer } from "../../domain/live/seen-stock.ts";
import type { Result } from "../../domain/result.ts";

/** What a gate has to know of the show it stands before. */
export type LiveShow = {
  readonly code: string;
  readonly skus: ReadonlyArray<Sku>;
  readonly status: DropStatus;
  /** Buyers let in for each unit that is left; null: no waiting room. */
  readonly admissionPerUnit: number | null;
};

/** Who speaks. */
export type GateCaller = {
  /** Of the key: each has idempotency keys of its own. */
  readonly principalId: string;
  readonly viewer: Viewer;
  /** Where the device that asks is known: an opaque key. */
  readonly device: string | null;
};

/** What the Worker knows of a socket that is to be opened. The key is not among it. */
export type OpenSocket = GateCaller & {
  /** Whom the socket speaks for; null where each message names its buyer. */
  readonly buyer: BuyerKey | null;
  /** Set where a token says who the buyer is: holds and places of others are not there for this socket. */
  readonly owner: BuyerKey | null;
  readonly skus: ReadonlyArray<Sku>;
  readonly show: LiveShow | null;
  /** The page that opened it, as the browser says. */
  readonly origin: string | null;
};

export type GateClaims = {
  readonly caller: GateCaller;
  readonly show: LiveShow;
  readonly items: ReadonlyArray<HoldBatchItem>;
};

/** The front that takes a crowd: it gathers claims, and tells those who watch. It decides nothing about stock. */
export interface GatePort {
  /** Answers each claim by itself, in order. Repeats with the same key find the same hold. */
  takeHolds(claims: GateClaims): Promise<ReadonlyArray<Result<HoldView, Problem>>>;
  /** A WebSocket for the caller, or a problem. */
  open(socket: OpenSocket): Promise<Response>;
}

/** The header that carries {@link OpenSocket} to the gate, as JSON: an upgrade is a request, and not a call. */
export const OPEN_SOCKET_HEADER = "x-holdfast-socket";
