/** What a rule may ask of an order, or of what happened, by the kind of answer. */
export const numberFacts = [
  "order.total",
  "order.units",
  "order.lines",
  "event.available",
  "event.amount",
] as const;
export const wordFacts = [
  "order.channel",
  "order.connection",
  "order.currency",
  "order.status",
  "order.payment_status",
  "order.fulfillment_status",
  "order.shipping_method",
  "order.hold_reason",
  "order.cancel_reason",
  "order.country",
  "order.region",
  "order.postal_code",
  "event.subject",
  "event.actor",
  "event.because",
  "event.reason",
  "event.state",
  "event.location",
  "event.carrier",
] as const;
export const setFacts = ["order.skus", "order.tags"] as const;

export type NumberFact = (typeof numberFacts)[number];
export type WordFact = (typeof wordFacts)[number];
export type SetFact = (typeof setFacts)[number];

/** What is known when an event is looked at. What is not known is null, and meets no condition but `is_absent`. */
export type Facts = Readonly<Record<NumberFact, number | null>> &
  Readonly<Record<WordFact, string | null>> &
  Readonly<Record<SetFact, ReadonlyArray<string>>>;

export type Condition =
  | { readonly fact: NumberFact; readonly is: "at_least" | "at_most" | "exactly"; readonly number: number }
  | {
      readonly fact: WordFact;
      readonly is: "one_of" | "none_of" | "starts_with";
      readonly words: ReadonlyArray<string>;
    }
  | {
      readonly fact: SetFact;
      readonly is: "has_any" | "has_all" | "has_none";
      readonly words: ReadonlyArray<string>;
    }
  | { readonly fact: NumberFact | WordFact; readonly is: "is_absent" | "is_present" };

/** All of `all`, at least one of `any` if there are some, none of `none`. */
export type Conditions = {
  readonly all: ReadonlyArray<Condition>;
  readonly any: ReadonlyArray<Condition>;
  readonly none: ReadonlyArray<Condition>;
};

export function areMet({ all, any, none }: Conditions, facts: Facts): boolean {
  return (
    all.every((condition) => isMet(condition, facts)) &&
    (any.length === 0 || any.some((condition) => isMet(condition, facts))) &&
    !none.some((condition) => isMet(condition, facts))
  );
}

export function isMet(condition: Condition, facts: Facts): boolean {
  switch (condition.is) {
    case "is_absent":
      return facts[condition.fact] === null;
    case "is_present":
      return facts[condition.fact] !== null;
    case "at_least":
    case "at_most":
    case "exactly":
      return compares(facts[condition.fact], condition.is, condition.number);
    case "one_of":
    case "none_of":
    case "starts_with":
      return fits(facts[condition.fact], condition.is, condition.words);
    case "has_any":
      return condition.words.some((word) => facts[condition.fact].includes(word));
    case "has_all":
      return condition.words.every((word) => facts[condition.fact].includes(word));
    case "has_none":
      return !condition.words.some((word) => facts[condition.fact].includes(word));
  }
}

function compares(found: number | null, is: "at_least" | "at_most" | "exactly", number: number): boolean {
  if (found === null) return false;
  if (is === "exactly") return found === number;
  return is === "at_least" ? found >= number : found <= number;
}

function fits(
  found: string | null,
  is: "one_of" | "none_of" | "starts_with",
  words: ReadonlyArray<string>,
): boolean {
  if (found === null) return false;
  if (is === "starts_with") return words.some((word) => found.startsWith(word));
  return words.includes(found) === (is === "one_of");
}
