/** On every answer. A page that needs more sets its own policy, which is kept. */
export const secureHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-frame-options": "DENY",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cross-origin-opener-policy": "same-origin",
  // Answers depend on the key, and stock is old at once.
  "cache-control": "no-store",
  // A page of another origin may be told less.
  vary: "Origin",
} as const;

/** For answers that were made without them: pages, files. */
export function secure(response: Response, requestId: string): void {
  const { headers } = response;
  if (headers.has("x-request-id")) return;
  headers.set("x-request-id", requestId);
  for (const [name, value] of Object.entries(secureHeaders)) if (!headers.has(name)) headers.set(name, value);
}
