/** A message before it has a form: the HTML and the plain text say the same, because both are made from this. */
export type MessageContent = {
  readonly subject: string;
  /** What a mailbox shows beside the subject. */
  readonly preview: string;
  readonly heading: string;
  readonly paragraphs: ReadonlyArray<string>;
  readonly action: Action | null;
  readonly blocks: ReadonlyArray<Block>;
  /** Why the buyer gets it, and whose it is. */
  readonly footer: ReadonlyArray<string>;
  readonly unsubscribe: Action | null;
};

export type Action = { readonly label: string; readonly url: string };

export type Block =
  | { readonly kind: "facts"; readonly facts: ReadonlyArray<Fact> }
  | {
      readonly kind: "items";
      readonly title: string;
      readonly items: ReadonlyArray<Item>;
      readonly totals: ReadonlyArray<Total>;
    }
  | { readonly kind: "text"; readonly title: string; readonly lines: ReadonlyArray<string> };

export type Fact = { readonly label: string; readonly value: string };
export type Item = {
  readonly title: string;
  readonly quantity: string;
  /** An amount, or a date, or nothing. */
  readonly note: string;
};
export type Total = { readonly label: string; readonly amount: string; readonly isSum: boolean };
