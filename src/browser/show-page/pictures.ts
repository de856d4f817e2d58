type Kind =
  | "hoodie"
  | "tee"
  | "poster"
  | "mug"
  | "bottle"
  | "bag"
  | "notebook"
  | "cap"
  | "candle"
  | "sock"
  | "box";

/** What a SKU's code says it is, in our own demonstration's catalogue. */
const kinds: ReadonlyArray<readonly [word: RegExp, kind: Kind]> = [
  [/HOOD|SWEAT|JACKET/i, "hoodie"],
  [/(^|-)(TEE|SHIRT)/i, "tee"],
  [/POSTER|PRINT/i, "poster"],
  [/MUG|CUP/i, "mug"],
  [/BOTTLE|FLASK/i, "bottle"],
  [/BAG|TOTE|PACK/i, "bag"],
  [/NOTE|BOOK|CARD/i, "notebook"],
  [/CAP|HAT|BEANIE/i, "cap"],
  [/CANDLE/i, "candle"],
  [/SOCK/i, "sock"],
];

function kindOf(sku: string): Kind {
  return kinds.find(([word]) => word.test(sku))?.[1] ?? "box";
}

/** The same colour for the same SKU, always. */
function hueOf(sku: string): number {
  let hash = 7;
  for (const letter of sku) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return hash;
}

/** In a square of 100 by 100. */
const outlines: Readonly<Record<Kind, string>> = {
  hoodie:
    "M36 16 C40 26 60 26 64 16 L82 26 L92 60 L78 64 L74 46 L74 88 L26 88 L26 46 L22 64 L8 60 L18 26 Z M40 17 C42 34 58 34 60 17 C56 10 44 10 40 17 Z M36 62 L64 62 L68 78 L32 78 Z",
  tee: "M37 16 C42 25 58 25 63 16 L84 25 L93 48 L78 55 L74 47 L74 88 L26 88 L26 47 L22 55 L7 48 L16 25 Z M37 16 C41 31 59 31 63 16 C58 20 42 20 37 16 Z",
  poster:
    "M22 10 L78 10 L78 90 L22 90 Z M28 16 L72 16 L72 66 L28 66 Z M28 72 L58 72 L58 76 L28 76 Z M28 80 L48 80 L48 84 L28 84 Z M40 52 L52 34 L60 46 L64 40 L70 52 Z",
  mug: "M24 24 L70 24 L67 80 C66 84 63 86 60 86 L34 86 C31 86 28 84 27 80 Z M70 34 C88 32 90 62 68 64 L68.600 56 C80 54 79 41 69.500 42 Z",
  bottle:
    "M42 8 L58 8 L58 20 C66 26 68 32 68 40 L68 86 C68 90 66 92 62 92 L38 92 C34 92 32 90 32 86 L32 40 C32 32 34 26 42 20 Z M32 48 L68 48 L68 70 L32 70 Z",
  bag: "M22 36 L78 36 L84 90 L16 90 Z M36 36 C36 12 64 12 64 36 L58 36 C58 20 42 20 42 36 Z",
  notebook:
    "M24 12 L76 12 C79 12 80 14 80 16 L80 84 C80 87 79 88 76 88 L24 88 Z M32 12 L32 88 M42 28 L70 28 L70 40 L42 40 Z",
  cap: "M14 62 C14 34 34 22 52 22 C72 22 82 38 82 58 C90 60 96 66 96 70 C80 66 40 62 14 66 Z M52 22 L52 18",
  candle:
    "M30 44 L70 44 L70 88 C70 91 68 92 65 92 L35 92 C32 92 30 91 30 88 Z M48.500 44 L48.500 36 L51.500 36 L51.500 44 Z M50 34 C42 30 44 20 50 10 C56 20 58 30 50 34 Z M30 56 L70 56 L70 76 L30 76 Z",
  sock: "M36 10 L62 10 L62 54 C70 64 82 68 84 78 C85 86 80 90 72 90 C58 90 46 82 38 70 C35 66 34 60 35 52 Z M36 22 L62 22 L62 28 L36 28 Z",
  box: "M50 10 L88 28 L88 72 L50 90 L12 72 L12 28 Z M12 28 L50 46 L88 28 M50 46 L50 90",
};

const paths = new Map<Kind, Path2D>();

/**
 * Draws a thing at the middle of where the context is, `size` high.
 *
 * @param turn - −1 to 1: how far it is turned; at 0 it is seen from the front.
 */
export function drawThing(context: CanvasRenderingContext2D, sku: string, size: number, turn: number): void {
  const kind = kindOf(sku);
  const path = paths.get(kind) ?? new Path2D(outlines[kind]);
  paths.set(kind, path);
  const hue = hueOf(sku);
  const scale = size / 100;
  context.save();
  context.scale(scale * (0.55 + 0.45 * Math.cos((turn * Math.PI) / 2)), scale);
  context.translate(-50, -50);
  const light = context.createLinearGradient(0, 0, 100, 100);
  light.addColorStop(0, `hsl(${hue} 75% ${72 + turn * 8}%)`);
  light.addColorStop(1, `hsl(${(hue + 40) % 360} 65% ${46 + turn * 8}%)`);
  context.fillStyle = light;
  context.strokeStyle = `hsl(${hue} 60% 28% / .55)`;
  context.lineWidth = 1.6;
  context.lineJoin = "round";
  context.fill(path, "evenodd");
  context.stroke(path);
  context.restore();
}

const HEIGHT = 280;

/** Fills each element with a picture of its `data-sku`, as wide as it is there. */
export function drawPictures(places: Iterable<HTMLElement>): void {
  for (const place of places) {
    const canvas = document.createElement("canvas");
    const width = Math.round((HEIGHT * place.clientWidth) / Math.max(1, place.clientHeight)) || HEIGHT;
    canvas.width = width;
    canvas.height = HEIGHT;
    const context = canvas.getContext("2d");
    if (context === null) return;
    const sku = place.dataset["sku"] ?? "";
    const hue = hueOf(sku);
    const ground = context.createLinearGradient(0, 0, width, HEIGHT);
    ground.addColorStop(0, `hsl(${hue} 60% 92%)`);
    ground.addColorStop(1, `hsl(${(hue + 50) % 360} 55% 80%)`);
    context.fillStyle = ground;
    context.fillRect(0, 0, width, HEIGHT);
    context.fillStyle = `hsl(${hue} 40% 30% / .14)`;
    context.beginPath();
    context.ellipse(width / 2, HEIGHT * 0.86, HEIGHT * 0.33, HEIGHT * 0.05, 0, 0, Math.PI * 2);
    context.fill();
    context.translate(width / 2, HEIGHT * 0.51);
    drawThing(context, sku, HEIGHT * 0.68, 0);
    place.replaceChildren(canvas);
  }
}
