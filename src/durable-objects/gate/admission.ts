import { problem, type Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { admissionCapacity, type WaitingRoom } from "../../domain/live/waiting-room.ts";
import type { ClaimOutcome, Door } from "./claims.ts";

/** Asked again sooner, a long line would be busy with asking. */
const RETRY_SECONDS_MIN = 2;
const RETRY_SECONDS_MAX = 30;
const BUYERS_PER_SECOND = 50;

export type AdmissionPorts = {
  readonly perUnit: () => number | null;
  readonly unitsLeft: () => number;
  readonly gates: number;
  readonly tellAdmitted: (buyer: BuyerKey) => void;
  /** The room has changed and is to be kept. */
  readonly onChange: () => void;
};

/** The waiting room of a gate, in front of its claims. */
export class Admission implements Door {
  readonly #room: WaitingRoom;
  readonly #ports: AdmissionPorts;
  #isAdmitting = false;

  constructor(room: WaitingRoom, ports: AdmissionPorts) {
    this.#room = room;
    this.#ports = ports;
  }

  enter(buyer: BuyerKey, nowMs: number): Problem | null {
    const capacity = this.#capacity();
    if (capacity === null && this.#room.isEmpty) return null;
    const entry = this.#room.enter(buyer, capacity, nowMs);
    this.#ports.onChange();
    if (entry.isAdmitted) return null;
    const seconds = RETRY_SECONDS_MIN + Math.floor(entry.position / BUYERS_PER_SECOND);
    return problem("queued", {
      position: entry.position,
      retry_after_seconds: Math.min(RETRY_SECONDS_MAX, seconds),
    });
  }

  decided(buyer: BuyerKey, outcome: ClaimOutcome, nowMs: number): void {
    if (this.#room.isEmpty) return;
    // What nobody knows is asked again with the same key, and must find the door open.
    if (!outcome.ok && (outcome.error.code === "unavailable" || outcome.error.code === "rate_limited"))
      return;
    this.left(buyer, nowMs);
  }

  /** The buyer's last socket is closed, or the buyer's claim was decided. */
  left(buyer: BuyerKey, nowMs: number): void {
    if (this.#room.isEmpty) return;
    this.#room.leave(buyer);
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    // After the answers that are just being given: whoever is told to wait must hear it before being let in.
    queueMicrotask(() => {
      this.#isAdmitting = false;
      this.admit(nowMs);
    });
  }

  /** Lets in as many as there is room for: units came back, or somebody has left. */
  admit(nowMs: number): void {
    if (this.#room.isEmpty) return;
    for (const buyer of this.#room.admit(this.#capacity(), nowMs)) this.#ports.tellAdmitted(buyer);
    this.#ports.onChange();
  }

  rows(): ReturnType<WaitingRoom["rows"]> {
    return this.#room.rows();
  }

  #capacity(): number | null {
    return admissionCapacity(this.#ports.perUnit(), this.#ports.unitsLeft(), this.#ports.gates);
  }
}
