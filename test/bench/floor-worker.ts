import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

/** The runtime's own speed: an answer that needs no thought. Objects stand here because `wrangler.toml` names them. */
class Idle extends DurableObject {}
export class SkuDurableObject extends Idle {}
export class GateDurableObject extends Idle {}
export class OrderDeskDurableObject extends Idle {}
export class ConnectionDurableObject extends Idle {}

export default class FloorWorker extends WorkerEntrypoint {
  override fetch(): Response {
    return new Response('{"ok":true}', { status: 201, headers: { "content-type": "application/json" } });
  }
}
