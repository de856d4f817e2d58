import { insertExceptions, type Raised } from "../../db/exceptions.ts";
import type { Services } from "../services.ts";

/**
 * Puts something on the list of what needs a person. Whatever writes to D1 at the same moment puts
 * `insertExceptions` into its own batch instead, so that neither stands without the other.
 */
export async function raiseException(
  services: Pick<Services, "db" | "nowMs">,
  raised: Raised,
  assignee: string | null = null,
): Promise<void> {
  await insertExceptions(services.db, [{ ...raised, assignee }], services.nowMs()).run();
}
