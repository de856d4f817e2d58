import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { authorizationOf } from "../../../src/integrations/channels/amazon/sqs.ts";
import type { ChannelAccess } from "../../../src/integrations/channels/port.ts";
import { channelAdapter } from "../../../src/integrations/channels/registry.ts";

test("signatures are those of AWS's own test suite (post-vanilla)", () => {
  expect(
    authorizationOf({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      region: "us-east-1",
      service: "service",
      path: "/",
      headers: { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" },
      body: "",
    }),
  ).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  );
});

const QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/holdfast";

/** Amazon, as far as a queue and feeds go. */
function amazonWorld(secrets: object = {}) {
  const waiting = [
    {
      MessageId: "m-1",
      ReceiptHandle: "r/1+=",
      Body: JSON.stringify({ Payload: { OrderChangeNotification: { AmazonOrderId: "902-1" } } }),
    },
    { MessageId: "m-2", ReceiptHandle: "r/2", Body: "not json" },
    { MessageId: "m-3" },
  ];
  const sent: Array<{
    readonly method: string;
    readonly url: string;
    readonly target: string;
    readonly body: string;
  }> = [];
  const fetch = async (request: Request) => {
    const { method, url, headers } = request;
    const target = headers.get("x-amz-target") ?? "";
    sent.push({ method, url, target, body: await request.text() });
    if (url.endsWith("/o2/token")) return Response.json({ access_token: "t", expires_in: 3600 });
    if (target === "AmazonSQS.ReceiveMessage") return Response.json({ Messages: waiting });
    if (target === "AmazonSQS.DeleteMessageBatch") return Response.json({ Successful: [] });
    if (url.endsWith("/documents"))
      return Response.json({ feedDocumentId: "doc-1", url: "https://feeds.example.com/doc-1?sig=1" });
    if (url.startsWith("https://feeds.example.com")) return new Response("");
    return Response.json({ feedId: "feed-1", status: "ACCEPTED" });
  };
  const access = {
    connection: `amazon-${createHash("sha256").update(JSON.stringify(secrets)).digest("hex").slice(0, 8)}`,
    settings: {
      region: "eu",
      seller_id: "SELLER1",
      marketplace_id: "A1PA6795UKMFR9",
      product_type: "PRODUCT",
      sqs_queue_url: QUEUE,
    },
    secrets: { client_id: "i", client_secret: "s", refresh_token: "r", ...secrets },
    fetch,
    nowMs: () => 1_790_000_000_000,
  } as unknown as ChannelAccess;
  return { sent, access };
}

test("what lies in the queue is read as what EventBridge brings, and deleted when it is dealt with", async () => {
  const { sent, access } = amazonWorld({ aws_access_key_id: "AKID", aws_secret_access_key: "secret" });
  const pulled = await channelAdapter("amazon")?.pull?.(access);
  const value = pulled?.ok === true ? pulled.value : null;
  expect(value?.contents).toMatchObject([
    { kind: "order_changed", externalId: "902-1" },
    { kind: "orders", orders: [{ order: { ok: false, error: { code: "unreadable" } } }] },
  ]);
  expect(sent.map(({ target }) => target)).toEqual(["AmazonSQS.ReceiveMessage"]);
  await value?.done();
  expect(JSON.parse(sent[1]?.body ?? "")).toEqual({
    QueueUrl: QUEUE,
    Entries: [
      { Id: "0", ReceiptHandle: "r/1+=" },
      { Id: "1", ReceiptHandle: "r/2" },
    ],
  });
});

test("without keys for it no queue is asked", async () => {
  const { sent, access } = amazonWorld();
  expect(await channelAdapter("amazon")?.pull?.(access)).toEqual({ ok: true, value: null });
  expect(sent).toEqual([]);
});

test("a few listings are patched, many go in one feed", async () => {
  const push = (index: number) => ({
    listing: `SKU-${index}`,
    stockId: `SKU-${index}`,
    sku: null,
    quantity: index,
    from: null,
    key: String(index),
  });
  const few = amazonWorld({ few: "1" });
  await channelAdapter("amazon")?.setQuantities(few.access, [push(1), push(2)]);
  expect(few.sent.filter(({ method }) => method === "PATCH")).toHaveLength(2);
  const many = amazonWorld({ many: "1" });
  const outcome = await channelAdapter("amazon")?.setQuantities(
    many.access,
    Array.from({ length: 300 }, (_, index) => push(index)),
  );
  expect(outcome?.ok === true && outcome.value.length).toBe(300);
  expect(many.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`).slice(1)).toEqual([
    "POST /feeds/2021-06-30/documents",
    "PUT /doc-1",
    "POST /feeds/2021-06-30/feeds",
  ]);
  const feed = JSON.parse(many.sent[2]?.body ?? "") as { messages: ReadonlyArray<object> };
  expect(feed.messages[7]).toEqual({
    messageId: 8,
    sku: "SKU-7",
    operationType: "PATCH",
    productType: "PRODUCT",
    patches: [
      {
        op: "replace",
        path: "/attributes/fulfillment_availability",
        value: [{ fulfillment_channel_code: "DEFAULT", quantity: 7 }],
      },
    ],
  });
});
