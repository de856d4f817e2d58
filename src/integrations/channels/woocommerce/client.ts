import { err, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply, type ChannelRequest } from "../call.ts";
import type { ChannelAccess, ChannelFailure } from "../port.ts";

/** @param path - Below `/wp-json/wc/v3`. @returns The reply, also where there is nothing at the path (404). */
export async function askWoo(
  access: ChannelAccess,
  method: ChannelRequest["method"],
  path: string,
  body?: unknown,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const { consumer_key: key = "", consumer_secret: secret = "" } = access.secrets;
  const base = String(access.settings["url"]).replace(/\/+$/, "");
  const reply = await call(access, {
    method,
    url: `${base}/wp-json/wc/v3${path}`,
    headers: { authorization: `Basic ${btoa(`${key}:${secret}`)}` },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok || isDone(reply.value) || reply.value.status === 404) return reply;
  return err(refusedWith(reply.value, "message"));
}
