import { html } from "hono/html";
import type { Child, FC } from "hono/jsx";

import { invariant } from "../../domain/invariant.ts";
import { isLight, type BrandIdentity } from "../../domain/messages/brand-identity.ts";
import type { Block, MessageContent } from "../../domain/messages/content.ts";
import type { Language } from "../../domain/messages/message.ts";

/** Mail clients read old HTML only: tables for what stands where, and styles on each element. */
const INK = "#1c1f21";
const PALE = "#5b6468";
const LINE = "#e3e6e8";
const FONT =
  "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Hiragino Sans','Yu Gothic',Arial,sans-serif";

/** What mail clients that have a dark appearance put in place of the colours above. */
const DARK = `
@media (prefers-color-scheme: dark) {
  .page { background:#111416 !important }
  .card { background:#1b2023 !important; border-color:#2c3337 !important }
  .ink, .ink a { color:#eceff1 !important }
  .pale, .pale a { color:#a3adb2 !important }
  .line { border-color:#2c3337 !important }
  .plate { background:#ffffff !important; padding:8px 12px !important; border-radius:8px !important }
}
@media (max-width: 480px) {
  .card { border-radius:0 !important; border-left:0 !important; border-right:0 !important }
  .gutter { padding-left:20px !important; padding-right:20px !important }
  .page { padding:0 !important }
}`;

/** A message as HTML. Everything that anybody wrote is escaped by the elements that it stands in. */
export function mailHtml(content: MessageContent, brand: BrandIdentity, language: Language): string {
  const page = html`<!doctype html>${<Mail content={content} brand={brand} language={language} />}`;
  invariant(!(page instanceof Promise), "a message waits for nothing");
  return page.toString();
}

const Mail: FC<{ content: MessageContent; brand: BrandIdentity; language: Language }> = ({
  content,
  brand,
  language,
}) => (
  <html lang={language} dir="ltr">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      <meta name="format-detection" content="telephone=no,date=no,address=no" />
      <title>{content.subject}</title>
      <style>{DARK}</style>
    </head>
    <body class="page" style={`margin:0;padding:0;background:#f4f5f6;${FONT}`}>
      <div style="display:none;max-height:0;overflow:hidden">{content.preview}</div>
      <Table>
        <td align="center" class="page" style="padding:32px 12px;background:#f4f5f6">
          <table
            role="presentation"
            width="100%"
            cellpadding="0"
            cellspacing="0"
            class="card"
            style={`max-width:560px;background:#ffffff;border:1px solid ${LINE};border-radius:14px;border-collapse:separate`}
          >
            <Row style="padding:28px 32px 0">
              <BrandMark brand={brand} />
            </Row>
            <Row style="padding:24px 32px 0">
              <h1 class="ink" style={`margin:0;font-size:24px;line-height:1.25;font-weight:700;color:${INK}`}>
                {content.heading}
              </h1>
            </Row>
            <Row style="padding:16px 32px 0">
              {content.paragraphs.map((paragraph) => (
                <p class="ink" style={`margin:0 0 12px;font-size:16px;line-height:1.55;color:${INK}`}>
                  {paragraph}
                </p>
              ))}
            </Row>
            {content.action === null ? null : (
              <Row style="padding:8px 32px 8px">
                <Button label={content.action.label} url={content.action.url} color={brand.accentColor} />
              </Row>
            )}
            {content.blocks.map((block) => (
              <Row style="padding:16px 32px 0">
                <BlockView block={block} />
              </Row>
            ))}
            <Row style="padding:28px 32px 28px">
              <Footer content={content} />
            </Row>
          </table>
        </td>
      </Table>
    </body>
  </html>
);

const Table: FC<{ children?: Child }> = ({ children }) => (
  <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">
    <tr>{children}</tr>
  </table>
);

const Row: FC<{ style: string; children?: Child }> = ({ style, children }) => (
  <tr>
    <td class="gutter" style={style}>
      {children}
    </td>
  </tr>
);

const BrandMark: FC<{ brand: BrandIdentity }> = ({ brand }) =>
  brand.logoUrl === null ? (
    <span class="ink" style={`font-size:17px;font-weight:700;letter-spacing:.01em;color:${INK}`}>
      <span
        style={`display:inline-block;width:10px;height:10px;border-radius:5px;background:${brand.accentColor};margin-right:8px`}
      ></span>
      {brand.name}
    </span>
  ) : (
    // On a plate in dark mode: most logos are drawn for paper.
    <span class="plate" style="display:inline-block">
      <img
        src={brand.logoUrl}
        alt={brand.name}
        height="36"
        style="display:block;height:36px;max-width:220px;border:0;font-size:17px;font-weight:700"
      />
    </span>
  );

const Button: FC<{ label: string; url: string; color: string }> = ({ label, url, color }) => (
  <a
    href={url}
    style={`display:inline-block;padding:13px 22px;border-radius:9px;background:${color};color:${isLight(color) ? "#111416" : "#ffffff"};font-size:16px;font-weight:600;text-decoration:none;line-height:1.2`}
  >
    {label}
  </a>
);

const BlockTitle: FC<{ children?: Child }> = ({ children }) => (
  <h2
    class="pale"
    style={`margin:8px 0 8px;font-size:13px;line-height:1.4;font-weight:600;color:${PALE};letter-spacing:.02em`}
  >
    {children}
  </h2>
);

const cell = `padding:9px 0;border-top:1px solid ${LINE};font-size:15px;line-height:1.45;color:${INK};vertical-align:top;word-break:break-word`;

const BlockView: FC<{ block: Block }> = ({ block }) => {
  switch (block.kind) {
    case "facts":
      return (
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
          {block.facts.map(({ label, value }) => (
            <tr>
              <td class="pale line" style={`${cell};color:${PALE};padding-right:16px`}>
                {label}
              </td>
              <td class="ink line" align="right" style={cell}>
                {value}
              </td>
            </tr>
          ))}
        </table>
      );
    case "text":
      return (
        <>
          <BlockTitle>{block.title}</BlockTitle>
          {block.lines.map((line) => (
            <div
              class="ink"
              style={`font-size:15px;line-height:1.5;color:${INK};word-break:break-word;min-height:.75em`}
            >
              {line}
            </div>
          ))}
        </>
      );
    case "items":
      return <Items block={block} />;
  }
};

const Items: FC<{ block: Extract<Block, { kind: "items" }> }> = ({ block }) => (
  <>
    <BlockTitle>{block.title}</BlockTitle>
    <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
      {block.items.map(({ title, quantity, note }) => (
        <tr>
          <td class="ink line" style={cell}>
            {title}
            <span class="pale" style={`color:${PALE};white-space:nowrap`}>
              {" "}
              {quantity}
            </span>
          </td>
          <td class="ink line" align="right" style={`${cell};padding-left:16px;white-space:nowrap`}>
            {note}
          </td>
        </tr>
      ))}
      {block.totals.map(({ label, amount, isSum }, index) => (
        <tr>
          <td
            class={isSum ? "ink line" : "pale line"}
            style={`${cell};${totalStyle(isSum, index)};color:${isSum ? INK : PALE}`}
          >
            {label}
          </td>
          <td class="ink line" align="right" style={`${cell};${totalStyle(isSum, index)};white-space:nowrap`}>
            {amount}
          </td>
        </tr>
      ))}
    </table>
  </>
);

function totalStyle(isSum: boolean, index: number): string {
  const border = index === 0 || isSum ? "" : "border-top:0;";
  return `${border}padding:${index === 0 || isSum ? "9px 0" : "1px 0 9px"};font-weight:${isSum ? 700 : 400}`;
}

const Footer: FC<{ content: MessageContent }> = ({ content: { footer, unsubscribe } }) => (
  <div
    class="pale line"
    style={`border-top:1px solid ${LINE};padding-top:16px;font-size:13px;line-height:1.55;color:${PALE}`}
  >
    {footer.map((line) => (
      <div>{line}</div>
    ))}
    {unsubscribe === null ? null : (
      <div style="margin-top:8px">
        <a class="pale" href={unsubscribe.url} style={`color:${PALE};text-decoration:underline`}>
          {unsubscribe.label}
        </a>
      </div>
    )}
  </div>
);
