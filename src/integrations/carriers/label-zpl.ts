import type { Address } from "../../domain/orders/order.ts";

/** 4 × 6 inches at 203 dots to the inch, which is what label printers have. */
const WIDTH_DOTS = 812;
const HEIGHT_DOTS = 1218;
const MARGIN_DOTS = 40;

export type ZplLabelContent = {
  readonly carrier: string;
  readonly service: string;
  readonly orderNumber: number;
  readonly weightGrams: number;
  readonly trackingNumber: string;
  readonly from: Address;
  readonly to: Address;
};

/**
 * The same label for a printer that speaks ZPL II. Text goes as UTF-8 in hexadecimal (`^CI28`, `^FH`), so that nothing that a
 * buyer wrote is a command to the printer.
 */
export function zplLabel(content: ZplLabelContent): string {
  const { carrier, service, orderNumber, weightGrams, trackingNumber, from, to } = content;
  const weight = `${(weightGrams / 1000).toFixed(weightGrams < 1000 ? 3 : 2)} kg`;
  return [
    "^XA",
    "^CI28",
    `^PW${WIDTH_DOTS}`,
    `^LL${HEIGHT_DOTS}`,
    field(MARGIN_DOTS, 40, 50, `${carrier} ${service}`.toUpperCase()),
    rule(110),
    ...block(130, 26, ["FROM", ...addressLines(from)]),
    rule(350),
    ...block(370, 40, ["SHIP TO", ...addressLines(to)]),
    rule(720),
    field(MARGIN_DOTS, 745, 40, `ORDER #${orderNumber}`),
    field(WIDTH_DOTS / 2, 745, 40, weight),
    rule(810),
    // Code 128, three dots to the narrowest bar, its text below.
    `^FO${MARGIN_DOTS + 20},850^BY3^BCN,220,Y,N,N^FD${plain(trackingNumber)}^FS`,
    "^XZ",
    "",
  ].join("\n");
}

function field(x: number, y: number, height: number, text: string): string {
  return `^FO${x},${y}^A0N,${height},${height}^FH^FD${escaped(text)}^FS`;
}

function block(top: number, height: number, lines: ReadonlyArray<string>): Array<string> {
  return lines.map((text, index) => field(MARGIN_DOTS, top + index * Math.round(height * 1.3), height, text));
}

function rule(y: number): string {
  return `^FO${MARGIN_DOTS},${y}^GB${WIDTH_DOTS - 2 * MARGIN_DOTS},3,3^FS`;
}

function addressLines({ name, line1, line2, city, region, postal_code, country }: Address): Array<string> {
  const town = [postal_code, city, region].filter((part) => part !== undefined).join(" ");
  return [name, line1, line2, town, country].filter(
    (line) => line !== undefined && line !== "",
  ) as Array<string>;
}

/** Everything but letters, digits and spaces as `_` and two digits for each byte. */
function escaped(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9 ]/.test(character) ? character : `_${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** What goes into bars: carriers' numbers have letters and digits only. */
function plain(trackingNumber: string): string {
  return trackingNumber.replaceAll(/[^A-Za-z0-9]/g, "");
}
