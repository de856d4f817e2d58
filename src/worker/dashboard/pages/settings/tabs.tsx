import type { FC } from "hono/jsx";

import type { Scope } from "../../../../contract/operation.ts";
import { isWithin } from "../../sections.ts";
import type { View } from "../../view.ts";

const tabs = [
  { path: "/admin/settings/locations", label: "Locations", scope: "catalogue:read" },
  { path: "/admin/settings/keys", label: "Keys", scope: "keys:write" },
  { path: "/admin/settings/connections", label: "Connections", scope: "channels:read" },
  { path: "/admin/settings/routing", label: "Routing plans", scope: "fulfillment:read" },
  { path: "/admin/settings/webhooks", label: "Webhooks", scope: "webhooks:read" },
  { path: "/admin/settings/dead-letters", label: "Dead letters", scope: "ops:read" },
  { path: "/admin/settings/audit", label: "Audit log", scope: "ops:read" },
] as const satisfies ReadonlyArray<{ path: string; label: string; scope: Scope }>;

/** The first tab that somebody may see. */
export function firstTab(view: View): string {
  return tabs.find(({ scope }) => view.can(scope))?.path ?? tabs[0].path;
}

export const SettingsTabs: FC<{ view: View }> = ({ view }) => (
  <nav class="tabs" aria-label="Settings">
    {tabs
      .filter(({ scope }) => view.can(scope))
      .map(({ path, label }) => (
        <a href={path} {...(isWithin(path, view.path) ? { "aria-current": "page" } : {})}>
          {label}
        </a>
      ))}
  </nav>
);
