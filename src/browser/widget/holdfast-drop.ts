import { BuyerDesk, type Happening } from "./buyer-desk.ts";
import type { Action } from "./facts.ts";
import { Frame } from "./frame.ts";
import { textsFor } from "./texts.ts";
import { fill } from "./texts.ts";
import { formatCountdown, type View, viewOf, type ViewOptions } from "./view.ts";

/** Screen readers are told at these. */
const REMAINING_SECONDS = [60, 30, 10];

/** The engine that served the script, unless the element names another. */
const scriptOrigin = originOf(document.currentScript);

function originOf(script: HTMLOrSVGScriptElement | null): string {
  const own = script ?? document.querySelector<HTMLScriptElement>('script[src*="/widget.js"]');
  return own instanceof HTMLScriptElement && own.src !== "" ? new URL(own.src).origin : location.origin;
}

/** `<holdfast-drop show="…" key="pk_…">`, docs/widget.md. */
export class HoldfastDrop extends HTMLElement {
  static readonly observedAttributes = [
    "show",
    "key",
    "sku",
    "buyer-token",
    "api",
    "lang",
    "currency",
    "exact",
  ];
  readonly #frame = new Frame(this.attachShadow({ mode: "open" }));
  #desk: BuyerDesk | null = null;
  #view: View | null = null;
  #options: ViewOptions = this.#readOptions();
  #ticking: ReturnType<typeof setInterval> | undefined;
  #said = "";
  #wasUp = false;

  constructor() {
    super();
    for (const button of [this.#frame.primary, this.#frame.secondary]) {
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true")
          void this.#act(button.dataset["action"] as Action);
      });
    }
  }

  connectedCallback(): void {
    this.#begin();
    this.#ticking = setInterval(() => this.#render(), 1_000);
  }

  disconnectedCallback(): void {
    clearInterval(this.#ticking);
    this.#desk?.leave();
    this.#desk = null;
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    this.#options = this.#readOptions();
    const isSame = name === "lang" || name === "currency" || name === "exact";
    if (this.isConnected && !isSame) this.#begin();
    else this.#render();
  }

  /** The hold as a page's own code may want it; null where there is none. */
  get hold(): unknown {
    return this.#desk?.facts.hold ?? null;
  }

  #begin(): void {
    this.#desk?.leave();
    this.#desk = null;
    const show = this.getAttribute("show");
    const key = this.getAttribute("key");
    if (show === null || key === null) return;
    this.#options = this.#readOptions();
    this.#desk = new BuyerDesk(
      {
        url: (this.getAttribute("api") ?? scriptOrigin).replace(/\/$/, ""),
        show,
        key,
        sku: this.getAttribute("sku"),
        token: this.getAttribute("buyer-token"),
      },
      {
        onChange: () => queueMicrotask(() => this.#render()),
        onHappening: (happening) => this.#tell(happening),
      },
    );
    this.#render();
  }

  #readOptions(): ViewOptions {
    const own = this.getAttribute("lang") ?? this.closest("[lang]")?.getAttribute("lang");
    const { language, texts } = textsFor([...(own ? [own] : []), ...navigator.languages]);
    return { language, texts, currency: this.getAttribute("currency"), isExact: this.hasAttribute("exact") };
  }

  #render(): void {
    const desk = this.#desk;
    if (desk === null) return;
    const nowMs = Date.now() + desk.facts.clockOffsetMs;
    const view = viewOf(desk.facts, nowMs, this.#options);
    const before = this.#view;
    this.#view = view;
    this.#frame.show(view);
    if (before?.phase !== view.phase) {
      this.dataset["phase"] = view.phase;
      this.#send("state", { phase: view.phase });
    }
    this.#announce(view);
    if (view.countdown === null) return;
    const leftMs = view.countdown.atMs - nowMs;
    this.#frame.tick(leftMs, view);
    this.#count(leftMs, desk);
  }

  #count(leftMs: number, desk: BuyerDesk): void {
    const isUp = leftMs <= 0;
    if (isUp && !this.#wasUp) desk.timeIsUp();
    this.#wasUp = isUp;
    const { phase } = this.#view ?? {};
    const seconds = Math.ceil(leftMs / 1000);
    if ((phase === "held" || phase === "offered") && REMAINING_SECONDS.includes(seconds)) {
      this.#frame.say(fill(this.#options.texts.remaining, formatCountdown(leftMs)));
    }
  }

  /** What a person who cannot see it has to know: a change of face, or a word about what they did. */
  #announce({ headline, stock, notice, connection }: View): void {
    const words = [notice, headline, stock?.text ?? "", connection].filter(Boolean).join(" ");
    if (words === this.#said) return;
    this.#said = words;
    this.#frame.say(words);
  }

  async #act(action: Action): Promise<void> {
    const desk = this.#desk;
    if (desk === null || desk.facts.pending !== null) return;
    await desk.act(action, Number(this.getAttribute("quantity") ?? 1) || 1);
    if (action === "checkout" && desk.facts.notice === null) this.#handOver(desk);
  }

  /** The page may take it from here by itself; else the buyer goes to the address in `checkout`. */
  #handOver(desk: BuyerDesk): void {
    const { hold } = desk.facts;
    if (hold === null) return;
    const to = this.getAttribute("checkout");
    const url = to === null ? null : new URL(to, location.href);
    url?.searchParams.set("hold", hold.id);
    const goesOn = this.#send("checkout", { hold, buyer: desk.buyer, url: url?.href ?? null });
    if (goesOn && url !== null && /^https?:$/.test(url.protocol)) location.assign(url);
  }

  #tell({ type, ...detail }: Happening): void {
    this.#send(type, detail);
  }

  #send(name: string, detail: object): boolean {
    const event = new CustomEvent(`holdfast:${name}`, {
      detail: { show: this.getAttribute("show"), sku: this.#desk?.facts.drop?.sku ?? null, ...detail },
      bubbles: true,
      composed: true,
      cancelable: name === "checkout",
    });
    return this.dispatchEvent(event);
  }
}
