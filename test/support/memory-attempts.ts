import { ATTEMPT_LEASE_MS, type AttemptStore } from "../../src/durable-objects/order-desk/attempt-store.ts";
import type { Attempt, BeginAttempt, Begun } from "../../src/durable-objects/order-desk/port.ts";

type Row = Attempt & { leasedUntilMs: number; isRevoked: boolean };

/** What `AttemptStore` does, without SQL; a unit test holds both to the same promises. */
export class MemoryAttempts implements Pick<
  AttemptStore,
  "begin" | "isCommittable" | "revoke" | "settle" | "stale"
> {
  readonly #rows = new Map<string, Row>();

  begin(wanted: BeginAttempt, nonce: string, nowMs: number): Begun {
    const row = this.#rows.get(wanted.orderId);
    if (row === undefined) {
      const paymentKey = `${wanted.orderId}:${nonce}`;
      this.#rows.set(wanted.orderId, {
        ...wanted,
        paymentKey,
        startedAtMs: nowMs,
        leasedUntilMs: nowMs + ATTEMPT_LEASE_MS,
        isRevoked: false,
      });
      return { status: "begun", paymentKey };
    }
    if (row.attempt !== wanted.attempt) return { status: "taken" };
    if (row.isRevoked || row.leasedUntilMs > nowMs) return { status: "in_progress" };
    row.leasedUntilMs = nowMs + ATTEMPT_LEASE_MS;
    return { status: "begun", paymentKey: row.paymentKey };
  }

  isCommittable(orderId: string, attempt: string): boolean {
    const row = this.#rows.get(orderId);
    return row?.attempt === attempt && !row.isRevoked;
  }

  revoke(orderId: string, attempt: string): void {
    const row = this.#rows.get(orderId);
    if (row?.attempt === attempt) row.isRevoked = true;
  }

  settle(orderId: string, attempt: string): void {
    if (this.#rows.get(orderId)?.attempt === attempt) this.#rows.delete(orderId);
  }

  stale(nowMs: number, limit: number): Array<Attempt> {
    return [...this.#rows.values()].filter((row) => row.leasedUntilMs <= nowMs).slice(0, limit);
  }
}
