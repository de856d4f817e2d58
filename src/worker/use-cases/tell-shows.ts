import { readUntoldShows, showOf, writeShowTold, type ShowRecord } from "../../db/shows.ts";
import { showNews, showStatus } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";
import { relayEvents } from "./relay-events.ts";

type Ports = Pick<Services, "db" | "nowMs" | "send" | "background">;

/** Bounds of one run; the next one goes on. */
const SHOWS_MAX = 100;

/** Tells of every show that opened or ended by its time. */
export async function tellShows(services: Ports): Promise<void> {
  for (const record of await readUntoldShows(services.db, services.nowMs(), SHOWS_MAX)) {
    await tellShow(services, record);
  }
}

/** Tells that a show opened or ended, if it has. The times are the show's own, so that it is told once. */
export async function tellShow(services: Ports, record: ShowRecord): Promise<void> {
  const nowMs = services.nowMs();
  const show = showOf(record);
  const news = showNews(show, record.drops, record.show.toldStatus, nowMs);
  if (news.length === 0) return;
  const events = news.map(({ type, atMs }) => ({
    type,
    subject: show.code,
    fact: "",
    data: { show: show.code, title: show.title, skus: record.drops.map(({ sku }) => sku) },
    occurredAtMs: atMs,
  }));
  await writeShowTold(services.db, record, showStatus(show, record.drops, nowMs), events);
  services.background(relayEvents(services));
}
