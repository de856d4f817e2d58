import { ok, type Result } from "../../domain/result.ts";
import type { ChannelAdapter, ChannelFailure, PushOutcome, QuantityPush } from "./port.ts";

/**
 * Sets quantities on a platform that cannot compare and set: what it has is read right before. A sale that we have not
 * heard of shows then, but for the moment between the two calls.
 *
 * @param set - An outcome each, in order.
 */
export async function setAfterComparing(
  pushes: ReadonlyArray<QuantityPush>,
  read: (compared: ReadonlyArray<QuantityPush>) => ReturnType<ChannelAdapter["readQuantities"]>,
  set: (open: ReadonlyArray<QuantityPush>) => Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>>,
): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>> {
  const compared = pushes.filter(({ from }) => from !== null);
  const actual = compared.length === 0 ? ok(new Map<string, number>()) : await read(compared);
  if (!actual.ok) return actual;
  const outcomes = new Map<string, PushOutcome>();
  const open = pushes.filter(({ listing, from, stockId }) => {
    const found = actual.value.get(listing);
    if (stockId === null)
      outcomes.set(listing, { status: "refused", reason: "its quantity is kept elsewhere" });
    else if (from !== null && found !== undefined && found !== from)
      outcomes.set(listing, { status: "stale", actual: found });
    return !outcomes.has(listing);
  });
  if (open.length > 0) {
    const done = await set(open);
    if (!done.ok) return done;
    for (const [index, push] of open.entries())
      outcomes.set(push.listing, done.value[index] ?? { status: "set" });
  }
  return ok(pushes.map(({ listing }) => outcomes.get(listing) ?? { status: "set" }));
}
