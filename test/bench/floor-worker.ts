import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

/** The runtime's own speed: an answer that needs no thought, and a hibernating socket that says back what it hears. */
class Idle extends DurableObject {}
export class OrderDeskDurableObject extends Idle {}
export class ConnectionDurableObject extends Idle {}
export class GateDurableObject extends Idle {}

/** Stands where the SKU's object stands, because `wrangler.toml` names that one. */
export class SkuDurableObject extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    socket.send(message);
  }
}

export default class FloorWorker extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Response | Promise<Response> {
    if (request.headers.has("upgrade")) return this.env.SKU.getByName("echo").fetch(request);
    return new Response('{"ok":true}', { status: 201, headers: { "content-type": "application/json" } });
  }
}
