/** `a.b.0.c` within what was told; undefined where there is no such thing. */
function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], value);
}

const count = (value: unknown): string => (typeof value === "number" ? value.toLocaleString("en") : "–");

function numbers(message: unknown, path: string): ReadonlyArray<number> {
  const last = path.lastIndexOf(".");
  const list = at(message, path.slice(0, last));
  const values = Array.isArray(list) ? list.map((item: unknown) => at(item, path.slice(last + 1))) : [];
  return values.filter((value) => typeof value === "number");
}

/** How a part of the page is computed from what was told: `kind:path`. */
const texts: Readonly<Record<string, (message: unknown, path: string) => string>> = {
  count: (message, path) => count(at(message, path)),
  text: (message, path) => plain(at(message, path)),
  plus: (message, path) =>
    count(path.split(",").reduce((sum, one) => sum + Number(at(message, one) ?? 0), 0)),
  total: (message, path) => {
    const list = at(message, path);
    const values = Array.isArray(list) ? list.map((value: unknown) => Number(value)) : [];
    return count(values.reduce((sum, value) => sum + value, 0));
  },
  sum: (message, path) => count(numbers(message, path).reduce((sum, value) => sum + value, 0)),
  min: (message, path) => {
    const found = numbers(message, path);
    return found.length === 0 ? "–" : Math.min(...found).toFixed(3);
  },
};

function plain(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "–";
}

/** Puts what was told into the places that name it. Everything becomes text, never markup. */
export function showMessage(root: HTMLElement, message: unknown): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-live]")) {
    const [kind = "", path = ""] = (place.dataset["live"] ?? "").split(":");
    const text = texts[kind]?.(message, path) ?? "";
    if (place.textContent !== text) place.textContent = text;
    soundAlarm(place, text);
  }
  for (const place of root.querySelectorAll<HTMLElement>("[data-live-badge]")) {
    const status = plain(at(message, place.dataset["liveBadge"] ?? ""));
    if (place.textContent !== status) place.replaceChildren(badge(status));
  }
  for (const body of root.querySelectorAll<HTMLElement>("[data-live-rows]")) showRows(body, message);
  for (const chart of root.querySelectorAll<SVGElement>("[data-live-shares]")) showShares(chart, message);
  for (const empty of root.querySelectorAll<HTMLElement>("[data-empty]")) {
    const rows = at(message, empty.dataset["empty"] ?? "");
    empty.hidden = Array.isArray(rows) && rows.length > 0;
  }
}

/** A figure that says above which value it alarms changes its colour with its value. */
function soundAlarm(place: HTMLElement, text: string): void {
  const holder = place.closest<HTMLElement>("[data-alarm]");
  const [above = "", tone = ""] = holder?.dataset["alarm"]?.split(":") ?? [];
  holder?.classList.toggle(tone, Number(text.replaceAll(",", "")) > Number(above));
}

const tones: Readonly<Record<string, string>> = { open: "good", active: "good", scheduled: "warn" };

function badge(status: string): HTMLElement {
  const element = document.createElement("span");
  element.className = `badge ${tones[status] ?? "plain"}`;
  element.textContent = status.replaceAll("_", " ");
  return element;
}

function showRows(body: HTMLElement, message: unknown): void {
  const rows = at(message, body.dataset["liveRows"] ?? "");
  if (!Array.isArray(rows)) return;
  const cells = (body.dataset["liveCells"] ?? "").split(" ");
  const heads = [...(body.closest("table")?.querySelectorAll("th") ?? [])];
  body.replaceChildren(
    ...rows.map((row: unknown) => {
      const line = document.createElement("tr");
      line.append(
        ...cells.map((cell, index) => {
          const [kind = "", path = ""] = cell.split(":");
          const place = document.createElement("td");
          const head = heads[index];
          place.dataset["label"] = head?.textContent ?? "";
          place.className = head?.className ?? "";
          place.append(cellOf(kind, at(row, path)));
          return place;
        }),
      );
      return line;
    }),
  );
}

function cellOf(kind: string, value: unknown): Node {
  if (kind === "count") return document.createTextNode(count(value));
  if (kind === "badge") return badge(plain(value));
  if (kind === "words") return document.createTextNode(plain(value).replaceAll("_", " "));
  if (kind === "code") {
    const code = document.createElement("code");
    code.textContent = plain(value);
    return code;
  }
  if (kind === "countdown" || kind === "time") {
    const time = document.createElement("time");
    if (typeof value !== "string") return document.createTextNode("–");
    time.dateTime = value;
    if (kind === "countdown") time.dataset["countdown"] = value;
    else time.textContent = `${value.slice(0, 10)} ${value.slice(11, 16)} UTC`;
    return time;
  }
  return document.createTextNode(plain(value));
}

/** The parts of a whole, as widths of a bar. */
function showShares(chart: SVGElement, message: unknown): void {
  const drop = at(message, chart.dataset["liveShares"] ?? "");
  const width = Number(chart.dataset["width"]);
  const total = Number(at(drop, "quantity") ?? 0);
  if (!(total > 0)) return;
  let x = 0;
  for (const part of chart.querySelectorAll<SVGRectElement>("[data-share]")) {
    const value = Number(at(drop, part.dataset["share"] ?? "") ?? 0);
    part.setAttribute("x", String((x / total) * width));
    part.setAttribute("width", String((value / total) * width));
    x += value;
  }
}

/** @param nowMs - By the server's clock. */
export function tickCountdowns(root: HTMLElement, nowMs: number): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-countdown]")) {
    const seconds = Math.max(0, Math.ceil((Date.parse(place.dataset["countdown"] ?? "") - nowMs) / 1_000));
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (place.textContent !== text) place.textContent = text;
  }
}
