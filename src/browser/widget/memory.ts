import { newKey } from "../../client/back-off.ts";

/** What one buyer has of one drop, over reloads and in all tabs of a browser. */
export type Remembered = { readonly hold?: string; readonly place?: string };

const PREFIX = "holdfast:";

/** Storage may be off, full or forbidden: then everything lasts as long as the page. */
const inPage = new Map<string, string>();

function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return inPage.get(name) ?? null;
  }
}

function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    if (value === null) inPage.delete(name);
    else inPage.set(name, value);
  }
}

/** Who this browser is, to nobody but this site. */
export function buyerOfBrowser(): string {
  const known = read("buyer");
  if (known !== null && /^[\w.:-]{8,128}$/.test(known)) return known;
  const made = `web-${newKey()}`;
  write("buyer", made);
  return made;
}

/** Whom a buyer token names. It is signed, and checked by the engine; here it only tells one buyer from another. */
export function buyerOfToken(token: string): string {
  try {
    const claims = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return String((JSON.parse(claims) as { readonly sub?: unknown }).sub);
  } catch {
    return "";
  }
}

export class Memory {
  readonly #name: string;

  constructor(show: string, sku: string, buyer: string) {
    this.#name = `${show}/${sku}/${buyer}`;
  }

  read(): Remembered {
    try {
      const kept: unknown = JSON.parse(read(this.#name) ?? "{}");
      const { hold, place } = kept as Remembered;
      return {
        ...(typeof hold === "string" ? { hold } : {}),
        ...(typeof place === "string" ? { place } : {}),
      };
    } catch {
      return {};
    }
  }

  write(kept: Remembered): void {
    const text = JSON.stringify(kept);
    if (text !== (read(this.#name) ?? "{}")) write(this.#name, text === "{}" ? null : text);
  }

  /** Tells when another tab wrote. */
  onChange(listener: () => void): () => void {
    const hear = ({ key }: StorageEvent) => {
      if (key === null || key === PREFIX + this.#name) listener();
    };
    addEventListener("storage", hear);
    return () => removeEventListener("storage", hear);
  }
}
