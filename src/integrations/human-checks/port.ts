import type { Result } from "../../domain/result.ts";

/** What a page brings to prove that a person is behind it. */
export type HumanProof = {
  /** What the widget on the page gave: opaque, good once, for minutes. */
  readonly token: string;
  /** What the page said it was for; must be what it is used for. */
  readonly action: string;
  /** Where the page may have been: hosts without port. */
  readonly hostnames: ReadonlyArray<string>;
  /** The same for every repeat of one request, so that a repeat is not taken for a second use. A UUID. */
  readonly requestId: string;
  /** Where the request came from, if the service is to compare. */
  readonly address: string | null;
};

export type HumanCheckFailure =
  | { readonly code: "refused"; readonly reason: string }
  /** The service did not answer, or not in its own words. Whoever asks must treat it as a refusal. */
  | { readonly code: "unavailable"; readonly reason: string };

export interface HumanCheck {
  /** Answers within seconds; never throws. */
  verify(proof: HumanProof): Promise<Result<null, HumanCheckFailure>>;
}
