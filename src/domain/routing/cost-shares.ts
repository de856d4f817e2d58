/** How often shares are moved before they are taken as they are. Each time costs some ten microseconds. */
const ROUNDS_MAX = 30;
/** How far shares are moved at first, and how much less after a round that gained nothing. */
const STEP_FIRST = 1.2;
const STEP_DECAY = 0.7;

/** What is known of each source in a search. */
export const FREE = 0;
export const CHOSEN = 1;
export const EXCLUDED = 2;

/** A covering problem in numbers; tables are by position, then by source. */
export type Cover = {
  readonly sources: number;
  readonly positions: number;
  /** Units that are to come together, by position. */
  readonly needs: Int32Array;
  /** Units of a source that are of use, none more than the need. */
  readonly units: Int32Array;
  /** What one unit costs from a source. */
  readonly unitCosts: Float64Array;
  /** What a source costs, whatever it gives. */
  readonly sourceCosts: Float64Array;
};

/**
 * A lower bound of what it costs to cover every need.
 *
 * Each source's own cost is shared out to the positions that it could serve. Then every position can be served by
 * itself, from the cheapest units first, each bearing its part of the share: whoever uses a source in full for every
 * position pays its cost once, and nobody pays more. Any shares give a valid bound; moving them towards the positions
 * that use a source makes it a close one (the Lagrangian dual, by projected subgradients).
 */
export class CostShares {
  readonly #cover: Cover;
  readonly #shares: Float64Array;
  /** By position: sources by what a unit of them costs with its share. */
  readonly #order: Int32Array;
  readonly #used: Float64Array;

  /** @param bestCost - Of the best cover that is known; shares are good enough once they prove it. */
  constructor(cover: Cover, bestCost: number) {
    this.#cover = cover;
    this.#shares = startingShares(cover);
    this.#order = new Int32Array(cover.positions * cover.sources);
    this.#used = new Float64Array(cover.positions * cover.sources);
    for (let at = 0; at < this.#order.length; at += 1) this.#order[at] = at % cover.sources;
    this.#sort();
    // Where no cover is known, all sources together are one, and dearer than the best.
    this.#improve(
      Number.isFinite(bestCost) ? bestCost : cover.sourceCosts.reduce((sum, cost) => sum + cost, 1),
    );
  }

  /** Of every cover with all chosen sources and none of those excluded; infinite where there is no such cover. */
  boundOf(states: Uint8Array): number {
    const { sources, positions, sourceCosts } = this.#cover;
    let bound = 0;
    for (let source = 0; source < sources; source += 1) {
      if (states[source] === CHOSEN) bound += sourceCosts[source] ?? 0;
    }
    for (let position = 0; position < positions; position += 1) bound += this.#serve(position, states);
    return bound;
  }

  /** Sources for one position by what a unit of them costs, or all of them in their own order. */
  byCost(position: number | null): Int32Array {
    const { sources } = this.#cover;
    const row = (position ?? 0) * sources;
    const order = this.#order.slice(row, row + sources);
    return position === null ? order.sort() : order;
  }

  /** The least that one position costs: chosen sources without their share, which is paid, free ones with it. */
  #serve(position: number, states: Uint8Array): number {
    const { sources, needs, units, unitCosts } = this.#cover;
    const row = position * sources;
    let left = needs[position] ?? 0;
    let cost = 0;
    let chosen = nextWith(states, CHOSEN, 0, sources);
    let ordered = 0;
    while (left > 0) {
      while (ordered < sources && states[this.#order[row + ordered] ?? 0] !== FREE) ordered += 1;
      const free = ordered < sources ? (this.#order[row + ordered] ?? 0) : -1;
      if (chosen < 0 && free < 0) return Number.POSITIVE_INFINITY;
      const chosenCost = chosen < 0 ? Number.POSITIVE_INFINITY : (unitCosts[row + chosen] ?? 0);
      const freeCost = free < 0 ? Number.POSITIVE_INFINITY : this.#unitCost(row + free);
      const isChosen = chosenCost <= freeCost;
      const source = isChosen ? chosen : free;
      const taken = Math.min(left, units[row + source] ?? 0);
      if (taken > 0) cost += taken * (isChosen ? chosenCost : freeCost);
      left -= taken;
      if (isChosen) chosen = nextWith(states, CHOSEN, chosen + 1, sources);
      else ordered += 1;
    }
    return cost;
  }

  /** With its part of the share, which the units of use bear together. */
  #unitCost(at: number): number {
    const units = this.#cover.units[at] ?? 0;
    if (units === 0) return Number.POSITIVE_INFINITY;
    return (this.#cover.unitCosts[at] ?? 0) + (this.#shares[at] ?? 0) / units;
  }

  #sort(): void {
    const { sources, positions } = this.#cover;
    const order = this.#order;
    for (let row = 0; row < positions * sources; row += sources) {
      // Insertion, because shares move little and the last order is nearly right.
      for (let end = 1; end < sources; end += 1) {
        const source = order[row + end] ?? 0;
        const cost = this.#unitCost(row + source);
        let at = end - 1;
        while (at >= 0 && this.#unitCost(row + (order[row + at] ?? 0)) > cost) {
          order[row + at + 1] = order[row + at] ?? 0;
          at -= 1;
        }
        order[row + at + 1] = source;
      }
    }
  }

  #improve(bestCost: number): void {
    let best = Number.NEGATIVE_INFINITY;
    const kept = new Float64Array(this.#shares);
    let step = STEP_FIRST;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const bound = this.#relaxed();
      if (bound > best) {
        best = bound;
        kept.set(this.#shares);
      } else step *= STEP_DECAY;
      if (best >= bestCost || !this.#move(step, bestCost - bound)) break;
      this.#sort();
    }
    this.#shares.set(kept);
    this.#sort();
  }

  /** The bound with every source free; leaves behind which part of each source it uses. */
  #relaxed(): number {
    const { sources, positions, needs, units } = this.#cover;
    this.#used.fill(0);
    let bound = 0;
    for (let position = 0; position < positions; position += 1) {
      const row = position * sources;
      let left = needs[position] ?? 0;
      for (let at = 0; at < sources && left > 0; at += 1) {
        const cell = row + (this.#order[row + at] ?? 0);
        const taken = Math.min(left, units[cell] ?? 0);
        if (taken === 0) continue;
        bound += taken * this.#unitCost(cell);
        this.#used[cell] = taken / (units[cell] ?? 1);
        left -= taken;
      }
    }
    return bound;
  }

  /** @returns Whether anything moved: shares go from positions that do without a source to those that use it. */
  #move(step: number, gap: number): boolean {
    const { sources, positions, units, sourceCosts } = this.#cover;
    const used = this.#used;
    let norm = 0;
    for (let source = 0; source < sources; source += 1) {
      let sum = 0;
      let served = 0;
      for (let cell = source; cell < used.length; cell += sources) {
        if ((units[cell] ?? 0) === 0) continue;
        sum += used[cell] ?? 0;
        served += 1;
      }
      const mean = served === 0 ? 0 : sum / served;
      for (let cell = source; cell < used.length; cell += sources) {
        if ((units[cell] ?? 0) === 0) continue;
        used[cell] = (used[cell] ?? 0) - mean;
        norm += (used[cell] ?? 0) ** 2;
      }
    }
    if (norm < 1e-9 || positions < 2) return false;
    const length = (step * gap) / norm;
    for (let source = 0; source < sources; source += 1) {
      let sum = 0;
      for (let cell = source; cell < used.length; cell += sources) {
        this.#shares[cell] = Math.max(0, (this.#shares[cell] ?? 0) + length * (used[cell] ?? 0));
        sum += this.#shares[cell] ?? 0;
      }
      const scale = sum === 0 ? 0 : (sourceCosts[source] ?? 0) / sum;
      for (let cell = source; cell < used.length; cell += sources) {
        this.#shares[cell] = (this.#shares[cell] ?? 0) * scale;
      }
    }
    return true;
  }
}

/** By how much of each need a source could serve. */
function startingShares({ sources, positions, needs, units, sourceCosts }: Cover): Float64Array {
  const shares = new Float64Array(positions * sources);
  for (let source = 0; source < sources; source += 1) {
    let sum = 0;
    for (let position = 0; position < positions; position += 1) {
      const need = needs[position] ?? 0;
      const part = need === 0 ? 0 : (units[position * sources + source] ?? 0) / need;
      shares[position * sources + source] = part;
      sum += part;
    }
    const scale = sum === 0 ? 0 : (sourceCosts[source] ?? 0) / sum;
    for (let cell = source; cell < shares.length; cell += sources) shares[cell] = (shares[cell] ?? 0) * scale;
  }
  return shares;
}

function nextWith(states: Uint8Array, state: number, from: number, end: number): number {
  for (let source = from; source < end; source += 1) if (states[source] === state) return source;
  return -1;
}
