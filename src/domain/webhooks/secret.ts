/** What one endpoint's messages are signed with. */
export type SigningSecret = {
  /** `whsec_` and base64 of the key, or that as it is stored: encrypted. */
  readonly secret: string;
  readonly createdAtMs: number;
  /** Set when another took its place: until then both sign, so that the receiver can change over in its own time. */
  readonly expiresAtMs: number | null;
};

/** Beyond these a rotation ends the oldest at once: each costs a signature on every message. */
const LIVE_MAX = 3;

export function liveSecrets(secrets: ReadonlyArray<SigningSecret>, nowMs: number): Array<SigningSecret> {
  return secrets.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs);
}

/** The secrets once `secret` is the current one. Those before it go on for `overlapMs` at most. Newest first. */
export function rotateSecrets(
  secrets: ReadonlyArray<SigningSecret>,
  secret: string,
  overlapMs: number,
  nowMs: number,
): Array<SigningSecret> {
  const earlier = liveSecrets(secrets, nowMs).map((old) => ({
    ...old,
    expiresAtMs: Math.min(old.expiresAtMs ?? Number.MAX_SAFE_INTEGER, nowMs + overlapMs),
  }));
  return liveSecrets([{ secret, createdAtMs: nowMs, expiresAtMs: null }, ...earlier], nowMs).slice(
    0,
    LIVE_MAX,
  );
}
