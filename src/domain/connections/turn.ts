/** Who is at work for a connection. Only one at a time tells a channel its quantities, so that none overtakes another. */
export type Turn = {
  readonly holder: string;
  readonly untilMs: number;
  /** Somebody else came by meanwhile: there may be something new to do. */
  readonly isAskedAgain: boolean;
};

/** Longer than any one call, so that a turn ends only with its holder's death. */
export const TURN_MS = 30_000;

/** @returns The turn as it is now; the caller has it where it is the holder. */
export function takeTurn(turn: Turn | null, holder: string, nowMs: number): Turn {
  if (turn === null || turn.untilMs <= nowMs || turn.holder === holder) {
    return { holder, untilMs: nowMs + TURN_MS, isAskedAgain: false };
  }
  return { ...turn, isAskedAgain: true };
}

/** @returns null where the turn ended; otherwise somebody asked, and the holder goes on. */
export function endTurn(turn: Turn | null, holder: string, nowMs: number): Turn | null {
  if (turn === null || turn.holder !== holder) return turn;
  return turn.isAskedAgain ? { holder, untilMs: nowMs + TURN_MS, isAskedAgain: false } : null;
}
