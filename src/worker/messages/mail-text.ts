import type { Action, Block, MessageContent } from "../../domain/messages/content.ts";

const RULE = "-".repeat(40);

/** A message as plain text: everything that the HTML says, for those who read no HTML. */
export function mailText({
  heading,
  paragraphs,
  action,
  blocks,
  footer,
  unsubscribe,
}: MessageContent): string {
  const parts = [
    heading.toUpperCase(),
    ...paragraphs,
    ...(action === null ? [] : [linkText(action)]),
    ...blocks.map(blockText),
    RULE,
    footer.join("\n"),
    ...(unsubscribe === null ? [] : [linkText(unsubscribe)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function linkText({ label, url }: Action): string {
  return `${label}:\n${url}`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "facts":
      return block.facts.map(({ label, value }) => `${label}: ${value}`).join("\n");
    case "text":
      return [block.title.toUpperCase(), ...block.lines].join("\n");
    case "items": {
      const items = block.items.map(({ title, quantity, note }) =>
        [`${title} ${quantity}`, note].filter((part) => part !== "").join("  "),
      );
      const totals = block.totals.map(({ label, amount }) => `${label}: ${amount}`);
      return [block.title.toUpperCase(), ...items, ...(totals.length === 0 ? [] : ["", ...totals])].join(
        "\n",
      );
    }
  }
}
