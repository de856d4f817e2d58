/**
 * Whether a failure is the infrastructure's and may be gone at the next try, so that the caller is told to repeat
 * instead of that we have a bug.
 */
export function isOutage(error: unknown): boolean {
  const { retryable, overloaded, message } = error as {
    readonly retryable?: boolean;
    readonly overloaded?: boolean;
    readonly message?: string;
  };
  if (retryable === true || overloaded === true) return true;
  // D1 tells its outages by message only.
  return /D1_ERROR.*(network connection lost|overloaded|timed? ?out|storage.*reset|internal error)/i.test(
    message ?? "",
  );
}
