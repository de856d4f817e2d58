import { expect, test } from "vitest";

import { targetRefusal } from "../../../src/domain/webhooks/target.ts";

test.each([
  ["https://shop.example.com/hooks", null],
  ["https://shop.example.com:443/hooks?of=holdfast", null],
  ["https://xn--mnchen-3ya.de/", null],
  ["http://shop.example.com/", "not_https"],
  ["ftp://shop.example.com/", "not_a_url"],
  ["javascript:alert(1)", "not_a_url"],
  ["shop.example.com", "not_a_url"],
  ["https://shop.example.com:8443/", "other_port"],
  ["https://user:word@shop.example.com/", "has_credentials"],
  ["https://127.0.0.1/", "not_a_name"],
  ["https://2130706433/", "not_a_name"],
  ["https://0x7f.1/", "not_a_name"],
  ["https://0177.0.0.1/", "not_a_name"],
  ["https://127.1/", "not_a_name"],
  ["https://169.254.169.254/latest/meta-data/", "not_a_name"],
  ["https://93.184.216.34/", "not_a_name"],
  ["https://[::1]/", "not_a_name"],
  ["https://[::ffff:7f00:1]/", "not_a_name"],
  ["https://①②⑦.0.0.1/", "not_a_name"],
  ["https://localhost/", "not_public"],
  ["https://localhost./", "not_public"],
  ["https://api.localhost/", "not_public"],
  ["https://metadata.google.internal/", "not_public"],
  ["https://printer.local/", "not_public"],
  ["https://PRINTER.LOCAL./", "not_public"],
  ["https://intranet/", "not_public"],
  ["https://router.home.arpa/", "not_public"],
])("%s: %s", (url, refusal) => {
  expect(targetRefusal(url, "public")).toBe(refusal);
});

test("on a machine of one's own another port of it will do, and still no credentials", () => {
  expect(targetRefusal("http://127.0.0.1:9000/hooks", "any")).toBeNull();
  expect(targetRefusal("http://user:word@127.0.0.1:9000/", "any")).toBe("has_credentials");
  expect(targetRefusal("file:///etc/passwd", "any")).toBe("not_a_url");
});
