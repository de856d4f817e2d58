import { apiClient, type Reply } from "./api-client.ts";

const ORIGIN = "https://holdfast.test";
const browser = apiClient(null);
let visitors = 0;

const unescaped = (text: string) =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** A person at the dashboard: pages as HTML, and forms that are sent as they stand on the page, hidden fields and all. */
export class DeskVisitor {
  readonly #cookie: string;

  private constructor(cookie: string) {
    this.#cookie = cookie;
  }

  static async signIn(secret: string): Promise<DeskVisitor> {
    const reply = await browser.send("POST", "/admin/sign-in", {
      body: new URLSearchParams({ secret, next: "/admin" }).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: ORIGIN,
        "cf-connecting-ip": `192.0.2.${(visitors += 1)}`,
      },
    });
    return new DeskVisitor(/^[^;]+/.exec(reply.headers.get("set-cookie") ?? "")?.[0] ?? "");
  }

  open(path: string): Promise<Reply> {
    return browser.send("GET", path, { headers: { cookie: this.#cookie } });
  }

  /** What the page says, without its marks. */
  async read(path: string): Promise<string> {
    const { body } = await this.open(path);
    const main = String(body).slice(String(body).indexOf("<main"));
    return unescaped(main.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " "));
  }

  /**
   * Sends the form of a page that posts to `action` and has these fields, its hidden ones with it; `file` as one that was picked.
   *
   * @returns Where it leads, and what is said there.
   */
  async submit(
    path: string,
    action: string,
    fields: Readonly<Record<string, string>> = {},
    file?: { readonly name: string; readonly content: string; readonly type: string },
  ): Promise<{ readonly status: number; readonly to: string; readonly said: string; readonly body: string }> {
    const { body } = await this.open(path);
    const form = [...String(body).matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].find(
      ([, head = "", inside = ""]) =>
        unescaped(head).includes(`action="${action}"`) &&
        head.includes('method="post"') &&
        Object.keys(fields).every(
          (name) => name === "chosen" || unescaped(inside).includes(`name="${name}"`),
        ),
    );
    if (form === undefined) throw new Error(`no form on ${path} posts to ${action}`);
    const sent = new FormData();
    for (const [, name = "", value = ""] of (form[2] ?? "").matchAll(
      /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
    )) {
      if (fields[unescaped(name)] === undefined) sent.append(unescaped(name), unescaped(value));
    }
    for (const [name, value] of Object.entries(fields)) sent.append(name, value);
    if (file !== undefined) sent.append("file", new File([file.content], file.name, { type: file.type }));
    const reply = await browser.send("POST", action, {
      body: sent,
      headers: { cookie: this.#cookie, origin: ORIGIN },
    });
    const flash = /holdfast-said=([^;]*)/.exec(reply.headers.get("set-cookie") ?? "")?.[1] ?? "";
    const to = reply.headers.get("location") ?? "";
    const said = flash === "" ? "" : (JSON.parse(decodeURIComponent(flash)) as { text: string }).text;
    return { status: reply.status, to, said, body: String(reply.body) };
  }
}
