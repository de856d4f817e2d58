import { newKey } from "../../client/back-off.ts";
import type { LiveNews } from "../../client/live-messages.ts";
import type { HoldView } from "../../contract/holds.ts";
import type { WaitlistEntryView } from "../../contract/waitlist.ts";
import { type Action, type Facts, nothingKnown } from "./facts.ts";
import { Memory } from "./memory.ts";
import { Room, type RoomName } from "./room.ts";

const QUEUE_AGAIN_MS = 5_000;
/** Places move up without a word; whoever stands in line is told where so often. */
const PLACE_AGAIN_MS = 15_000;
const PAYING_AGAIN_MS = 4_000;
const ASK_AGAIN_MS = 4_000;

/** What happened, for the page around the widget. */
export type Happening =
  | { readonly type: "hold" | "offer" | "release" | "expire" | "purchase"; readonly hold: HoldView }
  | { readonly type: "waitlist"; readonly place: WaitlistEntryView }
  | { readonly type: "refused"; readonly problem: Facts["notice"] };

/** One buyer at one drop: asks, remembers what came of it over tabs and reloads, and keeps {@link facts} true. */
export class BuyerDesk {
  facts: Facts = nothingKnown;
  readonly #room: Room;
  readonly #wantedSku: string | null;
  readonly #onChange: () => void;
  readonly #onHappening: (happening: Happening) => void;
  #memory: Memory | null = null;
  #forgetTabs: () => void = () => {};
  /** Of a claim whose answer is not known yet, or that waits to be let in: the repeat must find it. */
  #claimKey: string | null = null;
  #quantity = 1;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #isOver = false;

  constructor(
    name: RoomName & { readonly sku: string | null },
    listeners: { readonly onChange: () => void; readonly onHappening: (happening: Happening) => void },
  ) {
    const { sku, ...room } = name;
    this.#wantedSku = sku;
    this.#onChange = listeners.onChange;
    this.#onHappening = listeners.onHappening;
    this.#room = Room.join(room, this.#member);
    this.#refresh();
  }

  readonly #member = {
    onNews: (news: LiveNews) => this.#hear(news),
    onChange: () => this.#refresh(),
  };

  get buyer(): string {
    return this.#room.buyer;
  }

  leave(): void {
    this.#isOver = true;
    this.#room.leave(this.#member);
    this.#forgetTabs();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Does it, unless something is under way: the second click of two is no second wish. */
  async act(action: Action, quantity = 1): Promise<void> {
    if (this.facts.pending !== null || this.#isOver) return;
    this.#set({ pending: action, notice: action === "release" ? this.facts.notice : null });
    try {
      if (action === "claim") await this.#claim(quantity);
      else if (action === "release") await this.#release();
      else if (action === "join") await this.#join();
      else if (action === "leave") await this.#leaveLine();
      else await this.#checkOut();
    } finally {
      this.#set({ pending: null });
    }
  }

  /** The countdown is over: the word that it is may be lost, so we ask. */
  timeIsUp(): void {
    const { hold } = this.facts;
    if (hold !== null) this.#later("hold", 300, () => this.#lookAtHold(hold.id));
    else this.#later("show", 300 + Math.random() * 700, () => this.#room.readShow());
  }

  #refresh(): void {
    const { show, failure, live, clockOffsetMs } = this.#room;
    const drop = show?.drops.find(({ sku }) => this.#wantedSku === null || sku === this.#wantedSku) ?? null;
    const isMissing = show !== null && drop === null;
    const unknown = {
      code: "unreachable",
      title: "sku_unknown",
      detail: "The show has no such drop.",
    } as const;
    this.#set({
      show,
      drop,
      failure: isMissing ? unknown : failure,
      stock: drop === null ? null : (live.stock.get(drop.sku) ?? null),
      connection: live.state,
      clockOffsetMs,
      isOffline: !navigator.onLine,
    });
    if (drop !== null && this.#memory === null) this.#remember(drop.sku);
  }

  #remember(sku: string): void {
    this.#memory = new Memory(this.#room.show?.code ?? "", sku, this.#room.buyer);
    const recall = () => {
      const { hold, place } = this.#memory?.read() ?? {};
      if (hold !== undefined) void this.#lookAtHold(hold);
      else if (place !== undefined) void this.#lookAtPlace(place);
      else if (this.facts.hold !== null || this.facts.place !== null) {
        this.#set({ hold: null, place: null, isOffer: false });
      }
    };
    this.#forgetTabs = this.#memory.onChange(recall);
    recall();
  }

  #hear(news: LiveNews): void {
    const { hold, drop, place } = this.facts;
    if (news.type === "snapshot") {
      if (hold !== null) void this.#lookAtHold(hold.id);
      else if (place !== null) void this.#lookAtPlace(place.id);
      if (this.facts.queued !== null) this.#queueAgain(0);
    } else if (news.type === "offer") {
      const isOurs = news.hold.lines.some(({ sku }) => sku === drop?.sku);
      if (isOurs && hold?.id !== news.hold.id) this.#took(news.hold, "offer");
    } else if (news.type === "hold_expired" && news.hold === hold?.id) this.#expired(hold);
    else if (news.type === "admitted" && this.facts.queued !== null) this.#queueAgain(0);
  }

  async #claim(quantity: number): Promise<void> {
    const sku = this.facts.drop?.sku;
    if (sku === undefined) return;
    this.#quantity = quantity;
    this.#claimKey ??= newKey();
    const lines = [{ sku, quantity }];
    const answer = await this.#room.live.ask({ type: "hold", idempotency_key: this.#claimKey, lines });
    if (answer.ok) {
      this.#claimKey = null;
      if (answer.hold !== undefined) this.#took(answer.hold, "hold");
      return;
    }
    const { problem } = answer;
    const { position } = problem as { readonly position?: number | null };
    if (problem.code === "queued") {
      this.#set({ queued: position ?? 0 });
      return this.#queueAgain(QUEUE_AGAIN_MS);
    }
    // Nobody knows what became of it, so the next click asks for the same again.
    if (problem.code !== "unreachable" && problem.code !== "unavailable") this.#claimKey = null;
    this.#set({ queued: null });
    if (problem.code === "waitlisted") return this.#lookAtPlace(String(problem["waitlist"]));
    this.#refused(problem);
  }

  #queueAgain(inMs: number): void {
    this.#later("queue", inMs, async () => {
      if (this.facts.queued !== null && this.#claimKey !== null) await this.#claim(this.#quantity);
    });
  }

  async #release(): Promise<void> {
    const { hold } = this.facts;
    if (hold === null) return;
    const answer = await this.#room.live.ask({ type: "release", hold: hold.id });
    if (!answer.ok && answer.problem.code !== "hold_expired" && answer.problem.code !== "hold_resolved") {
      return this.#refused(answer.problem);
    }
    this.#set({ hold: null, isOffer: false, notice: { code: "released" } });
    this.#keep();
    this.#onHappening({ type: "release", hold });
  }

  async #join(): Promise<void> {
    const sku = this.facts.drop?.sku;
    if (sku === undefined) return;
    const answer = await this.#room.live.ask({
      type: "waitlist",
      sku,
      quantity: 1,
      idempotency_key: newKey(),
    });
    if (!answer.ok) return this.#refused(answer.problem);
    if (answer.waitlist !== undefined) this.#stands(answer.waitlist);
  }

  async #leaveLine(): Promise<void> {
    const { place } = this.facts;
    if (place === null) return;
    const answer = await this.#room.live.ask({ type: "leave", sku: place.sku, waitlist: place.id });
    if (!answer.ok && answer.problem.code !== "waitlist_unknown") return this.#refused(answer.problem);
    this.#set({ place: null, notice: { code: "left" } });
    this.#keep();
  }

  /** In some drops a claim sets nothing aside before this. */
  async #checkOut(): Promise<void> {
    const { hold, drop } = this.facts;
    if (hold === null || hold.secured || drop?.policy !== "hold_on_checkout") return;
    const answer = await this.#room.call("checkoutHold", { params: { id: hold.id } });
    if (answer.ok) this.#set({ hold: answer.body });
    else this.#refused(answer.problem);
  }

  async #lookAtHold(id: string): Promise<void> {
    const answer = await this.#room.call("getHold", { params: { id } });
    if (this.#isOver) return;
    if (!answer.ok) {
      // Whoever cannot be asked now has forgotten nothing, and neither do we.
      if (answer.problem.code !== "hold_unknown") {
        return this.#later("hold", ASK_AGAIN_MS, () => this.#lookAtHold(id));
      }
      this.#set({ hold: null });
      return this.#keep();
    }
    const { body: hold } = answer;
    if (hold.status === "expired") return this.#expired(hold);
    if (hold.status === "released") {
      this.#set({ hold: null, isOffer: false });
      return this.#keep();
    }
    const wasBought = this.facts.hold?.status === "converted";
    this.#set({ hold });
    this.#keep();
    if (hold.status === "paying") this.#later("hold", PAYING_AGAIN_MS, () => this.#lookAtHold(id));
    if (hold.status === "converted" && !wasBought) this.#onHappening({ type: "purchase", hold });
  }

  async #lookAtPlace(id: string): Promise<void> {
    const sku = this.facts.drop?.sku;
    if (sku === undefined) return;
    const answer = await this.#room.call("getWaitlistEntry", { params: { sku, id } });
    if (this.#isOver) return;
    if (answer.ok) return this.#stands(answer.body);
    if (answer.problem.code !== "waitlist_unknown") {
      return this.#later("place", ASK_AGAIN_MS, () => this.#lookAtPlace(id));
    }
    this.#set({ place: null });
    this.#keep();
  }

  #stands(place: WaitlistEntryView): void {
    const before = this.facts.place;
    if (place.status === "waiting") {
      this.#set({ place });
      this.#later("place", PLACE_AGAIN_MS, () => this.#lookAtPlace(place.id));
      if (before?.id !== place.id) this.#onHappening({ type: "waitlist", place });
    } else {
      this.#set({ place: null });
      if (place.status === "offered" && place.hold !== null && this.facts.hold === null) {
        this.#set({ isOffer: true });
        void this.#lookAtHold(place.hold);
      }
      if (place.status === "lapsed") this.#set({ notice: { code: "lapsed" } });
    }
    this.#keep();
  }

  #took(hold: HoldView, how: "hold" | "offer"): void {
    this.#set({ hold, isOffer: how === "offer", place: null, queued: null, notice: null });
    this.#keep();
    this.#onHappening({ type: how, hold });
  }

  #expired(hold: HoldView): void {
    if (this.facts.hold === null && this.#memory?.read().hold !== hold.id) return;
    this.#set({ hold: null, isOffer: false, notice: { code: this.facts.isOffer ? "lapsed" : "expired" } });
    this.#keep();
    this.#onHappening({ type: "expire", hold });
  }

  #refused(problem: Facts["notice"]): void {
    this.#set({ notice: problem });
    this.#onHappening({ type: "refused", problem });
  }

  #keep(): void {
    const { hold, place } = this.facts;
    this.#memory?.write({
      ...(hold === null ? {} : { hold: hold.id }),
      ...(place === null ? {} : { place: place.id }),
    });
  }

  #later(name: string, ms: number, work: () => Promise<void>): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(
      name,
      setTimeout(() => void work(), ms),
    );
  }

  #set(known: Partial<Facts>): void {
    this.facts = { ...this.facts, ...known };
    if (!this.#isOver) this.#onChange();
  }
}
