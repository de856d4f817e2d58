import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import { roleScopes } from "../../src/worker/dashboard/roles.ts";
import { apiClient, seedKey, type Reply } from "../support/api-client.ts";

const ORIGIN = "https://holdfast.test";
const AUDIENCE = "a".repeat(64);
const accessVars = {
  ACCESS_TEAM: "shop",
  ACCESS_AUD: AUDIENCE,
  ACCESS_ROLES: "ada@shop.example=admin, *@shop.example=viewer",
};

beforeAll(async () => {
  await seedKey("sk_test_admin");
  await seedKey("sk_test_viewer", roleScopes.viewer);
  await seedKey("sk_test_stock-only", ["stock:read"]);
  await seedKey("sk_test_revoked-later");
  await seedKey("pk_test_page");
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const browser = apiClient(null);
const fieldsOf = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

/** What a browser sends with a form of our own page. */
function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return browser.send("POST", path, {
    body: fieldsOf(fields),
    headers: { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN, ...headers },
  });
}

let tries = 0;
/** From an address of its own, so that no test uses up the attempts of another. */
function trySecret(secret: string, address = `203.0.113.${(tries += 1)}`): Promise<Reply> {
  return post("/admin/sign-in", { secret, next: "/admin" }, { "cf-connecting-ip": address });
}

async function signIn(secret: string): Promise<Record<string, string>> {
  const reply = await trySecret(secret);
  expect(reply.status).toBe(303);
  const cookie = /^[^;]+/.exec(reply.headers.get("set-cookie") ?? "")?.[0] ?? "";
  return { cookie };
}

const page = (path: string, headers: Record<string, string>) => browser.send("GET", path, { headers });
const formToken = (html: string) => /name="form_token" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? "";

test("a right key signs in with a cookie that is bound to this host, for twelve hours", async () => {
  const reply = await trySecret("sk_test_admin");
  expect(reply.status).toBe(303);
  expect(reply.headers.get("location")).toBe("/admin");
  expect(reply.headers.get("set-cookie")).toMatch(
    /^__Host-holdfast-session=[0-9a-z]{52}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
  );
  const { results } = await env.DB.prepare("SELECT hash, key_id FROM admin_session").all();
  expect(JSON.stringify(results)).not.toContain(/=([^;]+)/.exec(reply.headers.get("set-cookie") ?? "")?.[1]);
});

test.each([
  ["an unknown key", "sk_test_nobody"],
  ["a publishable key", "pk_test_page"],
  ["nothing", ""],
  ["what is no key at all", `"><script>alert(1)</script>`],
])("%s does not sign in, and is not repeated on the page", async (_, secret) => {
  const reply = await trySecret(secret);
  expect(reply.status).toBe(401);
  expect(reply.headers.get("set-cookie")).toBeNull();
  expect(reply.body).not.toContain(secret === "" ? "sk_" : secret);
});

test("an address that tried too often is not even told whether a key is right", async () => {
  const asked: Array<string> = [];
  const limit = ({ key }: { key: string }) => {
    asked.push(key);
    return Promise.resolve({ success: asked.length <= 2 });
  };
  const limited = apiClient(null, { SIGN_IN_LIMIT: { limit } });
  const tried = async (secret: string, address: string) => {
    const reply = await limited.send("POST", "/admin/sign-in", {
      body: fieldsOf({ secret }),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "cf-connecting-ip": address,
        origin: ORIGIN,
      },
    });
    return [reply.status, reply.headers.get("set-cookie")];
  };
  expect(await tried("sk_test_guess", "198.51.100.7")).toEqual([401, null]);
  expect(await tried("sk_test_guess", "2001:db8::1")).toEqual([401, null]);
  expect(await tried("sk_test_admin", "198.51.100.7")).toEqual([429, null]);
  // A whole network of IPv6 counts as one address.
  expect(asked).toEqual(["198.51.100.7", "2001:db8:0:0", "198.51.100.7"]);
});

test("nobody is led elsewhere by signing in", async () => {
  for (const next of [
    "https://evil.example/admin",
    "//evil.example/admin",
    "/v1/keys",
    "\\\\evil.example/admin",
    "javascript:1",
  ]) {
    const reply = await post(
      "/admin/sign-in",
      { secret: "sk_test_admin", next },
      { "cf-connecting-ip": `203.0.113.${(tries += 1)}` },
    );
    expect(reply.headers.get("location"), next).toBe("/admin");
  }
});

test("signing out ends the session for whoever copied the cookie, too", async () => {
  const session = await signIn("sk_test_admin");
  const { status, body } = await page("/admin", session);
  expect(status).toBe(200);
  const out = await post("/admin/sign-out", { form_token: formToken(body) }, session);
  expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await page("/admin", session)).headers.get("location")).toBe("/admin/sign-in?next=%2Fadmin");
});

test("a revoked key ends its sessions at once", async () => {
  const session = await signIn("sk_test_revoked-later");
  expect((await page("/admin", session)).status).toBe(200);
  await apiClient("sk_test_admin").delete("/v1/keys/key_sk-test-revoked-later");
  expect((await page("/admin", session)).status).toBe(303);
});

test("a session ends with its time", async () => {
  const session = await signIn("sk_test_admin");
  await env.DB.prepare("UPDATE admin_session SET expires_at_ms = ?1")
    .bind(Date.now() - 1)
    .run();
  expect((await page("/admin", session)).status).toBe(303);
});

test.each([
  ["without its token", {}, {}],
  ["with the token of another session", { form_token: "0".repeat(64) }, {}],
  ["from a page of another origin", null, { origin: "https://evil.example" }],
  ["that says nothing about where it comes from", null, { origin: "null" }],
  ["that the browser calls foreign", null, { "sec-fetch-site": "cross-site" }],
  ["from another host of the same site", null, { "sec-fetch-site": "same-site" }],
])("a form %s changes nothing", async (_, fields, headers) => {
  const session = await signIn("sk_test_admin");
  const { body } = await page("/admin/settings/locations", session);
  const own = { form_token: formToken(body) };
  const sent = {
    ...(fields ?? own),
    code: "FORGED",
    title: "x",
    type: "warehouse",
    country: "DE",
    key: "k-1",
    version: "",
  };
  const reply = await post("/admin/settings/locations", sent as Record<string, string>, {
    ...session,
    ...headers,
  });
  expect(reply.status).toBe(403);
  expect((await apiClient("sk_test_admin").get("/v1/locations/FORGED")).status).toBe(404);
});

test("a viewer sees pages without what changes something, and is refused where they send it all the same", async () => {
  const session = await signIn("sk_test_viewer");
  const { body } = await page("/admin/settings/locations", session);
  expect(body).not.toContain("/admin/settings/locations/new");
  expect((await page("/admin/settings/keys", session)).status).toBe(403);
  expect((await page("/admin/settings/locations/new", session)).status).toBe(403);
  const reply = await post(
    "/admin/settings/locations",
    { form_token: formToken(body), code: "VIEWED", title: "x", type: "warehouse", country: "DE", key: "k-2" },
    session,
  );
  expect(reply.status).toBe(403);
  expect((await apiClient("sk_test_admin").get("/v1/locations/VIEWED")).status).toBe(404);
});

test("a key with one scope sees what that scope lets it see", async () => {
  const session = await signIn("sk_test_stock-only");
  for (const path of ["/admin", "/admin/settings", "/admin/settings/dead-letters", "/admin/settings/keys"]) {
    expect((await page(path, session)).status, path).not.toBe(200);
  }
});

test("what a form changes is done by the operation: once, checked, and in the audit log under who did it", async () => {
  const session = await signIn("sk_test_admin");
  const { body } = await page("/admin/settings/keys", session);
  const key = /name="key" value="([^"]+)"/.exec(body.slice(body.indexOf("Make a key")))?.[1] ?? "";
  const sent = { form_token: formToken(body), key, name: "Till 4", kind: "secret", role: "operator" };
  const first = await post("/admin/settings/keys", sent, session);
  expect(first.body).toMatch(/sk_live_[0-9a-z]{32}/);
  const again = await post("/admin/settings/keys", sent, session);
  expect(again.body).not.toMatch(/sk_live_[0-9a-z]{32}/);
  const made = await env.DB.prepare("SELECT id, scopes FROM api_key WHERE name = 'Till 4'").all<{
    id: string;
    scopes: string;
  }>();
  expect(made.results).toHaveLength(1);
  expect(JSON.parse(made.results[0]?.scopes ?? "")).toEqual(roleScopes.operator);
  const audit = await env.DB.prepare("SELECT actor FROM audit_log WHERE subject = ?1")
    .bind(`key:${made.results[0]?.id}`)
    .all();
  expect(audit.results).toEqual([{ actor: "key_sk-test-admin" }]);
});

test("a secret key in a browser stays refused, whatever it calls itself", async () => {
  const reply = await browser.send("GET", "/v1/keys", {
    headers: { origin: ORIGIN, authorization: "Bearer sk_test_admin", ...(await signIn("sk_test_admin")) },
  });
  expect(reply.status).toBe(403);
  // The session's cookie opens pages, and no operation.
  expect((await browser.send("GET", "/v1/keys", { headers: await signIn("sk_test_admin") })).status).toBe(
    401,
  );
});

test.each([
  [{ ACCESS_TEAM: "shop" }],
  [{ ACCESS_AUD: AUDIENCE }],
  [{ ACCESS_ROLES: accessVars.ACCESS_ROLES }],
  [{ ...accessVars, ACCESS_AUD: "" }],
  [{ ...accessVars, ACCESS_ROLES: "" }],
  [{ ...accessVars, ACCESS_ROLES: "ada@shop.example=owner" }],
  [{ ...accessVars, ACCESS_ROLES: "everybody=admin" }],
  [{ ...accessVars, ACCESS_TEAM: "shop.cloudflareaccess.com" }],
])("Access set up as %o lets nobody in, by no way", async (vars) => {
  const closed = apiClient(null, vars);
  const session = await signIn("sk_test_admin");
  expect((await closed.send("GET", "/admin", { headers: session })).status).toBe(503);
  const tried = await closed.send("POST", "/admin/sign-in", {
    body: fieldsOf({ secret: "sk_test_admin" }),
    headers: { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN },
  });
  expect(tried.headers.get("set-cookie")).toBeNull();
});

/** A team at Access: its keys, and the assertions it signs. */
async function accessTeam() {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    keys: { keys: [{ ...jwk, kid: "k1", use: "sig" }] },
    assert: async (claims: Record<string, unknown>) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const payload = {
        aud: [AUDIENCE],
        iss: "https://shop.cloudflareaccess.com",
        exp: nowSeconds + 600,
        iat: nowSeconds,
        sub: "0b1c2d3e-0000-4000-8000-000000000001",
        ...claims,
      };
      const text = `${base64({ alg: "RS256", kid: "k1", typ: "JWT" })}.${base64(payload)}`;
      const signature = await crypto.subtle.sign(algorithm.name, pair.privateKey, Buffer.from(text));
      return `${text}.${Buffer.from(signature).toString("base64url")}`;
    },
  };
}

test("Access lets in who is on the list, with their role, and nobody whose assertion is not for us", async () => {
  const team = await accessTeam();
  const stranger = await accessTeam();
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(team.keys)));
  const asked = apiClient(null, accessVars);
  const look = async (assertion: string, path = "/admin") =>
    asked.send("GET", path, { headers: { "cf-access-jwt-assertion": assertion } });

  const admin = await look(await team.assert({ email: "Ada@shop.example" }), "/admin/settings/keys");
  expect(admin.status).toBe(200);
  expect(admin.body).toContain("/cdn-cgi/access/logout");
  const viewer = await team.assert({ email: "bob@shop.example" });
  expect((await look(viewer)).status).toBe(200);
  expect((await look(viewer, "/admin/settings/keys")).status).toBe(403);

  const refused = [
    await team.assert({ email: "eve@other.example" }),
    await team.assert({ email: "ada@shop.example", aud: ["b".repeat(64)] }),
    await team.assert({ email: "ada@shop.example", iss: "https://evil.cloudflareaccess.com" }),
    await team.assert({ email: "ada@shop.example", exp: 1 }),
    await team.assert({}),
    await stranger.assert({ email: "ada@shop.example" }),
    "no.assertion.atall",
  ];
  for (const assertion of refused) expect((await look(assertion)).status).toBe(403);
  // A key's session is worth nothing behind Access.
  expect((await asked.send("GET", "/admin", { headers: await signIn("sk_test_admin") })).status).toBe(403);
});
