import type { MessageTemplate } from "../message.ts";

/** What a message says by itself. Its placeholders are those that merchants may use. */
export type TemplateText = { readonly subject: string; readonly heading: string; readonly intro: string };

/** One language, whole: a word that is missing does not compile. */
export type MessageTexts = {
  readonly templates: Readonly<Record<MessageTemplate, TemplateText>>;
  readonly labels: {
    readonly greeting: string;
    readonly greetingNamed: string;
    /** In place of a name that nobody knows. */
    readonly customer: string;
    readonly items: string;
    readonly waiting: string;
    readonly parcel: string;
    readonly returned: string;
    readonly subtotal: string;
    readonly discount: string;
    readonly shipping: string;
    readonly tax: string;
    readonly total: string;
    readonly shipTo: string;
    readonly order: string;
    readonly placedOn: string;
    readonly carrier: string;
    readonly trackingNumber: string;
    readonly from: string;
    readonly noDate: string;
    readonly reason: string;
    readonly instructions: string;
    readonly paidBack: string;
    readonly owed: string;
    readonly until: string;
    readonly viewOrder: string;
    readonly trackParcel: string;
    readonly rate: string;
    readonly pay: string;
    readonly claim: string;
    readonly printLabel: string;
    readonly becauseOrder: string;
    readonly becauseWaitlist: string;
    readonly optOut: string;
    readonly optOutAsk: string;
    readonly optOutDone: string;
    readonly optOutUnknown: string;
  };
  /** Sentences that a message says only where they are true. */
  readonly sentences: {
    readonly canceledMoney: string;
    readonly changeOwed: string;
    readonly changeBack: string;
    readonly outcomeRefund: string;
    readonly outcomeStoreCredit: string;
    readonly outcomeExchange: string;
    readonly outcomeReplacement: string;
    readonly labelAttached: string;
  };
};
