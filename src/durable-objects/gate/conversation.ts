import { holdChangeProblem, noHoldProblem } from "../../contract/hold-view.ts";
import { holdNamed } from "../../contract/holds.ts";
import { invalidProblem } from "../../contract/invalid-request.ts";
import {
  heldText,
  holdText,
  refusedText,
  resultsText,
  resultText,
  PONG_TEXT,
} from "../../contract/live-text.ts";
import {
  clientMessageSchema,
  readClaimMessage,
  type ClientMessage,
  type LiveClaim,
} from "../../contract/live.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { waitlistView } from "../../contract/waitlist-view.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { findHold, releaseFound } from "../../domain/inventory/find-hold.ts";
import { waitlistKey } from "../../domain/inventory/hold-plan.ts";
import type { HoldKey } from "../../domain/inventory/hold.ts";
import type { SkuPort } from "../../domain/inventory/sku-port.ts";
import {
  isOtherWish,
  OFFER_TTL_SECONDS_DEFAULT,
  parseWaitlistId,
  type WaitlistPlace,
} from "../../domain/inventory/waitlist-entry.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { ClaimOutcome, Claims } from "./claims.ts";
import type { LiveSocket } from "./live-socket.ts";

/** Calls to objects beside claims that may be under way at once; one more is told to come back. */
const CALLS_MAX = 1_000;

export type ConversationPorts = {
  readonly claims: Claims;
  readonly sku: (sku: Sku) => SkuPort;
  readonly show: string | null;
  /** A key for what came without one. */
  readonly newKey: () => HoldKey;
  /** What the buyer got is the socket's business from now on. */
  readonly speakFor: (socket: LiveSocket, buyer: BuyerKey) => void;
  readonly onFailure: (error: unknown) => void;
};

type Message<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;

/** Reads what clients say, and answers: every message once, by its `ref`. */
export class Conversation {
  readonly #ports: ConversationPorts;
  #calls = 0;

  constructor(ports: ConversationPorts) {
    this.#ports = ports;
  }

  hear(socket: LiveSocket, text: string): void {
    const said = readMessage(text);
    if (!said.ok) return socket.send(resultText(said.error.ref, refusedText(said.error.problem)));
    const message = said.value;
    switch (message.type) {
      case "hold":
        return this.#hold(socket, message);
      case "holds":
        return this.#holds(socket, message);
      case "ping":
        return socket.send(PONG_TEXT);
      case "checked":
        return socket.proveReading(message.id);
      case "release":
        return this.#call(socket, message.ref, () => this.#release(socket, message));
      case "waitlist":
        return this.#call(socket, message.ref, () => this.#waitlist(socket, message));
      case "leave":
        return this.#call(socket, message.ref, () => this.#leave(socket, message));
    }
  }

  #hold(socket: LiveSocket, message: Message<"hold">): void {
    const buyer = actingBuyer(socket, message.buyer);
    if (!buyer.ok) return socket.send(resultText(message.ref, refusedText(buyer.error)));
    this.#ports.claims.take(socket, this.#ports.show, [{ ...message, buyer: buyer.value }], ([outcome]) => {
      if (outcome !== undefined)
        socket.send(resultText(message.ref, this.#answer(socket, buyer.value, outcome)));
    });
  }

  #holds(socket: LiveSocket, { ref, items }: Message<"holds">): void {
    // As over HTTP: only a server speaks for many at once.
    if (socket.viewer === "publishable") {
      return socket.send(resultText(ref, refusedText(problem("forbidden"))));
    }
    const buyers = items.map((item) => actingBuyer(socket, item.buyer));
    const claims = items.flatMap((item: LiveClaim, index) => {
      const buyer = buyers[index];
      return buyer?.ok === true ? [{ ...item, buyer: buyer.value }] : [];
    });
    const answerAll = (outcomes: ReadonlyArray<ClaimOutcome>) => {
      let next = 0;
      const answers = buyers.map((buyer) => {
        if (!buyer.ok) return refusedText(buyer.error);
        const outcome = outcomes[next] ?? err(problem("unavailable"));
        next += 1;
        return this.#answer(socket, buyer.value, outcome);
      });
      socket.send(resultsText(ref, answers));
    };
    if (claims.length === 0) return answerAll([]);
    this.#ports.claims.take(socket, this.#ports.show, claims, answerAll);
  }

  #answer(socket: LiveSocket, buyer: BuyerKey, outcome: ClaimOutcome): string {
    if (outcome.ok) {
      this.#ports.speakFor(socket, buyer);
      return heldText(outcome.value);
    }
    // An offer, or the word that the buyer is let in, comes later.
    const { code } = outcome.error;
    if (code === "waitlisted" || code === "queued") this.#ports.speakFor(socket, buyer);
    return refusedText(outcome.error);
  }

  /** Beside claims nothing is so frequent that it has to be gathered. */
  #call(socket: LiveSocket, ref: string, work: () => Promise<Result<string, Problem>>): void {
    const answer = (result: Result<string, Problem>) =>
      socket.send(resultText(ref, result.ok ? `"ok":true,${result.value}}` : refusedText(result.error)));
    if (this.#calls >= CALLS_MAX) return answer(err(problem("unavailable")));
    this.#calls += 1;
    void work()
      .catch((error: unknown) => {
        this.#ports.onFailure(error);
        return err(problem("unavailable"));
      })
      .then(answer)
      .finally(() => {
        this.#calls -= 1;
      });
  }

  async #release(socket: LiveSocket, { hold }: Message<"release">): Promise<Result<string, Problem>> {
    const name = holdNamed(hold);
    const found = name === null ? null : await findHold(this.#ports.sku, name, socket.owner);
    if (found === null) return err(problem("hold_unknown"));
    const released = await releaseFound(this.#ports.sku, found);
    if (!released.ok) return err(holdChangeProblem(released.error));
    return ok(`"hold":${holdText(released.value)}`);
  }

  async #waitlist(socket: LiveSocket, message: Message<"waitlist">): Promise<Result<string, Problem>> {
    const buyer = actingBuyer(socket, message.buyer);
    if (!buyer.ok) return buyer;
    const { idempotency_key: key, sku, quantity, ttl_seconds: ttl } = message;
    const command = {
      key: key === undefined ? this.#ports.newKey() : waitlistKey(socket.principalId, key),
      buyer: buyer.value,
      quantity,
      show: this.#ports.show,
      ttlSeconds: ttl ?? OFFER_TTL_SECONDS_DEFAULT,
    };
    const joined = await this.#ports.sku(sku).joinWaitlist(command);
    if (!joined.ok) return err(noHoldProblem(joined.error));
    if (isOtherWish(joined.value.entry, command)) return err(problem("idempotency_key_reused"));
    this.#ports.speakFor(socket, buyer.value);
    return ok(placeText(sku, joined.value));
  }

  async #leave(socket: LiveSocket, { sku, waitlist }: Message<"leave">): Promise<Result<string, Problem>> {
    const unknown = err(problem("waitlist_unknown"));
    const name = parseWaitlistId(waitlist);
    if (name === null) return unknown;
    const object = this.#ports.sku(sku);
    const place = await object.readWaitlist(name.key);
    if (place === null || place.entry.createdAtMs !== name.createdAtMs) return unknown;
    if (!isOwn(socket, place.entry.buyer)) return unknown;
    const left = await object.leaveWaitlist(name.key);
    return left === null ? unknown : ok(placeText(sku, left));
  }
}

function placeText(sku: Sku, place: WaitlistPlace): string {
  return `"waitlist":${JSON.stringify(waitlistView(sku, place))}`;
}

type Unreadable = { readonly ref: string | null; readonly problem: Problem };

function readMessage(text: string): Result<ClientMessage, Unreadable> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err({ ref: null, problem: problem("malformed", { detail: "The message is not JSON." }) });
  }
  const claim = readClaimMessage(value);
  if (claim !== null) return ok(claim);
  const parsed = clientMessageSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return err({ ref: refOf(value), problem: invalidProblem(parsed.error, "") });
}

/** So that a client knows which of its messages does not fit. */
function refOf(value: unknown): string | null {
  const ref = (value as { readonly ref?: unknown } | null)?.ref;
  return typeof ref === "string" && ref.length <= 64 ? ref : null;
}

/** Whom a message is for: a page's buyer is bound, a server names one or has bound one. */
function actingBuyer(socket: LiveSocket, named: BuyerKey | undefined): Result<BuyerKey, Problem> {
  const buyer = named ?? socket.buyer;
  if (buyer === null) {
    return err(problem("request_invalid", { errors: [{ pointer: "/buyer", detail: "is required" }] }));
  }
  if (socket.viewer === "publishable" && buyer !== socket.buyer) {
    return err(problem("forbidden", { detail: "The socket is bound to another buyer." }));
  }
  return ok(buyer);
}

/** A token says who the buyer is, so what belongs to others is not there. Otherwise whoever knows an id may use it. */
function isOwn({ owner }: LiveSocket, buyer: BuyerKey): boolean {
  return owner === null || owner === buyer;
}
