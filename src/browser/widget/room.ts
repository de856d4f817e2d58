import { type Call, createCall } from "../../client/call.ts";
import type { ClientProblem } from "../../client/contract.ts";
import type { LiveNews } from "../../client/live-messages.ts";
import { LiveConnection } from "../../client/live.ts";
import type { ShowView } from "../../contract/shows.ts";
import { buyerOfBrowser, buyerOfToken } from "./memory.ts";
import { routes } from "./routes.ts";

export type RoomName = {
  readonly url: string;
  readonly show: string;
  readonly key: string;
  readonly token: string | null;
};
export type Member = {
  readonly onNews: (news: LiveNews) => void;
  /** Something of what the room knows has changed. */
  readonly onChange: () => void;
};

const rooms = new Map<string, Room>();
const SHOW_AGAIN_MS = 4_000;
/** What pages read of a show may be a second old, and so older than what a socket has just told. */
const SHOW_SETTLED_MS = 1_500;

/** A show as one buyer sees it, on one socket, shared by all widgets of the page that show a part of it. */
export class Room {
  readonly buyer: string;
  readonly call: Call<keyof typeof routes>;
  readonly live: LiveConnection;
  show: ShowView | null = null;
  failure: ClientProblem | null = null;
  /** The engine's clock less ours; the newest snapshot knows best. */
  clockOffsetMs = 0;
  readonly #name: RoomName;
  readonly #members = new Set<Member>();
  readonly #ends: Array<() => void> = [];
  #reading = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  private constructor(name: RoomName) {
    const { url, key, show, token } = name;
    this.#name = name;
    this.buyer = token === null ? buyerOfBrowser() : buyerOfToken(token);
    const who = { url, key, ...(token === null ? {} : { buyerToken: () => token }) };
    this.call = createCall(who, routes);
    this.live = new LiveConnection({
      ...who,
      on: { show },
      buyer: this.buyer,
      onNews: (news) => this.#hear(news),
      onState: () => this.#change(),
    });
    const wake = () => {
      this.live.wake();
      this.#change();
    };
    const seen = () => {
      if (!document.hidden) wake();
    };
    addEventListener("online", wake);
    addEventListener("offline", wake);
    document.addEventListener("visibilitychange", seen);
    this.#ends.push(
      () => removeEventListener("online", wake),
      () => removeEventListener("offline", wake),
      () => document.removeEventListener("visibilitychange", seen),
    );
    void this.readShow();
  }

  static join(name: RoomName, member: Member): Room {
    const id = JSON.stringify(name);
    const room = rooms.get(id) ?? new Room(name);
    rooms.set(id, room);
    room.#members.add(member);
    return room;
  }

  leave(member: Member): void {
    this.#members.delete(member);
    // An element that is moved leaves and comes back at once.
    setTimeout(() => {
      if (this.#members.size > 0) return;
      rooms.delete(JSON.stringify(this.#name));
      clearTimeout(this.#retry);
      this.live.close();
      for (const end of this.#ends.splice(0)) end();
    });
  }

  /** Reads times, limits and prices; stock comes by the socket. */
  async readShow(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const answer = await this.call("getShow", { params: { code: this.#name.show } });
    this.#reading = false;
    // Closed is for good, whatever an older answer says.
    const isClosed = this.show?.status === "closed";
    if (answer.ok) this.show = isClosed ? { ...answer.body, status: "closed" } : answer.body;
    const isPassing =
      !answer.ok && (answer.problem.code === "unreachable" || answer.problem.code === "unavailable");
    this.failure = answer.ok || (isPassing && this.show !== null) ? null : answer.problem;
    if (isPassing) this.#readAgainIn(SHOW_AGAIN_MS);
    this.#change();
  }

  #readAgainIn(ms: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.readShow(), ms);
  }

  #hear(news: LiveNews): void {
    if (news.type === "snapshot") {
      this.clockOffsetMs = Date.parse(news.now) - Date.now();
      // What happened while we were away may have changed more than stock.
      void this.readShow();
    }
    if (news.type === "show" && this.show !== null) {
      this.show = { ...this.show, status: news.status };
      this.#readAgainIn(SHOW_SETTLED_MS);
    }
    for (const member of this.#members) member.onNews(news);
    this.#change();
  }

  #change(): void {
    for (const member of this.#members) member.onChange();
  }
}
