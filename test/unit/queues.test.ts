import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { queueNames } from "../../src/contract/queue.ts";
import { consumers, DELIVERIES_MAX } from "../../src/worker/queues/dispatch.ts";

/** The values of one key in every table of a kind, as `wrangler.toml` has them. */
function tables(kind: string): Array<Record<string, string>> {
  return readFileSync("wrangler.toml", "utf8")
    .split(/^(?=\[)/m)
    .filter((table) => table.startsWith(`[[${kind}]]`))
    .map((table) =>
      Object.fromEntries(
        [...table.matchAll(/^(\w+) = "?([^"\n]*)"?$/gm)].map(([, key = "", value = ""]) => [key, value]),
      ),
    );
}

const consumed = tables("queues.consumers");

test("every queue has its consumer, its dead-letter queue, and a consumer for that", () => {
  const named = queueNames.map((name) => `holdfast-${name}`);
  expect(consumed.map(({ queue }) => queue)).toEqual([...named, ...named.map((name) => `${name}-dlq`)]);
  expect(tables("queues.producers").map(({ queue }) => queue)).toEqual(named);
  expect(Object.keys(consumers).toSorted()).toEqual([...queueNames].toSorted());
  for (const { queue = "", dead_letter_queue: dead } of consumed) {
    expect(dead).toBe(queue.endsWith("-dlq") ? undefined : `${queue}-dlq`);
  }
});

test("the last delivery is known to the code as the platform counts it", () => {
  const ours = consumed.filter(({ queue }) => !queue?.endsWith("-dlq"));
  expect(ours.map(({ max_retries: retries }) => Number(retries) + 1)).toEqual(ours.map(() => DELIVERIES_MAX));
});
