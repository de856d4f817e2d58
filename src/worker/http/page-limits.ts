/** The period of both limits in `wrangler.toml`: after it, everything counts from zero. */
export const PAGE_LIMIT_SECONDS = 10;

export type PageLimits = {
  /** Counts one request of a page. @returns false where it is one too many. */
  readonly admit: (keyId: string, address: string | null) => Promise<boolean>;
};

/** For machines where nobody counts. */
export const unlimited: PageLimits = { admit: () => Promise.resolve(true) };

/**
 * Counted by the platform, for each of its locations, and approximately: it turns floods away before they cost anything.
 * What a buyer may hold is decided exactly, elsewhere; so where nobody can count, pages are let in.
 */
export function platformLimits(byKey: RateLimit, byAddress: RateLimit): PageLimits {
  return {
    admit: async (keyId, address) => {
      try {
        const counts = await Promise.all([
          byKey.limit({ key: keyId }),
          ...(address === null ? [] : [byAddress.limit({ key: `${keyId} ${networkOf(address)}` })]),
        ]);
        return counts.every(({ success }) => success);
      } catch {
        console.warn(JSON.stringify({ message: "page limits not counted" }));
        return true;
      }
    },
  };
}

/** One customer has at least a whole /64 of IPv6 to choose addresses from. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const full = [
    ...groups,
    ...Array.from({ length: Math.max(0, zeros) }, () => "0"),
    ...(tail ?? "").split(":"),
  ];
  return full
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
