import type { AddressCheckView } from "../../contract/carriers.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { readOrder } from "../../db/orders.ts";
import type { Address } from "../../domain/orders/order.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import { SYSTEM_ACTOR } from "./fulfillment-step.ts";
import { holdOrder } from "./hold-order.ts";
import { carrierConnection } from "./parcel-to-ship.ts";
import { raiseException } from "./raise-exception.ts";

type Ports = Pick<Services, "db" | "nowMs" | "carrier" | "connection">;

/** Whether a carrier can deliver to an address, as it says itself. */
export async function checkAddress(
  services: Ports,
  name: string,
  address: Address,
): Promise<Result<AddressCheckView, Problem>> {
  const carrier = services.carrier(name);
  if (carrier === null) return err(problem("carrier_unknown", { carrier: name }));
  const checked = await callConnection(services, carrierConnection(name), () =>
    carrier.checkAddress(address),
  );
  if (!checked.ok) return err(problem("carrier_refused", { carrier: name, reason: checked.error.reason }));
  const { verdict, suggestion, messages } = checked.value;
  return ok({ carrier: name, verdict, suggestion, messages: [...messages] });
}

/**
 * Checks where an order goes before anybody packs it. One that cannot be delivered stops, and is put on the list of what
 * needs a person; what a carrier would only spell otherwise goes on.
 */
export async function checkOrderAddress(
  services: Ports & Pick<Services, "addressChecker" | "send" | "background" | "fulfillmentMode">,
  orderId: string,
): Promise<void> {
  const name = services.addressChecker;
  const aggregate = await readOrder(services.db, orderId);
  const address = aggregate?.order.shippingAddress ?? null;
  if (name === null || address === null || aggregate?.order.status !== "placed") return;
  const checked = await checkAddress(services, name, address);
  if (!checked.ok || checked.value.verdict !== "undeliverable") return;
  await raiseException(services, {
    kind: "address_undeliverable",
    subject: `order:${orderId}`,
    fact: "",
    orderId,
    data: { carrier: name, messages: checked.value.messages },
  });
  await holdOrder(services, {
    orderId,
    reason: "address_undeliverable",
    actor: { principalId: SYSTEM_ACTOR, requestId: `address ${orderId}` },
    mark: "address_undeliverable",
    isVersionAcceptable: () => true,
  });
}
