/** `public`: the open internet, encrypted. `any`: whatever can be reached, for a machine of one's own. */
export type TargetPolicy = "public" | "any";

export type TargetRefusal =
  | "not_a_url"
  | "not_https"
  | "has_credentials"
  | "other_port"
  /** An address instead of a name: it could be one of a network that is not ours to reach. */
  | "not_a_name"
  /** A name that means something inside a network only. */
  | "not_public";

/** RFC 6761, RFC 8375, RFC 6762, RFC 7686, and what clouds and offices name their insides. */
const INNER_SUFFIXES = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "lan",
  "corp",
  "home",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "onion",
  "test",
  "invalid",
  "example",
];

/**
 * Why messages may not be sent to an address that a merchant gave. The parser has normalised the host by then, so that
 * `0x7f.1`, `2130706433` and `[::ffff:7f00:1]` are seen for what they are. What a public name resolves to cannot be
 * seen here: that is left to the runtime, which reaches public addresses only.
 *
 * @returns null where they may.
 */
export function targetRefusal(text: string, policy: TargetPolicy): TargetRefusal | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "not_a_url";
  if (url.username !== "" || url.password !== "") return "has_credentials";
  if (policy === "any") return null;
  if (url.protocol !== "https:") return "not_https";
  if (url.port !== "") return "other_port";
  const host = url.hostname.replace(/\.$/, "").toLowerCase();
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) return "not_a_name";
  if (!host.includes(".")) return "not_public";
  const isInner = INNER_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
  return isInner ? "not_public" : null;
}
