import type { BuyerKey } from "../../domain/brand.ts";
import type { HoldKey } from "../../domain/inventory/hold.ts";
import type { SkuNews } from "../../domain/inventory/sku-port.ts";
import type { WaitingRoomRows } from "../../domain/live/waiting-room.ts";
import type { Sql } from "../shared/sql.ts";
import type { LiveShow } from "./port.ts";

type Kind = "news" | "spoken" | "room" | "told" | "show";

/** A row holds 2 MB at most, and a buyer's key 128 characters. */
const CHUNK_BUYERS = 5_000;

/** What a gate remembers while it sleeps. None of it decides about stock, and all of it can be had again. */
export class GateStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  readNews(): ReadonlyArray<SkuNews> {
    return this.#read("news").map(({ value }) => JSON.parse(value) as SkuNews);
  }

  writeNews(news: SkuNews): void {
    this.#write("news", news.sku, { ...news, events: [] });
  }

  /** The buyers that a socket of a server spoke for, oldest first. */
  readSpokenFor(): ReadonlyMap<string, ReadonlyArray<BuyerKey>> {
    const bySocket = new Map<string, Array<BuyerKey>>();
    for (const { name, value } of this.#read("spoken")) {
      const [socket = ""] = name.split("/");
      const buyers = bySocket.get(socket) ?? [];
      buyers.push(...(JSON.parse(value) as ReadonlyArray<BuyerKey>));
      bySocket.set(socket, buyers);
    }
    return bySocket;
  }

  writeSpokenFor(socket: string, buyers: ReadonlyArray<BuyerKey>): void {
    this.forgetSocket(socket);
    for (const [chunk, part] of chunked(buyers)) this.#write("spoken", `${socket}/${chunk}`, part);
  }

  forgetSocket(socket: string): void {
    this.#sql.exec(
      "DELETE FROM kept WHERE kind = 'spoken' AND name >= ? AND name < ?",
      `${socket}/`,
      `${socket}0`,
    );
  }

  readRoom(): WaitingRoomRows {
    const rows = { admitted: [] as Array<[BuyerKey, number]>, line: [] as Array<[BuyerKey, number]> };
    for (const { name, value } of this.#read("room")) {
      const part = JSON.parse(value) as Array<[BuyerKey, number]>;
      rows[name.startsWith("admitted") ? "admitted" : "line"].push(...part);
    }
    return rows;
  }

  writeRoom(rows: WaitingRoomRows): void {
    this.#sql.exec("DELETE FROM kept WHERE kind = 'room'");
    for (const [chunk, part] of chunked(rows.admitted)) this.#write("room", `admitted/${chunk}`, part);
    for (const [chunk, part] of chunked(rows.line)) this.#write("room", `line/${chunk}`, part);
  }

  /** Offers that their buyers were told of. */
  readTold(): ReadonlyArray<HoldKey> {
    return this.#read("told").map(({ name }) => name);
  }

  writeTold(key: HoldKey): void {
    this.#write("told", key, 1);
  }

  forgetTold(key: HoldKey): void {
    this.#sql.exec("DELETE FROM kept WHERE kind = 'told' AND name = ?", key);
  }

  readShow(): LiveShow | null {
    const [row] = this.#read("show");
    return row === undefined ? null : (JSON.parse(row.value) as LiveShow);
  }

  writeShow(show: LiveShow): void {
    this.#write("show", "", show);
  }

  /** Nobody is here any more. */
  clear(): void {
    this.#sql.exec("DELETE FROM kept");
  }

  #read(kind: Kind): Array<{ name: string; value: string }> {
    return this.#sql
      .exec<{ name: string; value: string }>(
        "SELECT name, value FROM kept WHERE kind = ? ORDER BY name",
        kind,
      )
      .toArray();
  }

  #write(kind: Kind, name: string, value: unknown): void {
    this.#sql.exec(
      "INSERT INTO kept (kind, name, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      kind,
      name,
      JSON.stringify(value),
    );
  }
}

/** With names that sort as their numbers do. */
function* chunked<Item>(items: ReadonlyArray<Item>): Generator<[string, ReadonlyArray<Item>]> {
  for (let start = 0; start < items.length; start += CHUNK_BUYERS) {
    yield [String(start / CHUNK_BUYERS).padStart(6, "0"), items.slice(start, start + CHUNK_BUYERS)];
  }
}
