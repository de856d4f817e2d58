/**
 * A step cannot be taken now and can be later: too early, an outside system is down, others were faster too often.
 * `retryable` is what the platform's own passing failures carry, so that a caller over HTTP is told 503.
 */
export class RetryLater extends Error {
  override readonly name = "RetryLater";
  readonly retryable = true;
  readonly retryAfterMs: number;

  /** @param message - Without personal data: it is stored with dead letters. */
  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A step that will never succeed as it is: repeating it changes nothing, a person has to. */
export class StepImpossible extends Error {
  override readonly name = "StepImpossible";
}
