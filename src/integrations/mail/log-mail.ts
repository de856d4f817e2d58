import { ok } from "../../domain/result.ts";
import type { MailPort } from "./port.ts";

/**
 * Sends nothing: for a machine of one's own. What would have gone out is read with `GET /v1/messages`, which writes it
 * anew; nobody's address or name is logged.
 */
export const logMail: MailPort = {
  provider: "log",
  isOutside: false,
  send: async ({ key, tag }) => {
    console.log(JSON.stringify({ message: "mail not sent, only logged", mail: key, template: tag }));
    return ok(null);
  },
};
