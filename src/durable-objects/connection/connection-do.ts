import { createDurable } from "itty-durable/itty-durable.js";

import {
  admit,
  afterFailure,
  afterSuccess,
  afterThrottle,
  unusedHealth,
  type Admission,
  type Health,
} from "../../domain/connections/breaker.ts";
import { endTurn, takeTurn, type Turn } from "../../domain/connections/turn.ts";

/** What this project uses of an itty-durable object; the package's own types are `any`. */
type IttyBase = new (state: DurableObjectState, env: Env) => { persist(): Promise<void> };
const IttyDurable = createDurable({ autoPersist: false }) as unknown as IttyBase;

/**
 * How well one connection to an outside system is doing. Advisory and small: losing it costs a few needless calls, so
 * it may live in itty-durable's single JSON value. Stock, orders and money must not.
 *
 * Each method decides and assigns before it awaits anything, so that two at once cannot lose an update.
 */
export class ConnectionDurableObject extends IttyDurable {
  health: Health = unusedHealth;
  turn: Turn | null = null;

  async admitCall(nowMs: number): Promise<Admission> {
    const { admission, health } = admit(this.health, nowMs);
    // A closed circuit admits without a write, which is every call on a good day.
    if (health !== this.health) {
      this.health = health;
      await this.persist();
    }
    return admission;
  }

  async recordSuccess(nowMs: number): Promise<Health> {
    this.health = afterSuccess(this.health, nowMs);
    await this.persist();
    return this.health;
  }

  async recordFailure(nowMs: number, error: string): Promise<Health> {
    this.health = afterFailure(this.health, error, nowMs);
    await this.persist();
    return this.health;
  }

  async recordThrottle(nowMs: number, retryAfterMs: number): Promise<Health> {
    this.health = afterThrottle(this.health, nowMs + retryAfterMs);
    await this.persist();
    return this.health;
  }

  async takeTurn(nowMs: number, holder: string): Promise<{ readonly isTaken: boolean }> {
    this.turn = takeTurn(this.turn, holder, nowMs);
    const isTaken = this.turn.holder === holder;
    await this.persist();
    return { isTaken };
  }

  async endTurn(nowMs: number, holder: string): Promise<{ readonly isAskedAgain: boolean }> {
    this.turn = endTurn(this.turn, holder, nowMs);
    const isAskedAgain = this.turn?.holder === holder;
    await this.persist();
    return { isAskedAgain };
  }

  readHealth(): Health {
    return this.health;
  }
}
