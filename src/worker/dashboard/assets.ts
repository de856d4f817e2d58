import { sha256 } from "./signed-in.ts";
import { styleSheet } from "./style.ts";

/** Named by its content, so that browsers keep it for good and a deployment is seen at once. */
export const stylePath = `/admin/style-${sha256(styleSheet).slice(0, 16)}.css`;

export const assetHeaders = {
  "cache-control": "public, max-age=31536000, immutable",
  "cross-origin-resource-policy": "same-origin",
} as const;
