/** One way to break a rule in the product's own code. The text to find stands exactly once in the file. */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Which simulation has to notice; the one of drops, where nothing is said. */
  readonly simulation?: "gates";
};

const inventory = (file: string) => `src/domain/inventory/${file}`;

export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "a hold may take one unit more than there is",
    file: inventory("take-holds.ts"),
    find: "if (requested > left) return",
    replace: "if (requested > left + 1) return",
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
    file: inventory("limits.ts"),
    find: " + bought(buyer, null)",
    replace: "",
  },
  {
    name: "what is held does not count against the limit",
    file: inventory("limits.ts"),
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
    find: "if (!isLive(part.status)) return err(resolved(part));\n  if (part.isSecured) return ok(part);",
    replace: "if (part.isSecured) return ok({ ...part, resolvedAtMs: null });",
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
    find: "const secured = secureHold(stock, part);\n  if (!secured.ok) return secured;\n  return put",
    replace: "const secured = ok({ ...part, resolvedAtMs: null });\n  return put",
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
    find: "addTo(this.#heldByBuyer, part.buyer, sign * liveUnits);",
    replace: "if (sign > 0) addTo(this.#heldByBuyer, part.buyer, sign * liveUnits);",
  },
  {
    name: "damaged goods are for sale",
    file: inventory("location-row.ts"),
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
    name: "an allocation that was moved keeps its units as well",
    file: inventory("order-stock.ts"),
    find: 'left === 0 ? { ...from, status: "deallocated" } : { ...from, quantity: left }',
    replace: "from",
  },
  {
    name: "an allocation is moved to where there is nothing",
    file: inventory("order-stock.ts"),
    find: "refusalAt(stock, command, from.location === location ? quantity : 0)",
    replace: "refusalAt(stock, command, quantity)",
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
  {
    name: "units behind a fence are for everybody",
    file: inventory("sku-stock.ts"),
    find: " - this.drops.fencedUnits;",
    replace: ";",
  },
  {
    name: "a fence may take in units that are promised",
    file: inventory("change-drop.ts"),
    find: "const heightMax = height + Math.max(0, stock.available);",
    replace: "const heightMax = height + Math.max(0, stock.available) + 2;",
  },
  {
    name: "a drop may be made smaller than what it sold",
    file: inventory("change-drop.ts"),
    find: "quantity > heightMax || quantity < used",
    replace: "quantity > heightMax",
  },
  {
    name: "a drop sells one unit more than it has",
    file: inventory("drop-book.ts"),
    find: "return entry.drop.quantity - entry.heldUnits - entry.resolved.soldUnits;",
    replace: "return entry.drop.quantity + 1 - entry.heldUnits - entry.resolved.soldUnits;",
  },
  {
    name: "what was sold in a drop is forgotten",
    file: inventory("drop-book.ts"),
    find: "soldUnits: soldUnits + part.quantity",
    replace: "soldUnits",
  },
  {
    name: "what a drop sold is not counted again after a restart",
    file: "src/durable-objects/sku/drop-store.ts",
    find: "soldUnits: row.sold,",
    replace: "soldUnits: 0,",
  },
  {
    name: "a canceled order of a drop frees nothing",
    file: inventory("drop-book.ts"),
    find: "soldUnits: resolved.soldUnits - quantity,",
    replace: "soldUnits: resolved.soldUnits,",
  },
  {
    name: "a closed drop keeps its fence",
    file: inventory("change-drop.ts"),
    find: "stock.drops.put({ ...drop, closedAtMs: atMs });",
    replace: "",
  },
  {
    name: "taking a fence down leaves no entry in the ledger",
    file: inventory("change-drop.ts"),
    find: 'stock.record("unfenced", drop.quantity, atMs, { reason: show });',
    replace: "",
  },
  {
    name: "the limit of a drop forgets what is held",
    file: inventory("limits.ts"),
    find: "stock.drops.heldBy(show, buyer) + ",
    replace: "",
  },
  {
    name: "the limit of a drop forgets what was bought",
    file: inventory("limits.ts"),
    find: "stock.drops.heldBy(show, buyer) + bought(buyer, show)",
    replace: "stock.drops.heldBy(show, buyer)",
  },
  {
    name: "offers do not look at limits",
    file: inventory("join-waitlist.ts"),
    find: "if (refuseOverLimit(stock, entry, bought) !== null) {",
    replace: "if (entry.quantity > 1_000_000) {",
  },
  {
    name: "a claim without units is paid for without looking for them",
    file: inventory("change-hold.ts"),
    find: "if (part.quantity > left) {",
    replace: "if (part.quantity > left + 1_000_000) {",
  },
  {
    name: "units that come free are not offered to those who wait",
    file: inventory("settle.ts"),
    find: "}\n  offerFreed(stock, bought, nowMs);",
    replace: "}",
  },
  {
    name: "the last in line is served first",
    file: inventory("waitlist.ts"),
    find: "if (before === undefined) line.order.push(entry.key);",
    replace: "if (before === undefined) line.order.unshift(entry.key);",
  },
  {
    name: "a lottery is not drawn but served as it came",
    file: inventory("change-drop.ts"),
    find: "stock.waitlist.sortByRank(show);",
    replace: "",
  },
  {
    name: "an offer that lapsed stays an offer",
    file: inventory("waitlist.ts"),
    find: 'part.status === "converted" ? "converted" : "lapsed"',
    replace: 'part.status === "converted" ? "converted" : "offered"',
  },
  {
    name: "a wish too big for what is left lets nobody pass",
    file: inventory("waitlist.ts"),
    find: "for (const entry of this.#inLine(pool)) if (entry.quantity <= units) return entry;",
    replace: "for (const entry of this.#inLine(pool)) return entry.quantity <= units ? entry : undefined;",
  },
  {
    name: "a drop does not end by itself",
    file: inventory("settle.ts"),
    find: "drop.endsAtMs !== null && drop.endsAtMs <= nowMs",
    replace: "drop.endsAtMs !== null && drop.endsAtMs <= nowMs - 1e12",
  },
  ...gateMutants(),
];

function gateMutants(): ReadonlyArray<Mutant> {
  const mutant = { file: "src/durable-objects/gate/claim-lane.ts", simulation: "gates" } as const;
  return [
    {
      ...mutant,
      name: "a gate gives everybody the first one's answer",
      find: "start += claims.length;",
      replace: "start += 0;",
    },
    {
      ...mutant,
      name: "a batch that was lost is answered with nothing",
      find: "answer(outcomes?.slice(start, start + claims.length) ?? null);",
      replace: "answer(outcomes?.slice(start, start + claims.length) ?? []);",
    },
    {
      ...mutant,
      name: "claims that do not fit into a batch are forgotten",
      find: "return this.#groups.splice(0, count);",
      replace: "return this.#groups.splice(0).slice(0, count);",
    },
    {
      ...mutant,
      name: "a gate never takes up work again",
      find: "    this.#isBusy = false;\n  }\n\n  #nextBatch",
      replace: "  }\n\n  #nextBatch",
    },
    {
      ...mutant,
      name: "a gate sends a batch with one claim missing",
      find: "batch.flatMap((group) => group.claims);",
      replace: "batch.flatMap((group) => group.claims).slice(1);",
    },
    {
      name: "a repeat through another gate takes units again",
      file: inventory("take-holds.ts"),
      find: "const earlier = stock.hold(command.key) ?? facts.resolved.get(command.key);\n  if",
      replace: "const earlier = undefined as never as ReturnType<typeof stock.hold>;\n  if",
      simulation: "gates",
    },
  ];
}
