import { orderView } from "../../src/worker/use-cases/order-view.ts";
import type { MoneyWorld } from "./money-world.ts";

/** The arithmetic once more, by hand: half up, in whole numbers. */
function share(total: number, units: number, of: number): number {
  return Number((2n * BigInt(total) * BigInt(units) + BigInt(of)) / (2n * BigInt(of)));
}

/** Everything that does not add up. */
export async function moneyFaults(world: MoneyWorld): Promise<Array<string>> {
  const found: Array<string> = [];
  let inOrders = 0;
  for (const id of world.orderIds()) {
    const aggregate = await world.read(id);
    const { order, lines, transactions, paymentRequests, returns, events } = aggregate;
    const sum = (...kinds: ReadonlyArray<string>) =>
      transactions.reduce((total, { kind, amount }) => (kinds.includes(kind) ? total + amount : total), 0);
    inOrders += sum("capture") - sum("refund");
    if (sum("refund") > sum("capture")) found.push(`${id}: refunds above captures`);
    const authorized = sum("authorization");
    const taken = transactions.reduce(
      (total, { kind, amount, provider }) =>
        kind === "capture" && provider === "manual" ? total + amount : total,
      sum("void"),
    );
    if (taken > authorized) found.push(`${id}: ${taken} taken of ${authorized}`);
    const worth = lines.reduce((total, line) => total + line.total, order.shippingTotal);
    if (order.total !== worth) found.push(`${id}: total ${order.total}, lines ${worth}`);
    if (order.total !== order.subtotal - order.discountTotal + order.shippingTotal + order.taxTotal)
      found.push(`${id}: I9`);

    for (const line of lines) {
      const units = (part: { readonly line: string }) => part.line === line.id;
      const paidBack = [
        ...paymentRequests.flatMap((request) => (request.kind === "refund" ? request.lines : [])),
        ...returns.flatMap(({ settlement }) => settlement?.lines ?? []),
      ].filter(units);
      const removed = events
        .flatMap(({ type, data }) =>
          type === "order.changed"
            ? (data["removed"] as Array<{ line: string; quantity: number; amount: number }>)
            : [],
        )
        .filter(units);
      const count = (parts: ReadonlyArray<{ readonly quantity: number }>) =>
        parts.reduce((total, { quantity }) => total + quantity, 0);
      const amount = (parts: ReadonlyArray<{ readonly amount: number }>) =>
        parts.reduce((total, part) => total + part.amount, 0);
      const { total, quantity } = line;
      if (count(paidBack) > quantity) found.push(`${line.id}: ${count(paidBack)} of ${quantity} paid back`);
      if (amount(paidBack) !== share(total, count(paidBack), quantity))
        found.push(`${line.id}: ${count(paidBack)} units paid back for ${amount(paidBack)}`);
      if (amount(removed) !== total - share(total, quantity - count(removed), quantity))
        found.push(`${line.id}: ${count(removed)} units removed for ${amount(removed)}`);
      if (count(removed) !== line.canceledQuantity) found.push(`${line.id}: removed and canceled differ`);
      if (count(paidBack) + count(removed) === quantity && amount(paidBack) + amount(removed) !== total)
        found.push(`${line.id}: its parts do not add up to it`);
    }
    // Nobody is asked for what was paid already, were it paid back since for another reason than a change.
    const { balance } = orderView(aggregate);
    const value = lines.reduce(
      (rest, { total, quantity, canceledQuantity }) =>
        rest - total + share(total, quantity - canceledQuantity, quantity),
      order.total,
    );
    if (balance > Math.max(0, value)) found.push(`${id}: ${balance} owed of ${value}`);
  }
  // What orders say they have is what the bank has, less what customers have with the shop.
  const there = world.books.kept - world.storeCredit();
  if (inOrders !== there) found.push(`orders have ${inOrders}, the bank and the accounts ${there}`);
  return found;
}
