import { drawThing } from "./pictures.ts";

const LOOP_MS = 12_000;
const SPARKS = 90;

type Spark = { x: number; y: number; dx: number; dy: number; hue: number; life: number };

/** A stage in place of a video: a thing of the show on a turning table, over and over. */
export function startVideo(canvas: HTMLCanvasElement): { readonly celebrate: () => void } | null {
  const context = canvas.getContext("2d");
  if (context === null) return null;
  const skus = [...document.querySelectorAll("holdfast-drop")].map((drop) => drop.getAttribute("sku") ?? "");
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let sparks: ReadonlyArray<Spark> = [];
  const frame = (nowMs: number) => {
    drawStage(context, nowMs, skus);
    sparks = drawSparks(context, sparks);
    if (!isStill) requestAnimationFrame(frame);
  };
  // What is seen where nothing moves is a good moment, not the first.
  frame(isStill ? LOOP_MS / 6 : performance.now());
  return {
    celebrate: () => {
      if (!isStill) sparks = [...sparks, ...newSparks(canvas)].slice(-SPARKS * 3);
    },
  };
}

function drawStage(context: CanvasRenderingContext2D, nowMs: number, skus: ReadonlyArray<string>): void {
  const { width, height } = context.canvas;
  const turn = ((nowMs % LOOP_MS) / LOOP_MS) * Math.PI * 2;
  const wall = context.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, "#1a1440");
  wall.addColorStop(0.55, "#3a1f6b");
  wall.addColorStop(1, "#0d1030");
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  for (const [index, hue] of [262, 318, 210].entries()) drawBeam(context, turn + index * 2.1, hue);
  drawBokeh(context, nowMs);

  const floor = height * 0.8;
  drawShine(context, floor);
  for (const [rise, colour] of [
    [16, "#140e30"],
    [0, "#2c2160"],
  ] as const) {
    context.fillStyle = colour;
    context.beginPath();
    context.ellipse(width / 2, floor + rise, width * 0.2, 34, 0, 0, Math.PI * 2);
    context.fill();
  }
  // Each thing has the table for one loop.
  const sku = skus[Math.floor(nowMs / LOOP_MS) % Math.max(1, skus.length)] ?? "";
  context.save();
  context.translate(width / 2, floor - 186 + Math.sin(turn * 2) * 6);
  context.shadowColor = "rgb(0 0 0 / .45)";
  context.shadowBlur = 50;
  context.shadowOffsetY = 26;
  drawThing(context, sku, 380, Math.sin(turn * 2));
  context.restore();
}

/** Light on the floor, as flat as the floor is seen. */
function drawShine(context: CanvasRenderingContext2D, floor: number): void {
  const { width } = context.canvas;
  const radius = width * 0.4;
  const shine = context.createRadialGradient(0, 0, 10, 0, 0, radius);
  shine.addColorStop(0, "rgb(255 236 255 / .5)");
  shine.addColorStop(1, "rgb(255 236 255 / 0)");
  context.save();
  context.translate(width / 2, floor);
  context.scale(1, 0.3);
  context.fillStyle = shine;
  context.fillRect(-radius, -radius, radius * 2, radius * 2);
  context.restore();
}

function drawBeam(context: CanvasRenderingContext2D, angle: number, hue: number): void {
  const { width, height } = context.canvas;
  const x = width / 2 + Math.sin(angle) * width * 0.32;
  const light = context.createLinearGradient(x, 0, width / 2, height);
  light.addColorStop(0, `hsl(${hue} 90% 72% / .38)`);
  light.addColorStop(1, `hsl(${hue} 90% 72% / 0)`);
  context.fillStyle = light;
  context.beginPath();
  context.moveTo(x - 14, -10);
  context.lineTo(x + 14, -10);
  context.lineTo(width / 2 + 300, height);
  context.lineTo(width / 2 - 300, height);
  context.fill();
}

function drawBokeh(context: CanvasRenderingContext2D, nowMs: number): void {
  const { width, height } = context.canvas;
  for (let index = 0; index < 26; index++) {
    const seed = (index * 97.13) % 1;
    const x = ((index * 173 + nowMs * (0.004 + seed * 0.004)) % (width + 120)) - 60;
    const y = ((index * 311) % (height * 0.7)) + Math.sin(nowMs / 1900 + index) * 14;
    context.fillStyle = `hsl(${250 + ((index * 37) % 110)} 90% 78% / ${0.05 + ((index * 13) % 10) / 90})`;
    context.beginPath();
    context.arc(x, y, 6 + ((index * 29) % 26), 0, Math.PI * 2);
    context.fill();
  }
}

function newSparks({ width, height }: HTMLCanvasElement): ReadonlyArray<Spark> {
  return Array.from({ length: SPARKS }, (_, index) => {
    const angle = (index / SPARKS) * Math.PI * 2;
    const speed = 4 + Math.random() * 12;
    return {
      x: width / 2,
      y: height * 0.5,
      dx: Math.cos(angle) * speed,
      dy: Math.sin(angle) * speed - 6,
      hue: 200 + Math.random() * 160,
      life: 1,
    };
  });
}

function drawSparks(context: CanvasRenderingContext2D, sparks: ReadonlyArray<Spark>): ReadonlyArray<Spark> {
  for (const spark of sparks) {
    context.fillStyle = `hsl(${spark.hue} 95% 68% / ${spark.life})`;
    context.fillRect(spark.x, spark.y, 9, 9);
    spark.x += spark.dx;
    spark.y += spark.dy;
    spark.dy += 0.32;
    spark.life -= 0.012;
  }
  return sparks.filter(({ life }) => life > 0);
}
