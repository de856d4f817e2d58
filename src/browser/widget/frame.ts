import { formatCountdown, type View } from "./view.ts";

import styles from "./widget.css";

const SVG = "http://www.w3.org/2000/svg";
/** A press so soon after a button came to mean something else was meant for what it was. */
const SETTLES_MS = 350;
/** The last stretch of a hold is shown in another colour. */
const URGENT_MS = 60_000;

let sheet: CSSStyleSheet | null = null;

/** Made by script, so that a page's policy need not allow anything inline. */
function sharedSheet(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
  }
  return sheet;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: ReadonlyArray<Node>
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  // Each class is also the name by which a page can style it.
  made.className = className;
  if (className !== "") made.part.add(className);
  made.append(...children);
  return made;
}

/** A widget's elements: made once, and told what to show. Nothing is replaced, so that focus stays where it is. */
export class Frame {
  readonly primary = this.#button("primary");
  readonly secondary = this.#button("secondary");
  readonly #settling = new Map<HTMLButtonElement, ReturnType<typeof setTimeout>>();
  readonly #title = element("div", "title");
  readonly #price = element("span", "price");
  readonly #stockText = element("span", "");
  readonly #stock = element("span", "stock", element("span", "dot"), this.#stockText);
  readonly #headline = element("div", "headline");
  readonly #note = element("div", "note");
  readonly #time = element("span", "time");
  readonly #label = element("span", "label");
  readonly #arc = document.createElementNS(SVG, "circle");
  readonly #ring = this.#makeRing();
  readonly #clock = element("div", "clock", this.#label, this.#ring, this.#time);
  readonly #notice = element("div", "notice");
  readonly #connection = element("div", "connection");
  /** For screen readers: what changed, once, and never the seconds. */
  readonly #said = element("div", "said");
  readonly #card: HTMLElement;

  constructor(root: ShadowRoot) {
    root.adoptedStyleSheets = [sharedSheet()];
    const media = document.createElement("slot");
    media.name = "media";
    const words = element("div", "words", this.#stock, this.#headline, this.#note);
    this.#card = element(
      "section",
      "card",
      media,
      element("div", "head", this.#title, this.#price),
      element("div", "body", this.#clock, words),
      this.#notice,
      element("div", "actions", this.primary, this.secondary),
      this.#connection,
      this.#said,
    );
    // No heading: what level it would have only the page around it knows.
    this.#title.id = "title";
    this.#card.setAttribute("aria-labelledby", "title");
    this.#said.setAttribute("role", "status");
    this.#clock.setAttribute("role", "timer");
    root.append(this.#card);
  }

  show(view: View): void {
    this.#card.dataset["phase"] = view.phase;
    this.#card.setAttribute("aria-busy", String(view.phase === "loading"));
    write(this.#title, view.title);
    write(this.#price, view.price);
    this.#stock.hidden = view.stock === null;
    write(this.#stockText, view.stock?.text ?? "");
    this.#stock.dataset["state"] = view.stock?.state ?? "none";
    write(this.#headline, view.headline);
    write(this.#note, view.note);
    write(this.#notice, view.notice);
    write(this.#connection, view.connection);
    this.#showButton(this.primary, view.primary);
    this.#showButton(this.secondary, view.secondary);
    this.#clock.hidden = view.countdown === null;
    const isRing = view.countdown !== null && view.countdown.fromMs !== null;
    this.#clock.dataset["kind"] = isRing ? "ring" : "line";
    this.#ring.toggleAttribute("hidden", !isRing);
    write(this.#label, view.countdown?.label ?? "");
  }

  /** @param leftMs - Until the countdown ends. */
  tick(leftMs: number, view: View): void {
    write(this.#time, formatCountdown(leftMs));
    const { countdown } = view;
    if (countdown === null || countdown.fromMs === null) return;
    const share = Math.max(0, Math.min(1, leftMs / (countdown.atMs - countdown.fromMs)));
    this.#arc.style.strokeDashoffset = String(100 - share * 100);
    this.#clock.dataset["urgent"] = String(leftMs < URGENT_MS);
  }

  say(text: string): void {
    write(this.#said, text);
  }

  #button(className: string): HTMLButtonElement {
    const made = element("button", className);
    made.type = "button";
    return made;
  }

  /** Not `disabled`, which would take the focus away from whoever just pressed it. */
  #showButton(button: HTMLButtonElement, shown: View["primary"]): void {
    const hadFocus = button.matches(":focus");
    button.hidden = shown === null;
    if (shown === null && hadFocus) (this.primary.hidden ? this.secondary : this.primary).focus();
    if (shown === null) return;
    write(button, shown.label);
    if (button.dataset["action"] !== shown.action) this.#settle(button, shown.action);
    button.dataset["busy"] = String(shown.isBusy);
    button.setAttribute("aria-disabled", String(shown.isBusy || this.#settling.has(button)));
  }

  #settle(button: HTMLButtonElement, action: string): void {
    const isFirst = button.dataset["action"] === undefined;
    button.dataset["action"] = action;
    clearTimeout(this.#settling.get(button));
    if (isFirst) return;
    const settled = () => {
      this.#settling.delete(button);
      button.setAttribute("aria-disabled", button.dataset["busy"] ?? "false");
    };
    this.#settling.set(button, setTimeout(settled, SETTLES_MS));
  }

  #makeRing(): SVGSVGElement {
    const ring = document.createElementNS(SVG, "svg");
    ring.setAttribute("viewBox", "0 0 64 64");
    ring.setAttribute("aria-hidden", "true");
    const track = document.createElementNS(SVG, "circle");
    for (const circle of [track, this.#arc]) {
      circle.setAttribute("cx", "32");
      circle.setAttribute("cy", "32");
      circle.setAttribute("r", "29");
      circle.setAttribute("pathLength", "100");
    }
    track.setAttribute("class", "track");
    this.#arc.setAttribute("class", "arc");
    ring.append(track, this.#arc);
    return ring;
  }
}

/** Only where it differs: a live region that is written again is read again. */
function write(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
  if (text === "" && target.matches(".headline, .note, .notice, .connection, .price, .label"))
    target.hidden = true;
  else if (!target.matches("button, .stock")) target.hidden = false;
}
