import type { BrandBody, BrandView, SettingBody, SettingView } from "../../contract/brands.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import {
  findBrand,
  findSetting,
  writeBrand,
  writeSetting,
  type BrandRow,
  type SettingRow,
} from "../../db/brands.ts";
import type { BrandIdentity } from "../../domain/messages/brand-identity.ts";
import {
  DEFAULT_SETTING,
  languages,
  messageTypes,
  type MessageTemplate,
} from "../../domain/messages/message.ts";
import { placeholdersOf, unknownPlaceholders } from "../../domain/messages/placeholders.ts";
import { textsByLanguage } from "../../domain/messages/texts/by-language.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

type Ports = Pick<Services, "db" | "nowMs">;

/** Each loss of a race means that someone else's write went through; so many in a row is an outage. */
const ATTEMPTS_MAX = 5;

/** Creates or replaces a brand. */
export async function putBrand(
  services: Ports,
  actor: Actor,
  code: string,
  body: BrandBody,
  ifMatch: string | undefined,
): Promise<Result<BrandView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findBrand(services.db, code);
    if (!matches(ifMatch, earlier?.version ?? null)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const row: BrandRow = {
      code,
      identity: identityOf(body),
      version: (earlier?.version ?? 0) + 1,
      createdAtMs: earlier?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    if (await writeBrand(services.db, row, actor)) return ok(brandView(row));
  }
  return err(problem("unavailable"));
}

function identityOf(body: BrandBody): BrandIdentity {
  return {
    name: body.name,
    senderEmail: body.sender_email,
    replyTo: body.reply_to,
    logoUrl: body.logo_url,
    accentColor: body.accent_color.toLowerCase(),
    footer: body.footer,
    language: body.language,
    timeZone: body.time_zone,
    quietHours: body.quiet_hours,
    links: {
      order: body.order_url,
      pay: body.pay_url,
      review: body.review_url,
      offer: body.offer_url,
      tracking: body.tracking_url,
    },
  };
}

export function brandView({ code, identity, version, createdAtMs, updatedAtMs }: BrandRow): BrandView {
  const { links } = identity;
  return {
    code,
    name: identity.name,
    sender_email: identity.senderEmail,
    reply_to: identity.replyTo,
    logo_url: identity.logoUrl,
    accent_color: identity.accentColor,
    footer: identity.footer,
    language: identity.language,
    time_zone: identity.timeZone,
    quiet_hours: identity.quietHours,
    order_url: links.order,
    pay_url: links.pay,
    review_url: links.review,
    offer_url: links.offer,
    tracking_url: links.tracking,
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
    version,
  };
}

/** Puts a message in a brand's own words, or switches it off. */
export async function putSetting(
  services: Ports,
  actor: Actor,
  { brand, template }: { readonly brand: string; readonly template: MessageTemplate },
  body: SettingBody,
  ifMatch: string | undefined,
): Promise<Result<SettingView, Problem>> {
  const errors = placeholderErrors(template, body);
  if (errors.length > 0) return err(problem("request_invalid", { errors }));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findSetting(services.db, brand, template);
    if (!matches(ifMatch, earlier?.version ?? null)) return err(problem("precondition_failed"));
    const row: SettingRow = {
      code: `${brand}/${template}`,
      setting: {
        isOn: body.is_on,
        delayDays: body.delay_days,
        texts: Object.fromEntries(body.texts.map(({ language, ...text }) => [language, text])),
      },
      version: (earlier?.version ?? 0) + 1,
      updatedAtMs: services.nowMs(),
    };
    if (await writeSetting(services.db, row, actor)) return ok(settingView(brand, template, row));
  }
  return err(problem("unavailable"));
}

function placeholderErrors(template: MessageTemplate, { texts }: SettingBody) {
  return texts.flatMap((text, index) =>
    (["subject", "heading", "intro"] as const).flatMap((part) => {
      const unknown = unknownPlaceholders(template, text[part] ?? "");
      if (unknown.length === 0) return [];
      const detail = `knows no ${unknown.slice(0, 3).join(", ").slice(0, 100)}`;
      return [{ pointer: `/texts/${index}/${part}`, detail }];
    }),
  );
}

/** @param row - Null where the brand has left the message as it is built in. */
export function settingView(brand: string, template: MessageTemplate, row: SettingRow | null): SettingView {
  const setting = row?.setting ?? DEFAULT_SETTING;
  const type = messageTypes[template];
  return {
    brand,
    template,
    title: type.title,
    class: type.class,
    urgency: type.urgency,
    is_on: setting.isOn,
    delay_days: setting.delayDays,
    placeholders: [...placeholdersOf(template)],
    texts: languages.map((language) => {
      const own = setting.texts[language] ?? {};
      const built = textsByLanguage[language].templates[template];
      return {
        language,
        subject: own.subject ?? built.subject,
        heading: own.heading ?? built.heading,
        intro: own.intro ?? built.intro,
        is_own: Object.keys(own).length > 0,
      };
    }),
    version: row?.version ?? 0,
  };
}
