import { LiveBoard } from "../../durable-objects/board/live-board.ts";
import type { BoardTopic } from "../../durable-objects/board/port.ts";
import { createServices } from "../services.ts";
import { NowReader } from "./now-reader.ts";
import { ShowReader } from "./show-reader.ts";

/** A {@link LiveBoard} that reads what pages show first: the same figures, from the same places. */
export class BoardDurableObject extends LiveBoard {
  readonly #services = createServices(this.env, (work) => this.ctx.waitUntil(work));
  readonly #now = new NowReader(this.#services.db);
  readonly #show = new ShowReader(this.#services);

  protected override readBoard(topic: BoardTopic, nowMs: number, sockets: number): Promise<object> {
    return topic.kind === "now" ? this.#now.read(nowMs, sockets) : this.#show.read(topic.code, nowMs);
  }
}
