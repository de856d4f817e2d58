import type { LocationCode } from "../brand.ts";
import type { Movement, MovementKind } from "./sku-port.ts";

/** What one unit of a movement does to each quantity. */
type Effect = {
  readonly onHand: -1 | 0 | 1;
  readonly allocated: -1 | 0 | 1;
  readonly damaged: 0 | 1;
  readonly committed: -1 | 0 | 1;
  /** Units behind fences, sold ones included: a fence stands at its full height until it is taken down. */
  readonly fenced: -1 | 0 | 1;
};

const NOTHING: Effect = { onHand: 0, allocated: 0, damaged: 0, committed: 0, fenced: 0 };

/** The ledger's arithmetic as data: the live object and the replay of its history both go through this table. */
export const movementEffects: Readonly<Record<MovementKind, Effect>> = {
  received: { ...NOTHING, onHand: 1 },
  adjusted: { ...NOTHING, onHand: 1 },
  counted: { ...NOTHING, onHand: 1 },
  damaged: { ...NOTHING, damaged: 1 },
  transferred_out: { ...NOTHING, onHand: -1 },
  transferred_in: { ...NOTHING, onHand: 1 },
  committed: { ...NOTHING, committed: 1 },
  allocated: { ...NOTHING, allocated: 1, committed: -1 },
  deallocated: { ...NOTHING, allocated: -1, committed: 1 },
  released: { ...NOTHING, committed: -1 },
  shipped: { ...NOTHING, onHand: -1, allocated: -1 },
  returned: { ...NOTHING, onHand: 1 },
  ring_fenced: { ...NOTHING, fenced: 1 },
  unfenced: { ...NOTHING, fenced: -1 },
};

/** Numbers that a ledger adds up to, as programs call them. */
export const ledgerNumbers = ["on_hand", "allocated", "damaged", "committed", "ring_fenced"] as const;
export type LedgerNumber = (typeof ledgerNumbers)[number];

const effectNames = {
  on_hand: "onHand",
  allocated: "allocated",
  damaged: "damaged",
  committed: "committed",
  ring_fenced: "fenced",
} as const satisfies Record<LedgerNumber, keyof Effect>;

/** What an entry of a ledger adds to a number, or takes from it. */
export function movementChange(
  { kind, quantity }: Pick<Movement, "kind" | "quantity">,
  number: LedgerNumber,
): number {
  return movementEffects[kind][effectNames[number]] * quantity;
}

/** Kinds of movements that change a number; all of them where none is named. */
export function kindsBehind(number: LedgerNumber | null): ReadonlyArray<MovementKind> {
  const kinds = Object.keys(movementEffects) as Array<MovementKind>;
  return number === null
    ? kinds
    : kinds.filter((kind) => movementChange({ kind, quantity: 1 }, number) !== 0);
}

export type LedgerQuantities = {
  committed: number;
  fenced: number;
  readonly locations: Map<LocationCode, { onHand: number; allocated: number; damaged: number }>;
};

/** Replays a ledger from zero. Its result must be what the object says today. */
export function replayLedger(
  movements: Iterable<Pick<Movement, "kind" | "location" | "quantity">>,
): LedgerQuantities {
  const quantities: LedgerQuantities = { committed: 0, fenced: 0, locations: new Map() };
  for (const { kind, location, quantity } of movements) {
    const effect = movementEffects[kind];
    quantities.committed += effect.committed * quantity;
    quantities.fenced += effect.fenced * quantity;
    if (location === null || (effect.onHand === 0 && effect.allocated === 0 && effect.damaged === 0))
      continue;
    const at = quantities.locations.get(location) ?? { onHand: 0, allocated: 0, damaged: 0 };
    at.onHand += effect.onHand * quantity;
    at.allocated += effect.allocated * quantity;
    at.damaged += effect.damaged * quantity;
    quantities.locations.set(location, at);
  }
  return quantities;
}
