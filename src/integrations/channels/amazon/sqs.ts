import { createHash, createHmac } from "node:crypto";

import { err, ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith, type ChannelReply } from "../call.ts";
import type { ChannelAccess, ChannelFailure } from "../port.ts";
import { idAt, listAt, textAt } from "../reading.ts";

/** Messages in one call; Amazon gives no more. */
const MESSAGES_MAX = 10;
/** While we are at them nobody else gets them; if we die, they come again. */
const VISIBILITY_SECONDS = 120;
const CONTENT_TYPE = "application/x-amz-json-1.0";

export const sqsUrlPattern =
  /^https:\/\/sqs\.([a-z0-9-]{5,30})\.amazonaws\.com\/\d{12}\/[A-Za-z0-9_-]{1,80}$/;

export type SqsMessage = { readonly id: string; readonly receipt: string; readonly body: string };

/** What lies in the queue of notifications, a few at a time. */
export async function receiveMessages(
  access: ChannelAccess,
): Promise<Result<ReadonlyArray<SqsMessage>, ChannelFailure>> {
  const asked = await askSqs(access, "ReceiveMessage", {
    MaxNumberOfMessages: MESSAGES_MAX,
    VisibilityTimeout: VISIBILITY_SECONDS,
  });
  if (!asked.ok) return asked;
  return ok(
    listAt(asked.value.body, "Messages").flatMap((message) => {
      const [id, body] = [idAt(message, "MessageId"), (message as { Body?: unknown }).Body];
      const receipt = (message as { ReceiptHandle?: unknown }).ReceiptHandle;
      return id === null || typeof body !== "string" || typeof receipt !== "string"
        ? []
        : [{ id, receipt, body }];
    }),
  );
}

/** They were dealt with, and do not come again. */
export async function deleteMessages(
  access: ChannelAccess,
  messages: ReadonlyArray<SqsMessage>,
): Promise<Result<null, ChannelFailure>> {
  const asked = await askSqs(access, "DeleteMessageBatch", {
    Entries: messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt })),
  });
  return asked.ok ? ok(null) : asked;
}

async function askSqs(
  access: ChannelAccess,
  action: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const queueUrl = String(access.settings["sqs_queue_url"]);
  const body = { QueueUrl: queueUrl, ...fields };
  const { host, pathname: path } = new URL(queueUrl);
  const time = new Date(access.nowMs()).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const headers = {
    "content-type": CONTENT_TYPE,
    host,
    "x-amz-date": time,
    "x-amz-target": `AmazonSQS.${action}`,
  };
  const authorization = authorizationOf({
    accessKeyId: access.secrets["aws_access_key_id"] ?? "",
    secretAccessKey: access.secrets["aws_secret_access_key"] ?? "",
    region: sqsUrlPattern.exec(queueUrl)?.[1] ?? "",
    service: "sqs",
    path,
    headers,
    body: JSON.stringify(body),
  });
  // The runtime writes the host itself.
  const { host: _, ...sent } = headers;
  const reply = await call(access, {
    method: "POST",
    url: queueUrl,
    headers: { ...sent, authorization },
    body,
  });
  if (!reply.ok || isDone(reply.value)) return reply;
  return err(refusedWith(reply.value, "message"));
}

export type Signable = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
  readonly path: string;
  /** `host` and `x-amz-date` among them; in lower case, sorted. */
  readonly headers: Readonly<Record<string, string>> & { readonly "x-amz-date": string };
  readonly body: string;
};

/** The `authorization` of a POST without a query: AWS Signature Version 4. */
export function authorizationOf(request: Signable): string {
  const { accessKeyId, secretAccessKey, region, service, path, headers, body } = request;
  const time = headers["x-amz-date"];
  const names = Object.keys(headers).join(";");
  const canonical = [
    "POST",
    path,
    "",
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const seed = hmac(`AWS4${secretAccessKey}`, day);
  const key = [region, service, "aws4_request"].reduce((from, part) => hmac(from, part), seed);
  const signature = Buffer.from(hmac(key, text)).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

/** Whether a connection says where its notifications lie. */
export function hasQueue({ settings, secrets }: Pick<ChannelAccess, "settings" | "secrets">): boolean {
  return textAt(settings, "sqs_queue_url") !== null && secrets["aws_secret_access_key"] !== undefined;
}
