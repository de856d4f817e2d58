const ATTEMPTS_MAX = 3;
const DELAY_BASE_MS = 50;

/**
 * Calls an object again where the platform says that this may help. Only for calls that carry an id, because the
 * first may have been carried out. An overloaded object is never asked again: that is what overloaded it.
 *
 * @param attempt - Must make a new stub each time: a stub stays broken after most exceptions.
 */
export async function callObject<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const { retryable, overloaded } = error as {
        readonly retryable?: boolean;
        readonly overloaded?: boolean;
      };
      if (retryable !== true || overloaded === true || tries === ATTEMPTS_MAX) throw error;
      await scheduler.wait(Math.random() * DELAY_BASE_MS * 2 ** tries);
    }
  }
}
