/** One way to break a rule in the product's own code. The text to find stands exactly once in the file. */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

const inventory = (file: string) => `src/domain/inventory/${file}`;

export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "a hold may take one unit more than there is",
    file: inventory("take-holds.ts"),
    find: "if (requested > left)",
    replace: "if (requested > left + 1)",
  },
  {
    name: "pick-up holds ignore what is at the location",
    file: inventory("take-holds.ts"),
    find: "location !== null && requested > stock.allocatableAt(location)",
    replace: "location !== null && requested > 1000",
  },
  {
    name: "a repeated key takes units again",
    file: inventory("take-holds.ts"),
    find: "const earlier = stock.hold(command.key) ?? facts.resolved.get(command.key);",
    replace: "const earlier = undefined as never as ReturnType<typeof stock.hold>;",
  },
  {
    name: "a key of a resolved hold is forgotten",
    file: inventory("take-holds.ts"),
    find: " ?? facts.resolved.get(command.key)",
    replace: "",
  },
  {
    name: "what was bought does not count against the limit",
    file: inventory("take-holds.ts"),
    find: " + (facts.boughtBy.get(buyer) ?? 0)",
    replace: "",
  },
  {
    name: "what is held does not count against the limit",
    file: inventory("take-holds.ts"),
    find: "stock.heldBy(buyer) + ",
    replace: "",
  },
  {
    name: "a hold that is being paid can be released",
    file: inventory("change-hold.ts"),
    find: 'if (part.status === "released") return ok(part);\n  if (part.status === "paying") return err({ code: "hold_paying", orderId: part.orderId ?? "" });',
    replace: 'if (part.status === "released") return ok(part);',
  },
  {
    name: "an expired hold can still be converted",
    file: inventory("change-hold.ts"),
    find: "if (!isLive(part.status)) return err(resolved(part));\n  const { quantity, location } = part;",
    replace: "const { quantity, location } = part;",
  },
  {
    name: "a second order can pay for the same hold",
    file: inventory("change-hold.ts"),
    find: 'part.orderId === orderId ? ok(part) : err({ code: "hold_paying"',
    replace: 'part.orderId !== "never" ? ok(part) : err({ code: "hold_paying"',
  },
  {
    name: "converting leaves no entry in the ledger",
    file: inventory("change-hold.ts"),
    find: 'stock.record("committed", quantity, nowMs, { orderId, location });',
    replace: "",
  },
  {
    name: "a resolved hold can be paid for",
    file: inventory("change-hold.ts"),
    find: 'if (!isLive(part.status)) return err(resolved(part));\n  return put(stock, { ...part, status: "paying"',
    replace: 'return put(stock, { ...part, resolvedAtMs: null, status: "paying"',
  },
  {
    name: "holds do not expire",
    file: inventory("sku-stock.ts"),
    find: "dueMs !== null && dueMs <= nowMs;",
    replace: "dueMs !== null && dueMs <= nowMs - 1e12;",
  },
  {
    name: "a payment that never ends keeps its units for ever",
    file: inventory("hold.ts"),
    find: 'part.status === "paying" ? part.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1000',
    replace: 'part.status === "paying" ? part.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1_000_000',
  },
  {
    name: "a resolved hold still counts for its buyer",
    file: inventory("sku-stock.ts"),
    find: "if (heldUnits > 0) addTo(this.#heldByBuyer, part.buyer, sign * heldUnits);",
    replace: "if (heldUnits > 0 && sign > 0) addTo(this.#heldByBuyer, part.buyer, sign * heldUnits);",
  },
  {
    name: "damaged goods are for sale",
    file: inventory("sku-stock.ts"),
    find: "return row.onHand - row.allocated - safetyStock(row) - row.damaged;",
    replace: "return row.onHand - safetyStock(row) - row.damaged;",
  },
  {
    name: "units promised to a pick-up are allocated to others",
    file: inventory("sku-stock.ts"),
    find: " - (this.#promisedAt.get(code) ?? 0)",
    replace: "",
  },
  {
    name: "a change keeps the version",
    file: inventory("sku-stock.ts"),
    find: "Math.max(this.#version + 1, ",
    replace: "Math.max(this.#version, ",
  },
  {
    name: "versions start again after a restart",
    file: inventory("sku-stock.ts"),
    find: "this.#lastMs = rows.lastAtMs + 1;",
    replace: "this.#lastMs = 0;",
  },
  {
    name: "a repeated allocation allocates twice",
    file: inventory("order-stock.ts"),
    find: "return isSame ? DONE : err",
    replace:
      'return isSame ? (stock.record("allocated", quantity, nowMs, { orderId, allocationId, location }), DONE) : err',
  },
  {
    name: "a repeated shipment ships twice",
    file: inventory("order-stock.ts"),
    find: 'if (allocation.status === "shipped") return DONE;',
    replace: "",
  },
  {
    name: "an allocation leaves its units committed as well",
    file: inventory("order-stock.ts"),
    find: "committedQuantity: committed - quantity",
    replace: "committedQuantity: committed",
  },
  {
    name: "releasing an order leaves its allocations",
    file: inventory("order-stock.ts"),
    find: "for (const allocation of stock.allocationsOf(orderId))",
    replace: 'for (const allocation of stock.allocationsOf("nobody"))',
  },
  {
    name: "stock is committed again without being there",
    file: inventory("order-stock.ts"),
    find: "if (quantity > leftHere)",
    replace: "if (quantity > leftHere + 1)",
  },
  {
    name: "goods that were shipped stay on hand",
    file: inventory("ledger.ts"),
    find: "shipped: { ...NOTHING, onHand: -1, allocated: -1 }",
    replace: "shipped: { ...NOTHING, allocated: -1 }",
  },
  {
    name: "a deallocation gives nothing back to its order",
    file: inventory("order-stock.ts"),
    find: "committedQuantity: commitment.committedQuantity + quantity",
    replace: "committedQuantity: commitment.committedQuantity",
  },
];
