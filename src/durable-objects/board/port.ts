/** What a board shows: what is going on everywhere, or one show. */
export type BoardTopic = { readonly kind: "now" } | { readonly kind: "show"; readonly code: string };

/** No show's code has a slash in it. */
export function topicName(topic: BoardTopic): string {
  return topic.kind === "now" ? "now" : `show/${topic.code}`;
}

/** What {@link topicName} was given. */
export function topicNamed(name: string): BoardTopic {
  return name.startsWith("show/") ? { kind: "show", code: name.slice("show/".length) } : { kind: "now" };
}

export interface BoardPort {
  /** A WebSocket that is sent what the board shows, whenever that changes. */
  open(): Promise<Response>;
}
